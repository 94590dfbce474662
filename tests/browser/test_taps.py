"""Tapping along in a real browser, joined to the real kernel half: what is tapped, shown, snapped and kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from maxbooster_kernel.analysis.truth import read_truth
from maxbooster_kernel.audio import AudioBuffer
from maxbooster_kernel.widgets import taps

pytestmark = pytest.mark.browser
RATE = 22050


@pytest.fixture
def song(tmp_path: Path) -> Path:
    samples = np.zeros((1, 12 * RATE), np.float32)
    for k in range(24):
        start = k * RATE // 2
        samples[0, start : start + 400] = 0.8 * np.hanning(400) * np.cos(np.arange(400) * (0.2 + 0.1 * (k % 2)))
    return AudioBuffer(samples, RATE).write(tmp_path / "song.wav")


def position(page: Page) -> float:
    minutes, seconds = page.get_by_role("timer").inner_text().split(":")
    return 60 * int(minutes) + float(seconds)


def test_beats_are_tapped_moved_and_kept(show, song):
    widget = taps.TapAlong(song)
    page = show(widget, taps.BUNDLE)
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Play")).to_have_attribute("aria-pressed", "true")
    page.wait_for_function("() => !document.querySelector('[role=timer]').textContent.startsWith('0:00')")
    before = position(page)
    page.get_by_role("button", name="Tap (T)").dispatch_event("pointerdown")
    page.keyboard.press("t")
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Play")).to_have_attribute("aria-pressed", "false")
    after = position(page)
    assert widget.taps
    assert all(before - 0.2 <= tap <= after + 0.2 for tap in widget.taps)

    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_role("status")).to_have_text("0 beats")
    assert widget.beats == []


def test_latency_is_found_and_the_truth_saved(show, song):
    widget = taps.TapAlong(song)
    late = 0.12 + np.arange(2, 20) * 0.5
    widget.tap(late.tolist(), latency_s=0.0, snap=False)
    page = show(widget, taps.BUNDLE)
    expect(page.get_by_role("status")).to_have_text("18 beats, 120.0 BPM")
    page.get_by_role("button", name="Find latency").click()
    expect(page.get_by_label("Latency in ms")).to_have_js_property("value", str(widget.settings["latency_ms"]))
    assert widget.settings["latency_ms"] == pytest.approx(110, abs=25)
    page.get_by_label("Snap to onsets").check()
    expect(page.get_by_role("status")).to_have_text("18 beats, 120.0 BPM")
    assert widget.beats == pytest.approx((np.arange(2, 20) * 0.5).tolist(), abs=0.03)
    page.get_by_role("button", name="Undo tap").click()
    expect(page.get_by_role("status")).to_have_text("17 beats, 120.0 BPM")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("saved as song.wav.beats.json")
    kept = read_truth(song.with_name("song.wav.beats.json"))
    assert kept.beats_s.tolist() == widget.beats
    assert taps.TapAlong(song).beats == widget.beats
    assert widget.analysis.bpm == pytest.approx(120.0, abs=0.5)
    assert repr(widget) == "TapAlong('song.wav', 17 beats, 120.0 BPM)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_control_has_a_name_in_both_themes(show, song, scheme):
    widget = taps.TapAlong(song)
    widget.tap([1.0, 1.5, 2.0, 2.5], latency_s=0.0, snap=True)
    page = show(widget, taps.BUNDLE)
    dark = "--jp-layout-color1:#111;--jp-ui-font-color1:#eee;--jp-ui-font-color2:#bbb;--jp-brand-color1:#64b5f6"
    page.evaluate("style => document.documentElement.setAttribute('style', style)", dark if scheme == "dark" else "")
    for name in ("Play", "To the start", "Tap (T)", "Undo tap", "Clear", "Find latency", "Save"):
        expect(page.get_by_role("button", name=name)).to_be_visible()
    ink, ground = page.evaluate(
        "() => { const s = getComputedStyle(document.querySelector('.mb-taps')); return [s.color, s.backgroundColor]; }"
    )
    assert ink != ground
    painted = page.evaluate(
        "() => { const c = document.querySelector('canvas'); const data = c.getContext('2d')"
        ".getImageData(0, 0, c.width, c.height).data; return Math.max(...data.filter((_, i) => i % 4 === 0)); }"
    )
    assert (painted > 200) == (scheme == "dark")  # light ink on dark ground, drawn again when the theme changes
