"""Change the sample rate of audio; done only when asked for."""

from __future__ import annotations

from typing import Literal

import numpy as np

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.errors import AudioError

Quality = Literal["VHQ", "HQ", "MQ", "LQ", "QQ"]


def resample(audio: AudioBuffer, sample_rate: int, *, quality: Quality = "VHQ") -> AudioBuffer:
    """Return the audio at another sample rate, through soxr's linear-phase filters.

    Parameters
    ----------
    audio
        What to convert; at the wanted rate already, it is returned as it is.
    sample_rate
        The wanted rate in Hz.
    quality
        soxr's name: ``VHQ`` keeps 28 bits, ``HQ`` 20, ``MQ`` 16 with a shorter filter.

    Returns
    -------
    AudioBuffer
        Float32, ``round(frames * sample_rate / audio.sample_rate)`` frames.

    Examples
    --------
    >>> resample(AudioBuffer(np.zeros((2, 44100), np.float32), 44100), 48000)
    AudioBuffer(channels=2, frames=48000, sample_rate=48000)
    """
    if sample_rate <= 0 or int(sample_rate) != sample_rate:
        raise AudioError(f"expected a sample rate in whole Hz above 0, got {sample_rate!r}")
    if sample_rate == audio.sample_rate:
        return audio
    import soxr

    frames = round(audio.frames * sample_rate / audio.sample_rate)
    moved = soxr.resample(audio.samples.T, audio.sample_rate, sample_rate, quality=quality).T
    out = np.zeros((audio.channels, frames), np.float32)
    count = min(frames, moved.shape[1])
    out[:, :count] = moved[:, :count]
    return AudioBuffer(out, int(sample_rate))
