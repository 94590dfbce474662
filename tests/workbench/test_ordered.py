"""Rendering what a page orders: inside the session's folder, never over anything unasked, every fault in one line."""

from __future__ import annotations

import numpy as np
import pytest

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.audio.read import read_audio
from maxbooster_kernel.errors import OutputExistsError, RenderCancelledError, RenderError, SessionError
from maxbooster_kernel.session.conform import normalize
from maxbooster_kernel.workbench.ordered import render_ordered
from maxbooster_kernel.workbench.render import render_session

HEAD = {"format": "maxbooster-session", "version": 1}


@pytest.fixture
def folder(tmp_path):
    samples = np.random.default_rng(1).standard_normal((2, 44100)).astype(np.float32) * 0.1
    AudioBuffer(samples, 44100).write(tmp_path / "stems" / "a.wav", bit_depth="32f")
    return tmp_path


@pytest.fixture
def order():
    session = {"uuid": "u", "name": "Night", "tracks": [{"id": "a", "clips": [{"id": "c", "media": "stems/a.wav"}]}]}
    return {"session": session, "output": "renders/a.wav", "start_s": 0.25, "end_s": 0.75, "bit_depth": "32f"}


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_stretch_is_what_render_gives_and_what_was_made_is_told(folder, order):
    made = render_ordered(order, folder)
    expected = render_session(normalize({**HEAD, **order["session"]}), folder, start_s=0.25, end_s=0.75)
    np.testing.assert_array_equal(read_audio(folder / "renders/a.wav").samples, expected.samples)
    assert (made["file"], made["folder"], made["duration_s"], made["stems"]) == ("renders/a.wav", str(folder), 0.5, 0)
    assert made["loudness"]["true_peak_dbtp"] < 0


def test_a_render_tells_its_share_and_stops_at_once_where_it_is_told_to(folder, order):
    shares = []
    render_ordered({**order, "end_s": None, "start_s": None}, folder, watch=shares.append)
    known = [share for share in shares if share is not None]
    assert (known[0], known[-1], known) == (0.0, 1.0, sorted(known))
    before = files(folder)

    def watch(share):
        if share:
            raise RenderCancelledError("cancelled")

    for force in (False, True):
        with pytest.raises(RenderCancelledError):
            render_ordered(
                {**order, "output": f"renders/{'a' if force else 'b'}.wav", "force": force}, folder, watch=watch
            )
        assert files(folder) == before


def test_a_render_is_stopped_where_it_reads_too(folder, order):
    samples = np.zeros((1, 1 << 19), np.float32)
    AudioBuffer(samples, 44100).write(folder / "stems" / "a.wav", force=True)  # long enough to be read in parts
    asked = []

    def watch(share):
        asked.append(share)
        if share is None:
            raise RenderCancelledError("cancelled")

    with pytest.raises(RenderCancelledError):
        render_ordered({**order, "start_s": 10.0, "end_s": None}, folder, watch=watch)
    assert set(asked) == {0.0, None}
    assert files(folder) == ["stems/a.wav"]


def test_everything_comes_with_its_tail_and_its_stems(folder, order):
    made = render_ordered({**order, "start_s": None, "end_s": None, "stems": True}, folder)
    assert made["duration_s"] >= 1.0
    assert files(folder) == ["renders/a stems/a.wav", "renders/a.wav", "stems/a.wav"]


def test_nothing_is_replaced_unasked_and_media_never(folder, order):
    render_ordered(order, folder)
    before = (folder / "renders/a.wav").read_bytes()
    with pytest.raises(OutputExistsError):
        render_ordered({**order, "end_s": 0.5}, folder)
    assert (folder / "renders/a.wav").read_bytes() == before
    render_ordered({**order, "end_s": 0.5, "force": True}, folder)
    assert (folder / "renders/a.wav").read_bytes() != before
    with pytest.raises(RenderError, match="own media"):
        render_ordered({**order, "output": "stems/a.wav", "force": True}, folder)


@pytest.mark.parametrize("name", ["", " ", ".", "../a.wav", "/a.wav", "renders/../../a.wav", "a\0.wav"])
def test_a_name_outside_of_the_folder_is_refused(folder, order, name):
    with pytest.raises(RenderError, match="expected the name of a file in the session's folder"):
        render_ordered({**order, "output": name}, folder)
    assert files(folder) == ["stems/a.wav"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"bit_depth": 20}, RenderError),
        ({"start_s": 0.5, "end_s": 0.5}, RenderError),
        ({"start_s": float("nan")}, RenderError),
        ({"start_s": "soon"}, RenderError),
        ({"session": None}, RenderError),
        ({"session": {"tracks": "none"}}, SessionError),
    ],
)
def test_an_order_that_cannot_be_is_refused_in_one_line(folder, order, change, error):
    with pytest.raises(error) as refused:
        render_ordered({**order, **change}, folder)
    assert "\n" not in str(refused.value)
    assert files(folder) == ["stems/a.wav"]


def test_a_session_without_a_folder_says_what_to_do(order):
    with pytest.raises(SessionError, match=r"session\.save"):
        render_ordered(order, None)
