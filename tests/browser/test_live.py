"""What is heard is what is rendered: the console played live, recorded in the browser, against the kernel's render."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lab import Lab, write_stems
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page
from stage import Take, open_stage, record

import maxbooster_kernel as mb

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.quiet]

RATE = 44100
TRIES = 3
Edit = Callable[[dict[str, Any]], None]


def plain(data: dict[str, Any]) -> None:
    """The seed's graph, every stage doing something."""
    tracks = {track["id"]: track for track in data["tracks"]}
    tracks["drums"]["gain"], tracks["drums"]["eq"]["bands"][0]["gain"] = 0.8, 4.0
    tracks["lead"]["pan"], tracks["chords"]["eq"]["bands"][2]["gain"] = -0.4, -6.0
    tracks["bass"]["compressor"]["enabled"] = False


def clips(data: dict[str, Any]) -> None:
    """Clips that start late, overlap, fade, and repeat; one file is FLAC."""
    lead = next(track for track in data["tracks"] if track["id"] == "lead")
    lead["clips"][0] |= {"media": "lead.flac", "sha256": None}
    [clip] = data["tracks"][0]["clips"]
    clip |= {"start_s": 0.25, "offset_s": 0.1, "duration_s": 1.4, "fade_in_s": 0.2, "fade_out_s": 0.3}
    data["tracks"][0]["clips"].append({**clip, "id": "again", "start_s": 1.5, "gain": 0.7})


def automation(data: dict[str, Any]) -> None:
    """Every kind of event, on parameters of every kind of node."""
    data["automation"] = {
        "drums/gain": [
            {"id": "a", "time_s": 0.0, "value": 0.2, "curve": "set"},
            {"id": "b", "time_s": 1.3, "value": 0.9, "curve": "linear"},
            {"id": "c", "time_s": 2.0, "value": 0.3, "curve": "target", "time_constant_s": 0.1},
        ],
        "lead/pan": [
            {"id": "a", "time_s": 0.1, "value": -1.0, "curve": "set"},
            {"id": "b", "time_s": 2.5, "value": 1.0, "curve": "linear"},
        ],
        "chords/eq/low/frequency": [
            {"id": "a", "time_s": 0.0, "value": 100.0, "curve": "set"},
            {"id": "b", "time_s": 2.0, "value": 2000.0, "curve": "exponential"},
        ],
        "chords/eq/low/gain": [{"id": "a", "time_s": 0.0, "value": 9.0, "curve": "set"}],
        "master/gain": [{"id": "a", "time_s": 0.5, "curve": "curve", "values": [1.0, 0.5, 0.8], "duration_s": 1.0}],
    }


def buses(data: dict[str, Any]) -> None:
    """Groups, sends before and after the fader, a side chain."""
    data["buses"] = [{"id": "wide", "pan": 0.3}, {"id": "group", "gain": 0.9}]
    tracks = {track["id"]: track for track in data["tracks"]}
    tracks["drums"]["sends"] = [{"bus": "wide", "gain": 0.4, "pre_fader": False}]
    tracks["lead"]["sends"] = [{"bus": "wide", "gain": 0.5, "pre_fader": True}]
    tracks["bass"]["compressor"]["key"] = "drums"
    tracks["bass"]["output"] = tracks["chords"]["output"] = "group"


def reverb(data: dict[str, Any]) -> None:
    """The reverberator on a bus."""
    data["buses"] = [{"id": "verb", "inserts": [{"id": "r", "type": "reverb", "params": {"wet": 0.6, "dry": 0.0}}]}]
    tracks = {track["id"]: track for track in data["tracks"]}
    tracks["drums"]["sends"] = [{"bus": "verb", "gain": 0.4, "pre_fader": False}]


SESSIONS = {"plain": plain, "clips": clips, "automation": automation, "buses": buses, "reverb": reverb}
# A reverberation remembers what came before a seek, for seconds; the others forget within one.
REMEMBERS = {"reverb"}


@pytest.fixture(scope="module")
def folder(lab: Lab) -> Path:
    """A folder with stems, and one session a case."""
    folder = lab.root / "live"
    base = mb.Session.from_stems(write_stems(folder / "stems", 4.0)).document.snapshot()
    mb.read_audio(folder / "stems" / "lead.wav").write(folder / "stems" / "lead.flac", bit_depth=24)
    for name, edit in SESSIONS.items():
        data = copy.deepcopy(base)
        edit(data)
        data["uuid"] = f"00000000-0000-4000-8000-{name.encode().hex():0>12.12}"
        session = mb.Session.from_stems(sorted((folder / "stems").glob("*.wav")))
        session.document.apply(data)
        session.save(folder / f"{name}.mbsession")
    return folder


def take_without_gap(page: Page, **options: Any) -> Take:
    """Record; a run with a detected gap is repeated, at most three times."""
    for _ in range(TRIES):
        take = record(page, **options)
        if not take.gaps:
            return take
    pytest.fail(f"{TRIES} runs had gaps, the last one {take.gaps}")


def decibels(value: float) -> float:
    return 20 * float(np.log10(max(value, 1e-12)))


