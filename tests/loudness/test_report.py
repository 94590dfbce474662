"""Loudness beyond the EBU's table: BS.1770's own value, layouts, short and broken programmes, streams, peers."""

from __future__ import annotations

import math

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel.audio import AudioBuffer
from maxbooster_kernel.errors import AnalysisError
from maxbooster_kernel.loudness import Meter, measure_loudness, read_meter


def noise(channels: int, seconds: float, rate: int = 48000, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (0.1 * rng.standard_normal((channels, round(seconds * rate)))).astype(np.float32)


def sine_997(rate: int, seconds: float = 5.0) -> np.ndarray:
    return np.sin(2 * np.pi * 997 * np.arange(round(seconds * rate)) / rate)


@pytest.mark.parametrize("rate", [44100, 48000, 88200, 96000, 192000])
def test_full_scale_sine_in_one_front_channel_is_3_01_below_zero(rate):
    samples = np.stack([sine_997(rate), np.zeros(5 * rate)])
    assert measure_loudness(AudioBuffer(samples, rate)).integrated_lufs == pytest.approx(-3.01, abs=0.03)


def test_mono_reads_3_lu_less_than_the_same_on_both_channels_unless_dual_mono():
    sine = sine_997(48000)
    both = measure_loudness(AudioBuffer(np.stack([sine, sine]), 48000)).integrated_lufs
    mono = AudioBuffer(sine[np.newaxis], 48000)
    assert both - measure_loudness(mono).integrated_lufs == pytest.approx(10 * math.log10(2), abs=1e-6)
    assert measure_loudness(mono, dual_mono=True).integrated_lufs == pytest.approx(both, abs=1e-6)


def test_surround_channels_weigh_1_41_and_lfe_nothing():
    sine = sine_997(48000)
    front, surround, lfe = (np.zeros((6, sine.size)) for _ in range(3))
    front[0], surround[4], lfe[3] = sine, sine, sine
    loudness = [measure_loudness(AudioBuffer(x, 48000)) for x in (front, surround, lfe)]
    gain = loudness[1].integrated_lufs - loudness[0].integrated_lufs
    assert gain == pytest.approx(10 * math.log10(1.41), abs=1e-6)
    assert loudness[2].integrated_lufs == -math.inf
    assert loudness[2].true_peak_dbtp == pytest.approx(0.0, abs=0.1)


def test_a_named_layout_moves_the_weights():
    samples = noise(6, 2)
    smpte = measure_loudness(AudioBuffer(samples, 48000)).integrated_lufs
    film = measure_loudness(AudioBuffer(samples[[0, 2, 1, 4, 5, 3]], 48000), layout="L C R Ls Rs LFE")
    assert film.integrated_lufs == pytest.approx(smpte, abs=1e-9)


@pytest.mark.parametrize(("layout", "word"), [("L R", "6 channels"), ("L R X", "'X'"), ("", "6 channels")])
def test_a_layout_that_does_not_fit_is_refused(layout, word):
    with pytest.raises(AnalysisError, match=word):
        measure_loudness(AudioBuffer(noise(6, 1), 48000), layout=layout)


@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.39, 0.5, 5.0])
def test_silence_and_short_programmes_are_null_not_errors(seconds):
    silent = measure_loudness(AudioBuffer(np.zeros((2, round(seconds * 48000)), np.float32), 48000)).to_dict()
    assert silent["integrated_lufs"] is silent["true_peak_dbtp"] is silent["range_lu"] is None
    assert silent["needs_normalization"] is False
    assert silent["targets"]["spotify"] == {"target_lufs": -14.0, "gain_db": None, "limited_by": None}
    short = measure_loudness(AudioBuffer(noise(2, seconds), 48000))
    assert (short.to_dict()["integrated_lufs"] is None) == (seconds < 0.4)
    assert (short.to_dict()["short_term_max_lufs"] is None) == (seconds < 3.0)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_not_finite_make_everything_undefined(value):
    samples = noise(2, 4)
    samples[1, 70000] = value
    loudness = measure_loudness(AudioBuffer(samples, 48000))
    assert loudness.non_finite == 1
    numbers = {key: item for key, item in loudness.to_dict().items() if key != "targets"}
    assert set(numbers.values()) == {None}
    assert "undefined" in loudness._repr_html_()


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 192000])
@pytest.mark.parametrize("channels", [1, 8])
def test_every_rate_and_channel_count_is_served(rate, channels):
    loudness = measure_loudness(AudioBuffer(noise(channels, 4, rate), rate))
    assert -30 < loudness.integrated_lufs < 0
    assert loudness.history.momentary_lufs.size == 400 - 40 + 1


