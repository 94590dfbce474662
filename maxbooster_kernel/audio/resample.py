"""Change the sample rate of audio; done only when asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

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


def resample_blocks(
    parts: Iterable[NDArray[np.float32]], from_rate: int, to_rate: int, *, quality: Quality = "VHQ"
) -> Iterator[NDArray[np.float32]]:
    """Yield a stream of blocks at another sample rate, in the memory of a few blocks.

    Parameters
    ----------
    parts
        Float32 blocks of shape ``(channels, frames)``, of any length, as :func:`maxbooster_kernel.audio.blocks` gives.
    from_rate, to_rate
        Sample rates in Hz; equal ones pass the blocks through.
    quality
        As for :func:`resample`.

    Yields
    ------
    numpy.ndarray
        Float32 of shape ``(channels, frames)``; together they are what :func:`resample` makes of the whole.
    """
    if from_rate <= 0 or to_rate <= 0:
        raise AudioError(f"expected sample rates above 0 Hz, got {from_rate} and {to_rate}")
    if from_rate == to_rate:
        yield from parts
        return
    import soxr

    stream = None
    taken = given = channels = 0
    for part in parts:
        if stream is None:
            channels = part.shape[0]
            stream = soxr.ResampleStream(from_rate, to_rate, part.shape[0], dtype="float32", quality=quality)
        taken += part.shape[1]
        moved = stream.resample_chunk(np.ascontiguousarray(part.T)).reshape(-1, channels)
        given += len(moved)
        if len(moved):
            yield np.ascontiguousarray(moved.T)
    if stream is not None:
        rest = stream.resample_chunk(np.empty((0, channels), np.float32), last=True).reshape(-1, channels)
        left = round(taken * to_rate / from_rate) - given
        tail = np.zeros((channels, max(left, 0)), np.float32)
        count = min(len(rest), tail.shape[1])
        tail[:, :count] = rest[:count].T
        if tail.shape[1]:
            yield tail
