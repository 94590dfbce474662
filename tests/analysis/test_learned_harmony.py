"""Chords and key from activations whose truth is known, and from tones."""

import numpy as np
import pytest

from maxbooster_kernel.analysis.key import NAMES
from maxbooster_kernel.analysis.learned_features import HARMONY_FPS, RATE, Harmony
from maxbooster_kernel.analysis.learned_harmony import decode_harmony, find_harmony
from maxbooster_kernel.analysis.network import HarmonyActivations


def said(states: list[int], seconds: float, *, certainty: float = 0.7, key: int = 0) -> HarmonyActivations:
    """Return activations that prefer one chord for ``seconds`` each."""
    frames = int(HARMONY_FPS * seconds * len(states)) + 1
    chords = np.full((frames, 24), (1 - certainty) / 23)
    for frame in range(frames):
        chords[frame, states[min(len(states) - 1, int(frame / HARMONY_FPS / seconds))]] = certainty
    keys = np.full(24, 0.5 / 23)
    keys[key] = 0.5
    return HarmonyActivations(chords=np.log(chords).astype("f4"), key=keys.astype("f4"))


def sounding(frames: int) -> Harmony:
    return Harmony(saliences=np.full((frames, 72), 60, np.uint8), tuning=0.2)


def test_chords_change_at_beats():
    states = [0, 5, 7, 21]
    heard = said(states, 2.0)
    found = decode_harmony(sounding(len(heard.chords)), heard, np.arange(0.5, 8, 0.5), 8.0)
    assert [chord.label for chord in found.chords] == ["C:maj", "F:maj", "G:maj", "A:min"]
    assert [chord.start_s for chord in found.chords] == [0, 2, 4, 6]
    assert found.chords[-1].end_s == 8.0
    assert found.tuning_hz == pytest.approx(440 * 2 ** (0.2 / 12))


def test_one_wrong_frame_is_overruled():
    heard = said([0] * 8, 1.0)
    heard.chords[30] = said([9], 1.0).chords[0]
    found = decode_harmony(sounding(len(heard.chords)), heard, np.arange(0.5, 8, 0.5), 8.0)
    assert [chord.label for chord in found.chords] == ["C:maj"]


def test_silence_is_no_chord():
    heard = said([0, 0, 0, 0], 2.0)
    features = sounding(len(heard.chords))
    features.saliences[43:] = 0
    found = decode_harmony(features, heard, np.arange(0.5, 8, 0.5), 8.0)
    assert [chord.label for chord in found.chords] == ["C:maj", "N"]
    assert found.chords[1].start_s == pytest.approx(4.0, abs=0.51)


def test_the_first_chord_decides_between_relative_keys():
    heard = said([21, 5, 0, 7], 2.0)
    heard.key[:] = 0.02
    heard.key[0], heard.key[21] = 0.3, 0.26
    found = decode_harmony(sounding(len(heard.chords)), heard, np.arange(0.5, 8, 0.5), 8.0)
    assert (found.tonic, found.scale) == ("A", "minor")
    heard.key[0], heard.key[21] = 0.6, 0.05
    found = decode_harmony(sounding(len(heard.chords)), heard, np.arange(0.5, 8, 0.5), 8.0)
    assert (found.tonic, found.scale) == ("C", "major")
    assert 0 < found.margin < found.probability <= 1


@pytest.mark.parametrize("transposed", [0, 3, 8])
@pytest.mark.parametrize("cents", [0, 30])
def test_chords_and_key_of_tones(transposed, cents):
    time = np.arange(2 * RATE) / RATE
    pieces = []
    for root, third in ((0, 4), (5, 4), (7, 4), (0, 4), (9, 3), (5, 4), (7, 4), (0, 4)):
        notes = [36 + root, 60 + root, 60 + root + third, 60 + (root + 7) % 12]
        chord = np.zeros_like(time)
        for note in notes:
            hz = 440 * 2 ** ((note + transposed + cents / 100 - 69) / 12)
            chord += sum(np.sin(2 * np.pi * hz * part * time) / part**1.5 for part in range(1, 7))
        pieces.append(chord * np.exp(-time))
    sound = 0.1 * np.concatenate(pieces)
    found = find_harmony(sound, np.arange(0, 16, 0.5))
    assert found is not None
    assert (found.tonic, found.scale) == (NAMES[transposed], "major")
    assert 1200 * np.log2(found.tuning_hz / 440) == pytest.approx(cents, abs=5)
    names = ["C:maj", "F:maj", "G:maj", "C:maj", "A:min", "F:maj", "G:maj", "C:maj"]
    expected = [f"{NAMES[(NAMES.index(name[0]) + transposed) % 12]}{name[1:]}" for name in names]
    middle = [next(c.label for c in found.chords if c.start_s <= 2 * k + 1 < c.end_s) for k in range(8)]
    assert sum(a == b for a, b in zip(middle, expected, strict=True)) >= 7


def test_nothing_sounds():
    assert find_harmony(np.zeros(RATE), np.empty(0)) is None