def apart(take: Take, rendered: NDArray, after_s: float = 0.0) -> tuple[float, float]:
    """Return peak and RMS of the difference in dBFS."""
    skip = round(after_s * RATE)
    wanted = rendered[:, take.frame : take.frame + take.samples.shape[1]]
    assert np.abs(wanted).max() > 0.1
    difference = (take.samples[:, : wanted.shape[1]] - wanted)[:, skip:].astype(float)
    return decibels(np.abs(difference).max()), decibels(np.sqrt((difference**2).mean()))


@pytest.mark.parametrize("name", SESSIONS)
def test_live_is_rendered(browser: Browser, lab: Lab, folder: Path, name: str) -> None:
    rendered = mb.Session.open(folder / f"{name}.mbsession").render().samples
    page = open_stage(browser, lab, f"live/{name}.mbsession")
    take = take_without_gap(page, seconds=2.8)
    assert take.frame == 0
    peak, rms = apart(take, rendered)
    print(f"from the first frame: {peak:.1f} dBFS peak, {rms:.1f} rms")
    assert peak <= -100
    assert rms <= -130
    if name not in REMEMBERS:
        take = take_without_gap(page, start_s=0.7, seconds=2.2)
        assert take.frame == 0.7 * RATE // 128 * 128
        peak, rms = apart(take, rendered, after_s=1.0)
        print(f"after a seek, from 1 s on: {peak:.1f} dBFS peak, {rms:.1f} rms")
        assert peak <= -100
        assert rms <= -130
    page.context.close()


STILL = """async () => {
    const { context } = window.seat.engine;
    const still = context.currentTime + 1.5;
    while (context.currentTime < still) await new Promise((resolve) => setTimeout(resolve, 20));
    await context.suspend();
}"""


def test_a_start_after_sleep_is_as_exact_as_the_first(browser: Browser, lab: Lab, folder: Path) -> None:
    session = mb.Session.open(folder / "plain.mbsession")
    page = open_stage(browser, lab, "live/plain.mbsession")
    page.evaluate("() => window.seat.engine.prepare()")
    page.evaluate(STILL)
    page.evaluate("() => window.seat.session.edit((edit) => edit.set(['tracks', 'lead'], 'gain', 0.25))")
    page.wait_for_function("() => window.seat.engine.context.state === 'running'")  # an edit wakes it
    page.evaluate(STILL)
    assert page.evaluate("() => window.seat.engine.context.state") == "suspended"
    take = take_without_gap(page, seconds=2.0)
    session.tracks["lead"].gain = 0.25
    mix = session.render()
    assert isinstance(mix, mb.AudioBuffer)
    peak, rms = apart(take, mix.samples)
    assert peak <= -100
    assert rms <= -130
    page.evaluate("() => window.seat.session.undo()")
    page.context.close()


COUNT_SOURCES = """() => {
    const Source = AudioBufferSourceNode;
    window.sources = 0;
    window.AudioBufferSourceNode = class extends Source {
        constructor(...given) { super(...given); window.sources++; }
    };
}"""
MOVE = """
    const [clip] = window.seat.session.snapshot().tracks.find((track) => track.id === "lead").clips;
    window.sources = 0;
    edit.set(["tracks", "lead", "clips", clip.id], "start_s", clip.start_s > 0 ? 0 : 0.5);
"""


def test_a_clip_moved_while_it_plays_is_heard_there_and_no_other_is_touched(
    browser: Browser, lab: Lab, folder: Path
) -> None:
    session = mb.Session.open(folder / "plain.mbsession")
    page = open_stage(browser, lab, "live/plain.mbsession")
    page.evaluate(COUNT_SOURCES)
    take = take_without_gap(page, seconds=3.2, edit=MOVE, edit_s=0.6)
    assert 1 <= page.evaluate("() => window.sources") <= 3  # of four tracks with three chunks each
    heard = page.evaluate("() => window.seat.session.snapshot()")
    session.document.apply({**session.document.snapshot(), "tracks": heard["tracks"]})
    peak, rms = apart(take, session.render().samples, after_s=1.8)
    print(f"after a move: {peak:.1f} dBFS peak, {rms:.1f} rms")
    assert peak <= -100
    assert rms <= -130
    page.context.close()


STALL = """
    const make = BaseAudioContext.prototype.createBuffer;
    BaseAudioContext.prototype.createBuffer = function (...given) {
        BaseAudioContext.prototype.createBuffer = make;
        for (const end = performance.now() + 400; performance.now() < end; );
        return make.apply(this, given);
    };
"""


def test_a_voice_that_is_told_too_late_is_a_gap_and_then_in_place(browser: Browser, lab: Lab, folder: Path) -> None:
    session = mb.Session.open(folder / "plain.mbsession")
    page = open_stage(browser, lab, "live/plain.mbsession")
    take = record(page, seconds=3.2, edit=STALL + MOVE, edit_s=0.4)
    assert take.gaps
    heard = page.evaluate("() => window.seat.session.snapshot()")
    session.document.apply({**session.document.snapshot(), "tracks": heard["tracks"]})
    peak, rms = apart(take, session.render().samples, after_s=2.2)
    assert peak <= -100
    assert rms <= -130
    page.context.close()
