"""The Python half of the studio widget: handles in its traits, a picture for readers, a document in step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pycrdt import Doc, Map

import maxbooster_kernel as mb
from maxbooster_kernel.audio.peaks import decode_peaks
from maxbooster_kernel.errors import MaxBoosterError
from maxbooster_kernel.session.document import SessionDocument
from maxbooster_kernel.widgets import console
from maxbooster_kernel.widgets.console import Studio, still
from maxbooster_kernel.widgets.wire import Wire

HEAD = {"format": "maxbooster-session", "version": 1}


def test_traits_hold_handles_and_no_mixer_state() -> None:
    document = SessionDocument()
    document.apply({**HEAD, "tracks": [{"id": "drums", "gain": 0.123}]})
    studio = Studio(document=document, room="text:mbsession:1", session_id="s", path="a/song.mbsession")
    state = studio.get_state()
    assert {name: state[name] for name in ("room", "session_id", "path", "base_url", "user")} == {
        "room": "text:mbsession:1",
        "session_id": "s",
        "path": "a/song.mbsession",
        "base_url": "",
        "user": {},
    }
    own = {name: value for name, value in state.items() if name not in ("_esm", "layout")}
    assert "0.123" not in str(own)
    assert "drums" not in str(own)
    studio.close()


def test_the_bundle_travels_with_the_widget() -> None:
    studio = Studio(document=SessionDocument())
    assert "api/collaboration/room/" in studio.get_state()["_esm"]
    studio.close()


def test_a_missing_bundle_says_how_to_make_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(console, "BUNDLE", tmp_path / "console.js")
    with pytest.raises(MaxBoosterError, match="hatch_build"):
        Studio(document=SessionDocument())


def test_a_saved_notebook_shows_the_mixer_without_a_kernel() -> None:
    session = mb.Session(SessionDocument())
    session.document.apply({**HEAD, "name": "A<b>", "tracks": [{"id": "drums", "name": "Drums & co", "gain": 0.5}]})
    studio = session.studio()
    data, _ = studio._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "<td>Drums &amp; co</td><td>-6.0</td><td>+0.00</td>" in data["text/html"]
    assert "A&lt;b&gt;" in data["text/html"]
    assert repr(studio) == "Studio('A<b>', 1 track)"
    studio.close()


def test_silence_is_shown_as_minus_infinity() -> None:
    table = still({"name": "x", "tracks": [], "buses": [], "master": {"gain": 0.0}})
    assert "<td>-inf</td>" in table


def test_fresh_handles_are_given_when_the_page_asks() -> None:
    handles = {"room": "text:mbsession:2", "session_id": "t", "path": "song.mbsession"}
    studio = Studio(document=SessionDocument(), room="text:mbsession:1", session_id="s", renew=lambda: handles)
    sent: list[object] = []
    studio.send = lambda content, buffers=None: sent.append(content)
    studio._receive(studio, {"type": "renew"}, [])
    assert sent == [{"type": "handles", **handles}]
    studio.close()


def test_the_wire_keeps_two_documents_in_step() -> None:
    document = SessionDocument()
    document.apply({**HEAD, "tracks": [{"id": "drums"}]})
    sent: list[tuple[dict[str, str], list[bytes]]] = []
    wire = Wire(document, lambda content, buffers: sent.append((content, buffers)))
    page: Doc = Doc()
    tracks = page.get("tracks", type=Map)
    wire.receive("sync", [page.get_state()])
    page.apply_update(sent[-1][1][0])
    before = page.get_state()
    tracks["drums"]["gain"] = 0.25
    wire.receive("update", [page.get_update(before)])
    assert document.get(("tracks", "drums", "gain")) == 0.25
    document.set(("tracks", "drums", "gain"), 0.75)
    page.apply_update(sent[-1][1][0])
    assert tracks["drums"]["gain"] == 0.75
    wire.close()
    count = len(sent)
    document.set(("tracks", "drums", "gain"), 0.5)
    assert len(sent) == count


def test_the_overview_of_the_session_s_own_files_is_sent(tmp_path: Path) -> None:
    for name in ("in.wav", "out.wav"):
        mb.AudioBuffer(np.full((1, 2000), 0.5, np.float32), 8000).write(tmp_path / name)
    document = SessionDocument()
    document.apply({**HEAD, "tracks": [{"id": "a", "clips": [{"id": "c", "media": "in.wav"}]}]})
    studio = Studio(document=document, folder=tmp_path, room="r", session_id="s", path="p")
    sent: list[tuple[dict[str, str], list[bytes]]] = []
    studio.send = lambda content, buffers=None: sent.append((content, buffers))
    for media in ("in.wav", "out.wav", "../in.wav", ""):
        studio._receive(studio, {"type": "peaks", "media": media}, [])
    [(content, [data])] = sent
    assert content == {"type": "peaks", "media": "in.wav"}
    assert decode_peaks(data).levels[0].values[0, 0, 1] == pytest.approx(0.5, abs=1e-4)
    studio.close()
