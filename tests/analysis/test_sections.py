"""Sections: borders where sound or harmony changes for long, equal names for parts that are alike."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from maxbooster_kernel.analysis.sections import beat_features, find_sections, novelty

BEATS_S = np.arange(129) * 0.5
BARS_S = BEATS_S[::4]


def parts(order: str, beats: int = 32, noise: float = 0.2) -> np.ndarray:
    """Return features of parts of equal length, one kind of sound a letter."""
    rng = np.random.default_rng(2)
    kinds = {name: rng.standard_normal(12) for name in sorted(set(order))}
    rows = np.concatenate([np.tile(kinds[name], (beats, 1)) for name in order])
    return rows / np.sqrt(12) + noise * rng.standard_normal(rows.shape) / np.sqrt(12)


def test_parts_that_are_alike_share_a_name():
    found = find_sections(parts("ABAC"), BEATS_S, BARS_S)
    assert [section.label for section in found] == ["A", "B", "A", "C"]
    assert [section.start_s for section in found] == pytest.approx([0.0, 16.0, 32.0, 48.0], abs=0.5)
    assert found[-1].end_s == 64.0
    assert all(before.end_s == after.start_s for before, after in pairwise(found))


def test_a_programme_that_stays_the_same_is_one_section():
    found = find_sections(0.3 * parts("AAAA"), BEATS_S, BARS_S)
    assert [(section.start_s, section.end_s, section.label) for section in found] == [(0.0, 64.0, "A")]


def test_borders_lie_on_bars_where_those_are_near():
    features = np.roll(parts("AB", beats=64), 1, axis=0)  # the change is heard one beat late
    found = find_sections(features, BEATS_S, BARS_S)
    assert found[1].start_s in BARS_S


def test_few_beats_have_no_sections():
    assert find_sections(parts("A", beats=31), np.arange(32) * 0.5, np.empty(0)) == ()


def test_novelty_is_highest_at_the_change_and_none_at_the_ends():
    curve = novelty(parts("AB", beats=64))
    assert abs(int(curve.argmax()) - 64) <= 1
    assert not curve[:8].any()
    assert not curve[-8:].any()


@pytest.mark.parametrize("frames", [0, 1, 400])
def test_features_of_silence_are_zero(frames):
    levels, chroma = np.zeros((frames + 1, 40), np.float32), np.zeros((frames // 9 + 1, 12), np.float32)
    features = beat_features(levels, chroma, chroma, np.linspace(0.0, max(frames, 1) / 100, 9))
    assert features.shape == (8, 32)
    assert not features.any()
