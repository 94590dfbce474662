"""The parts of the analysis, each against an answer known in closed form or by construction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel.analysis import (
    beats,
    chords,
    chroma,
    downbeat,
    dynamics,
    key,
    onset,
    rhythm,
    spectra,
    tempo,
    timbre,
)

RATE = 22050


def sine(hz: float, seconds: float, rate: int = RATE) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate).astype(np.float32)


def noise(seconds: float, rate: int = RATE) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(round(seconds * rate)).astype(np.float32)


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 96000])
def test_centroid_and_rolloff_of_a_sine_and_of_white_noise(rate):
    tone, white = timbre.Timbre(rate), timbre.Timbre(rate)
    tone.push(sine(1000, 2, rate))
    white.push(noise(2, rate))
    assert tone.centroid_hz == pytest.approx(1000, rel=0.01)
    assert tone.rolloff_hz == pytest.approx(1000, abs=rate / timbre.frame_size(rate))
    assert white.centroid_hz == pytest.approx(rate / 4, rel=0.02)
    assert white.rolloff_hz == pytest.approx(0.85 * rate / 2, rel=0.02)


@given(st.lists(st.integers(500, 5000), min_size=1, max_size=8))
def test_blocks_give_what_the_whole_gives(sizes):
    samples = noise(sum(sizes) / RATE)
    blocks = np.split(samples, np.cumsum(sizes)[:-1])
    whole, parts = timbre.Timbre(RATE), timbre.Timbre(RATE)
    whole.push(samples)
    levels = dynamics.Levels(RATE)
    found = []
    for block in blocks:
        parts.push(block)
        found.append(levels.push(block))
    whole.finish()
    parts.finish()
    assert parts.centroid_hz == pytest.approx(whole.centroid_hz, rel=1e-6)
    assert parts.rolloff_hz == pytest.approx(whole.rolloff_hz, rel=1e-6)
    assert parts.energy == pytest.approx(whole.energy, rel=1e-9)
    np.testing.assert_allclose(np.concatenate(found), dynamics.Levels(RATE).push(samples), atol=1e-9)


def pulses(times: np.ndarray, frames: int) -> np.ndarray:
    """Return an activation of 100 frames a second with a pulse about 40 ms wide at each time."""
    distance = np.abs(np.arange(frames)[:, np.newaxis] / 100 - times).min(axis=1)
    return 0.02 + 0.9 * np.exp(-0.5 * (distance / 0.013) ** 2)


def test_onsets_lie_where_something_begins():
    samples = np.zeros(4 * RATE, np.float32)
    starts = [1.0, 1.7, 2.5, 3.1]
    for start in starts:
        samples[round(start * RATE) :][: RATE // 20] += 0.3 * noise(0.05) * np.exp(-np.arange(RATE // 20) / 300)
    strength = onset.onset_strength(spectra.shared_spectra(samples, RATE).levels).strength
    tops = [
        k for k in range(1, strength.size - 1) if strength[k] > 1.5 and strength[k] == strength[k - 3 : k + 4].max()
    ]
    assert np.asarray(tops) / 100 == pytest.approx(starts, abs=0.03)


@pytest.mark.parametrize("bpm", [48.0, 75.0, 120.0, 173.0, 230.0])
def test_a_clean_activation_gives_its_beats(bpm):
    truth = np.arange(0.4, 30, 60 / bpm)
    found = beats.decode_beats(pulses(truth, 3000), 100.0) / 100
    assert abs(found.size - truth.size) <= 1
    # a beat may begin anywhere in the sixteenth of its interval that holds the pulse
    assert np.abs(found[:, np.newaxis] - truth).min(axis=0).max() <= 0.02 + 60 / bpm / 16


def test_the_decoder_follows_a_changing_tempo():
    steps = 60 / np.linspace(80, 110, 50)
    truth = np.cumsum(steps)
    activation = pulses(truth, round(truth[-1] * 100) + 50)
    found = beats.decode_beats(activation, 100.0, transition=50.0) / 100
    distance = np.abs(found[:, np.newaxis] - truth).min(axis=1)
    assert np.mean(distance < 0.05) > 0.9


@given(st.integers(1, 1200), st.integers(0, 2**32 - 1), st.sampled_from([50.0, 100.0]))
def test_the_decoder_takes_anything(frames, seed, rate):
    activation = np.random.default_rng(seed).random(frames) ** 3
    found = beats.decode_beats(activation, rate)
    assert np.all(np.diff(found) >= int(60 * rate / 240))
    assert np.all((found >= 0) & (found < frames))


def test_tempo_curve_is_the_slope_of_the_beats():
    curve = tempo.tempo_curve(np.concatenate([np.arange(16) * 0.5, 8 + np.arange(16) * 0.4]))
    assert curve[0, 1] == pytest.approx(120)
    assert curve[-1, 1] == pytest.approx(150)
    assert tempo.tempo_curve(np.array([1.0, 2.0])).shape == (0, 2)


@pytest.mark.parametrize("cents", [-40, -13, 0, 7, 35])
def test_tuning_within_two_cents(cents):
    hz = 440 * 2 ** (cents / 1200)
    chord = sum(sine(hz * 2 ** (k / 12), 6) for k in (-12, -5, 0, 4, 7))
    peaks = spectra.pitch_peaks(spectra.shared_spectra(chord, RATE).long)
    found = chroma.tuning_hz(chroma.tuning_deviation(peaks))
    assert 1200 * np.log2(found / hz) == pytest.approx(0, abs=2.0)


def test_chroma_folds_octaves_onto_their_class():
    for midi in (40, 52, 64, 76):
        peaks = spectra.pitch_peaks(spectra.shared_spectra(sine(440 * 2 ** ((midi - 69) / 12), 3), RATE).long)
        salience = chroma.semitone_salience(peaks, 0.0)
        assert int(chroma.fold(salience).sum(axis=0).argmax()) == midi % 12
        assert int(salience.sum(axis=0).argmax()) + spectra.LOWEST_PITCH == midi


@pytest.mark.parametrize("tonic", range(12))
@pytest.mark.parametrize("scale", ["major", "minor"])
def test_key_of_its_own_cadence(tonic, scale):
    third = 4 if scale == "major" else 3
    chroma_rows, bass_rows, sequence = [], [], []
    for k, (root, thirds) in enumerate(((0, third), (5, third), (7, 4), (0, third)) * 3):
        row, low = np.zeros(12), np.zeros(12)
        row[[(tonic + root) % 12, (tonic + root + thirds) % 12, (tonic + root + 7) % 12]] = 1.0
        low[(tonic + root) % 12] = 1.0
        chroma_rows += [row] * 4
        bass_rows += [low] * 4
        label = f"{key.NAMES[(tonic + root) % 12]}:{'maj' if thirds == 4 else 'min'}"
        sequence.append(chords.Chord(start_s=float(k), end_s=k + 1.0, label=label))
    found = key.find_key(np.array(chroma_rows), np.array(bass_rows), sequence)
    assert str(found) == f"{key.NAMES[tonic]} {scale}"
    assert 0.5 < found.strength <= 1
    assert 0 < found.margin <= 1


def test_no_chroma_no_key():
    assert key.find_key(np.zeros((5, 12)), np.zeros((5, 12))) is None
    assert key.find_key(np.ones((5, 12)), np.ones((5, 12))) is None


@pytest.mark.parametrize("state", range(24))
def test_each_triad_is_called_by_its_name(state):
    root, third = state % 12, 4 if state < 12 else 3
    treble = np.full((20, 12), 0.05)
    treble[:, [root, (root + third) % 12, (root + 7) % 12]] += 1.0
    bass = np.zeros((20, 12))
    bass[:, root] = 1.0
    found = chords.find_chords(treble, bass, np.arange(6) * 0.3, 10.0, key=None)
    assert [chord.label for chord in found] == [chords.LABELS[state]]
    assert (found[0].start_s, found[-1].end_s) == (0.0, pytest.approx(1.5))


def test_silence_between_chords_is_none():
    treble = np.zeros((30, 12))
    treble[:10, [0, 4, 7]] = treble[20:, [5, 9, 0]] = 1.0
    found = chords.find_chords(treble, treble, np.arange(7) * 0.5, 10.0, key=None)
    assert [chord.label for chord in found] == ["C:maj", "N", "F:maj"]


@given(st.integers(0, 40), st.integers(0, 2**32 - 1))
def test_pooling_keeps_the_mean(parts, seed):
    rng = np.random.default_rng(seed)
    values = rng.random((50, 3))
    borders = np.concatenate([[0.0], np.sort(rng.uniform(0.2, 4.8, parts)), [4.95]])
    pooled = chords.pool(values, borders, 10.0)
    assert pooled.shape == (parts + 1, 3)
    assert pooled.min() >= -1e-9
    assert pooled.max() <= 1 + 1e-9


@pytest.mark.parametrize(("metre", "phase"), [(4, 0), (4, 3), (3, 1)])
def test_downbeats_are_where_accents_and_harmony_change(metre, phase):
    marked = (np.arange(48) % metre == phase).astype(float)
    quiet = np.random.default_rng(0).random(48) * 0.2
    found = downbeat.find_downbeats(marked + quiet, marked + quiet, marked + quiet)
    assert found is not None
    assert found[0] == metre
    assert list(found[1]) == list(range(phase, 48, metre))
    assert downbeat.find_downbeats(marked[:5], marked[:5], marked[:5]) is None


def test_a_steady_pulse_dances_more_than_a_wandering_drone():
    t = np.arange(30 * RATE) / RATE
    pulse = noise(30) * np.exp(-((t % 0.5) / 0.05))
    walk = np.interp(t, np.arange(301) / 10, np.cumsum(np.random.default_rng(1).standard_normal(301)))
    drone = noise(30) * np.exp(0.3 * walk).astype(np.float32)
    values = [rhythm.danceability(rhythm.frame_deviations(x.astype(np.float32), RATE)) for x in (pulse, drone)]
    assert values[0] > 2 * values[1] > 0


@pytest.mark.parametrize("samples", [np.zeros(10 * RATE), np.ones(RATE), np.zeros(0)])
def test_danceability_is_unknown_where_nothing_moves(samples):
    assert rhythm.danceability(rhythm.frame_deviations(samples.astype(np.float32), RATE)) is None


def test_dynamic_complexity_of_two_levels():
    samples = np.concatenate([sine(1000, 10), 0.1 * sine(1000, 10)])
    complexity, level = dynamics.dynamic_complexity(samples, RATE)
    # the quiet half weighs 0.9 ** 20 in the mean; distances are 2.2 and 17.8 dB
    assert complexity == pytest.approx(10.0, abs=0.3)
    assert level == pytest.approx(-3.01 - 2.17, abs=0.3)
    padded = np.concatenate([np.zeros(5 * RATE, np.float32), samples])
    assert dynamics.dynamic_complexity(padded, RATE)[0] == pytest.approx(complexity, abs=0.3)
    assert dynamics.dynamic_complexity(np.zeros(RATE, np.float32), RATE) is None
    assert dynamics.dynamic_complexity(np.ones(10, np.float32), RATE) is None
