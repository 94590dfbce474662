"""The card of audio in a notebook: what it says is true, and it stays small."""

import re

import numpy as np
import pytest

from maxbooster_kernel.audio import AudioBuffer


def test_it_says_length_rate_channels_and_peak():
    samples = np.zeros((2, 66150), np.float32)
    samples[1, 7] = 0.5
    html = AudioBuffer(samples, 44100)._repr_html_()
    assert "0:01.500 · 44.1 kHz · stereo · peak -6.0 dBFS" in html
    assert html.count("<path") == 4


def test_the_waveform_is_drawn_to_full_scale():
    samples = np.full((1, 5000), 0.5, np.float32)
    heights = {float(y) for y in re.findall(r"[ML]\d+ ([\d.]+)", AudioBuffer(samples, 8000)._repr_html_())}
    assert heights == {11.5, 32.5}  # the middle of a lane of 44 is 22; half of its 21 pixels is 10.5


def test_an_hour_is_as_small_as_a_minute():
    card = AudioBuffer(np.random.default_rng(1).uniform(-1, 1, (2, 8000 * 3600)).astype(np.float32), 8000)._repr_html_()
    assert len(card) < 150_000


@pytest.mark.parametrize(
    ("samples", "words"),
    [(np.zeros((1, 10)), "silent"), (np.zeros((3, 0)), "3 channels"), (np.full((1, 10), np.nan), "not finite")],
)
def test_odd_audio_has_a_card_too(samples, words):
    assert words in AudioBuffer(samples.astype(np.float32), 48000)._repr_html_()
