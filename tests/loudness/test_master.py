"""Mastering reaches its two goals on what allows it, and says why not on what does not."""

from __future__ import annotations

import numpy as np
import pytest

from maxbooster_kernel.audio import AudioBuffer
from maxbooster_kernel.errors import AnalysisError
from maxbooster_kernel.loudness import measure_loudness
from maxbooster_kernel.loudness.master import master


def mix(rate: int = 44100, seconds: float = 8.0, level: float = 0.05) -> AudioBuffer:
    """Return noise with drum hits: about -25 LUFS with peaks far above."""
    rng = np.random.default_rng(3)
    t = np.arange(round(seconds * rate)) / rate
    hits = np.exp(-((t % 0.5) / 0.03))
    tone = np.sin(2 * np.pi * 110 * t) + np.sin(2 * np.pi * 220.5 * t)
    samples = level * (tone + rng.standard_normal((2, t.size)) * (0.2 + 4 * hits))
    return AudioBuffer(samples.astype(np.float32), rate)


@pytest.mark.parametrize("rate", [44100, 48000])
@pytest.mark.parametrize("target", ["spotify", "apple", "ebu_r128", -11.0, -9.0])
def test_loudness_and_ceiling_hold(target, rate):
    made = master(mix(rate), target=target, ceiling_dbtp=-1.0)
    again = measure_loudness(made.audio)
    assert made.reached
    assert abs(again.integrated_lufs - made.target.target_lufs) <= 0.1
    assert again.true_peak_dbtp <= -1.0
    assert again.integrated_lufs == made.after.integrated_lufs


def test_pure_gain_where_peaks_allow_it():
    made = master(mix(), target=-30.0)
    np.testing.assert_allclose(made.audio.samples, mix().samples * 10 ** (made.gain_db / 20), rtol=1e-6)
    assert made.max_reduction_db == 0.0
    assert made.passes == 1


def test_the_report_is_what_happened():
    made = master(mix(), target=-11.0)
    assert made.max_reduction_db > made.mean_reduction_db > 0.0
    assert 0.0 < made.limited_part <= 1.0
    assert made.reduction_db.max() == pytest.approx(made.max_reduction_db)
    report = made.to_dict()
    assert report["before"]["integrated_lufs"] < report["after"]["integrated_lufs"]
    assert "reached" in made._repr_html_()
    down_db = made.after.integrated_lufs + 14.0
    assert down_db > 2.5
    assert f"Spotify turns it down by {down_db:.1f} dB" in made._repr_html_()


def test_a_quiet_track_is_raised_only_as_far_as_its_peaks_allow_by_gain_alone():
    made = master(mix(), target="spotify", method="gain")
    assert not made.reached
    assert "room" in made.reason
    assert made.after.true_peak_dbtp == pytest.approx(-1.0, abs=0.01)
    assert made.max_reduction_db == 0.0


def test_what_cannot_be_reached_says_why():
    rate = 44100
    clicks = np.zeros((1, 8 * rate), np.float32)
    clicks[0, :: rate // 2] = 0.9
    made = master(AudioBuffer(clicks, rate), target=-9.0)
    assert not made.reached
    assert "peaks" in made.reason
    assert made.after.true_peak_dbtp <= -1.0


@pytest.mark.parametrize("seconds", [0.0, 0.2, 3.0])
def test_silence_and_scraps_pass_unchanged(seconds):
    buffer = AudioBuffer(np.zeros((2, round(seconds * 44100))), 44100)
    made = master(buffer)
    assert not made.reached
    assert "no loudness" in made.reason
    assert made.audio is buffer


def test_a_scrap_over_the_ceiling_is_turned_down_to_it():
    made = master(AudioBuffer(np.ones((2, 4410), np.float32) * np.float32([[1.5], [0.5]]), 44100))
    assert not made.reached
    assert "turned down to the ceiling" in made.reason
    assert -1.1 < made.after.true_peak_dbtp <= -1.0


def test_the_card_names_its_goal_once_and_where_targets_are_from():
    card = master(mix(), target=-30.0)._repr_html_()
    assert card.count("-30 LUFS") == 1
    assert "nothing to limit" in card
    assert "Targets as of 20" in card
    assert "Spotify, -14 LUFS" in master(mix(), target="spotify")._repr_html_()


def test_versions_to_compare_are_equally_loud():
    made = master(mix(), target=-10.0)
    source, result = made.at_equal_loudness()
    first, second = measure_loudness(source), measure_loudness(result)
    assert first.integrated_lufs == pytest.approx(second.integrated_lufs, abs=0.05)
    assert max(first.integrated_lufs, second.integrated_lufs) <= made.before.integrated_lufs + 0.05


def test_a_comparison_plays_the_same_part_of_both_equally_loud():
    hot = AudioBuffer(mix(seconds=20.0).samples * 30.0, 44100)
    shown = master(hot, target=-10.0).compare(duration_s=5.0)
    first, second = measure_loudness(shown.before), measure_loudness(shown.after)
    assert first.integrated_lufs == pytest.approx(second.integrated_lufs, abs=0.5)
    assert first.sample_peak_dbfs <= 0.0
    assert shown.before.frames == shown.after.frames == 5 * 44100
    assert shown._repr_html_().count("<audio controls") == 2


def test_a_comparison_is_as_long_as_asked_also_where_the_loudest_is_last():
    samples = mix(seconds=20.0).samples.copy()
    samples[:, : 16 * 44100] *= 0.2
    shown = master(AudioBuffer(samples, 44100), target=-20.0).compare()
    assert shown.before.frames == 12 * 44100
    assert shown.start_s == pytest.approx(8.0, abs=1e-3)


def test_silence_compares_too():
    silent = master(AudioBuffer(np.zeros((2, 1000), np.float32), 44100)).compare()
    assert (silent.start_s, silent.before.frames) == (0.0, 1000)


@pytest.mark.parametrize("ceiling", [0.5, -30.0])
def test_a_ceiling_out_of_range_is_refused(ceiling):
    with pytest.raises(AnalysisError, match="ceiling"):
        master(mix(), ceiling_dbtp=ceiling)


def test_samples_that_are_not_finite_are_refused():
    samples = mix().samples.copy()
    samples[0, 5] = np.nan
    with pytest.raises(AnalysisError, match="finite"):
        master(AudioBuffer(samples, 44100))


def test_surround_keeps_its_layout():
    samples = np.concatenate([mix().samples, mix().samples[:1], 0 * mix().samples[:1], 0.5 * mix().samples])
    made = master(AudioBuffer(samples, 44100), target=-14.0)
    assert made.audio.channels == 6
    assert made.reached
