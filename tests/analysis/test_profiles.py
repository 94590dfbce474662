"""The profiles: they name every key, whatever weighs on all tones alike, and speak only where sound is strange."""

import numpy as np
import pytest

from maxbooster_kernel.analysis.learned_features import LOWEST_MIDI
from maxbooster_kernel.analysis.network import harmony_activations, shipped_weights
from maxbooster_kernel.analysis.profiles import profile_keys, whitened_chroma, with_profiles

MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
EVEN = np.full(24, 1 / 24)


def played(key: int, *, floor: int = 0) -> np.ndarray:
    """Return saliences of a scale played up and down over four octaves, tonic and fifth held, over a floor of noise."""
    scale, tonic = (MAJOR if key < 12 else MINOR), key % 12
    saliences = np.full((160, 72), floor, np.uint8)
    for frame in range(160):
        degree = scale[frame // 4 % 7]
        tones = [(tonic + degree - LOWEST_MIDI) % 12 + 24, (tonic - LOWEST_MIDI) % 12 + 12]
        tones += [(tonic + 7 - LOWEST_MIDI) % 12 + 12, (tonic + scale[2] - LOWEST_MIDI) % 12 + 36]
        saliences[frame, tones] += 120
    return saliences


@pytest.mark.parametrize("floor", [0, 100])
@pytest.mark.parametrize("key", range(24))
def test_every_key_is_named_with_noise_under_it_or_without(key, floor):
    assert int(profile_keys(whitened_chroma(played(key, floor=floor))).argmax()) == key


def test_profiles_speak_as_far_as_the_sound_is_strange():
    other = np.eye(24)[6]
    assert with_profiles(other, 0.0, played(3)) == pytest.approx(other)
    both = with_profiles(other, 0.4, played(3))
    assert both[6] >= 0.6
    assert both.sum() == pytest.approx(1.0)
    assert int(with_profiles(other, 1.0, played(3)).argmax()) == 3


def test_where_no_tone_stands_out_the_network_is_asked_alone():
    rng = np.random.default_rng(3)
    noise = rng.integers(90, 110, (400, 72), dtype=np.uint8)
    assert with_profiles(EVEN, 1.0, noise) == pytest.approx(EVEN)
    assert profile_keys(np.zeros(12)) == pytest.approx(EVEN)
    assert whitened_chroma(np.zeros((0, 72), np.uint8)).tolist() == [0.0] * 12


def test_strangeness_is_of_the_sound_and_not_of_its_key():
    saliences = played(0, floor=30)
    here, there = (harmony_activations(np.roll(saliences, up, axis=1)).strange for up in (0, 12))
    assert 0.0 <= here <= 1.0
    assert here == pytest.approx(harmony_activations(saliences).strange)
    assert abs(here - there) < 0.5
    assert harmony_activations(saliences, shipped_weights("harmony")).strange == 0.0
