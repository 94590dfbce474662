"""The metronome in a real browser: on the beats to the sample, in nobody's mix, and nobody's but one's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from lab import RATE, Lab, Seen, write_stems
from playwright.sync_api import Browser, Page, expect
from stage import open_stage

import maxbooster_kernel as mb

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.quiet]

GRID = 128
TRIES = 3
# Plays, and records the mix and the clicks side by side; clicks begin so many frames after the first one played.
TAKE = """async ({ from, seconds, loop, on, edit }) => {
    const { engine, session } = window.seat;
    const { player } = engine;
    const live = await engine.prepare();
    player.setLoop(loop);
    player.seek(from);
    player.metronome.on = on;
    const [mix, click] = await Promise.all([live.output, player.metronome.output(live.context)]
        .map((node) => window.studio.Recorder.on(node)));
    await engine.play();
    const { frame, contextFrame } = player.origin;
    const first = contextFrame + engine.graph.latency;
    const wanted = Math.round(seconds * player.sampleRate);
    if (edit) {
        while (player.position() < from + 0.2) await new Promise((resolve) => setTimeout(resolve, 10));
        session.edit((change) => change.set(['meta'], 'tempo_bpm', edit));
    }
    while (Math.min(mix.until, click.until) < first + wanted) await new Promise((resolve) => setTimeout(resolve, 20));
    const recordings = [mix, click].map((recorder) => recorder.stop());
    const gaps = [...player.gaps, ...recordings.flatMap((recording) => recording.gaps)].length;
    player.stop();
    player.setLoop(null);
    const [sound, heard] = recordings.map((recording) =>
        recording.channels[0].slice(first - recording.frame, first - recording.frame + wanted));
    const onsets = [];
    let last = -Infinity;
    heard.forEach((value, index) => {
        if (Math.abs(value) < 1e-5) return; // a click begins at zero, to the browser's rounding of times
        if (index - last > 400) onsets.push(index - 1);
        last = index;
    });
    const level = (samples) => samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (on) window.before = sound;
    const apart = on ? 0 : level(sound.map((value, index) => value - window.before[index]));
    return { frame, gaps, onsets, apart, mix: level(sound), click: level(heard) };
}"""


@pytest.fixture(scope="module")
def page(browser: Browser, lab: Lab) -> Iterator[Page]:
    folder = lab.root / "metronome"
    session = mb.Session.from_stems(write_stems(folder / "stems", 4.0), tempo_bpm=120.0)
    session.save(folder / "song.mbsession")
    page = open_stage(browser, lab, "metronome/song.mbsession")
    seen = Seen(page)
    yield page
    assert not seen.errors
    page.context.close()


def take(page: Page, **asked: Any) -> dict[str, Any]:
    """Play and record; a run with a detected gap in the mix is repeated."""
    for _ in range(TRIES):
        found: dict[str, Any] = page.evaluate(TAKE, {"from": 0, "loop": None, "on": True, "edit": None, **asked})
        if not found["gaps"]:
            return found
    pytest.fail(f"{TRIES} runs had gaps")


def test_clicks_are_on_the_beats_to_the_sample_and_not_in_the_mix(page: Page) -> None:
    with_click = take(page, seconds=1.8)
    assert with_click["onsets"] == [0, RATE // 2, RATE, RATE * 3 // 2]
    assert 0.1 < with_click["click"] < 0.26  # -12 dB
    without = take(page, seconds=1.8, on=False)
    assert without["onsets"] == []
    assert without["mix"] > 0.1
    assert without["apart"] < 1e-5  # the browser sums in an order of its own


def test_clicks_follow_a_seek_a_loop_and_another_tempo(page: Page) -> None:
    found = take(page, seconds=2.2, **{"from": 0.75, "loop": {"from": 0.75, "to": 1.75}})
    begin, end = (int(seconds * RATE) // GRID * GRID for seconds in (0.75, 1.75))
    assert found["frame"] == begin
    once = [RATE - begin, RATE * 3 // 2 - begin]
    assert found["onsets"] == [at + turn * (end - begin) for turn in range(2) for at in once]
    found = take(page, seconds=2.2, edit=240)
    quarter = RATE // 4
    assert found["onsets"][0] == 0
    assert found["onsets"][-4:] == [quarter * beat for beat in (5, 6, 7, 8)]
    page.evaluate("() => window.seat.session.undo()")


def test_the_metronome_is_ones_own_and_is_remembered(page: Page, browser: Browser, lab: Lab) -> None:
    other = open_stage(browser, lab, "metronome/song.mbsession")
    mine, theirs = (one.get_by_role("button", name="Metronome", exact=True) for one in (page, other))
    page.evaluate("() => { window.seat.engine.player.metronome.on = false; }")
    expect(mine).to_have_attribute("aria-pressed", "false")
    before = page.evaluate("() => JSON.stringify(window.seat.session.snapshot())")
    page.locator(".mb-studio").press("c")
    expect(mine).to_have_attribute("aria-pressed", "true")
    level = page.get_by_role("slider", name="Metronome level")
    level.press("PageUp")
    expect(level).to_have_attribute("aria-valuenow", "-6")
    expect(theirs).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("() => JSON.stringify(window.seat.session.snapshot())") == before
    other.context.close()
    page.reload()
    page.locator('.mb-studio[data-status="synced"]').wait_for()
    expect(mine).to_have_attribute("aria-pressed", "true")
    expect(level).to_have_attribute("aria-valuenow", "-6")
    level.dblclick()
    expect(level).to_have_attribute("aria-valuenow", "-12")
    mine.click()
    expect(mine).to_have_attribute("aria-pressed", "false")