@given(st.lists(st.integers(0, 9000), max_size=12), st.sampled_from([11025, 44100, 48000]))
def test_any_blocks_give_the_same_as_the_whole(cuts, rate):
    samples = noise(2, 0.7, rate)
    whole = measure_loudness(AudioBuffer(samples, rate))
    meter = Meter(rate, 2)
    for block in np.split(samples, sorted(min(cut, samples.shape[1]) for cut in cuts), axis=1):
        meter.push(block)
    streamed = read_meter(meter)
    assert streamed.integrated_lufs == pytest.approx(whole.integrated_lufs, abs=1e-9)
    assert streamed.sample_peak_dbfs == whole.sample_peak_dbfs
    np.testing.assert_array_equal(streamed.history.true_peaks, whole.history.true_peaks)
    np.testing.assert_allclose(streamed.history.momentary_lufs, whole.history.momentary_lufs, atol=1e-9)


def test_live_values_are_those_of_the_last_windows():
    samples = noise(2, 5)
    meter = Meter(48000, 2)
    meter.push(samples)
    history = read_meter(meter).history
    assert meter.momentary_lufs == pytest.approx(history.momentary_lufs[-1], abs=1e-6)
    assert meter.short_term_lufs == pytest.approx(history.short_term_lufs[-1], abs=1e-6)


def test_histories_say_what_the_gates_keep():
    samples = np.concatenate([noise(2, 5), 0.01 * noise(2, 5), np.zeros((2, 5 * 48000), np.float32)], axis=1)
    history = measure_loudness(AudioBuffer(samples, 48000)).history
    passed = history.blocks_s[history.passes_gates]
    assert passed.min() == pytest.approx(0.4)
    assert passed.max() <= 5.4
    assert history.relative_gate_lufs < history.blocks_lufs[history.passes_gates].min()


def test_correlation_and_ratios():
    samples = noise(1, 4)
    same, opposite, unrelated = (
        measure_loudness(AudioBuffer(np.concatenate([samples, other]), 48000))
        for other in (samples, -samples, noise(1, 4, seed=1))
    )
    assert same.correlation == pytest.approx(1.0)
    assert opposite.correlation == pytest.approx(-1.0)
    assert abs(unrelated.correlation) < 0.02
    assert np.allclose(opposite.history.correlation, -1.0)
    square = np.where(np.arange(4 * 48000) % 480 < 240, 0.5, -0.5)[np.newaxis]
    assert measure_loudness(AudioBuffer(square, 48000)).crest_factor_db == pytest.approx(0.0, abs=1e-6)
    assert same.plr_db == pytest.approx(same.true_peak_dbtp - same.integrated_lufs)
    assert 0.0 < same.psr_db < 20.0


@pytest.mark.parametrize("channels", [1, 2])
def test_pyloudnorm_agrees_at_48_khz(channels):
    samples = noise(channels, 10) * (1 + np.sin(np.arange(480000) / 48000))
    peer = pyloudnorm.Meter(48000, filter_class="DeMan").integrated_loudness(samples.T.astype(np.float64))
    assert measure_loudness(AudioBuffer(samples, 48000)).integrated_lufs == pytest.approx(peer, abs=0.02)


def test_card_names_what_services_will_do():
    card = measure_loudness(AudioBuffer(0.9 * noise(2, 4) / 0.1, 48000))._repr_html_()
    assert "Spotify turns it down" in card
    assert "over full scale" in card
