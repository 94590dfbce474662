"""Change the sample rate of audio; done only when asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.audio.buffer import AudioBuffer, whole_hz
from maxbooster_kernel.errors import AudioError, expect

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
    AudioBuffer.check(audio)
    if expect(quality, str, "a quality", "give it as text") not in get_args(Quality):
        raise AudioError(f"expected a quality of {', '.join(get_args(Quality))}, got {quality!r}")
    sample_rate = whole_hz(sample_rate)
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
    converter = Resampler(from_rate, to_rate, quality=quality)
    for part in parts:
        moved = converter.push(part)
        if moved.shape[1]:
            yield moved
    rest = converter.finish()
    if rest.shape[1]:
        yield rest


class Resampler:
    """Converts a stream of blocks to another sample rate, in the memory of a few blocks.

    Parameters
    ----------
    from_rate, to_rate
        Sample rates in Hz; equal ones pass the blocks through.
    quality
        As for :func:`resample`.

    Examples
    --------
    >>> converter = Resampler(44100, 22050)
    >>> given = converter.push(np.zeros((2, 1000), np.float32)).shape[1]
    >>> given + converter.finish().shape[1]
    500
    """

    def __init__(self, from_rate: int, to_rate: int, *, quality: Quality = "VHQ") -> None:
        if from_rate <= 0 or to_rate <= 0:
            raise AudioError(f"expected sample rates above 0 Hz, got {from_rate} and {to_rate}")
        self._rates, self._quality = (from_rate, to_rate), quality
        self._stream: Any = None
        self._taken = self._given = self._channels = 0

    def push(self, part: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the next block, shape ``(channels, frames)``; return what is converted so far, maybe nothing."""
        if self._rates[0] == self._rates[1]:
            return part
        if self._stream is None:
            import soxr

            self._channels = part.shape[0]
            self._stream = soxr.ResampleStream(*self._rates, self._channels, dtype="float32", quality=self._quality)
        self._taken += part.shape[1]
        moved = self._stream.resample_chunk(np.ascontiguousarray(part.T)).reshape(-1, self._channels)
        self._given += len(moved)
        return np.ascontiguousarray(moved.T)

    def finish(self) -> NDArray[np.float32]:
        """Return what is left after the last block, so that the whole has ``round(frames * to / from)`` frames."""
        if self._stream is None:
            return np.zeros((self._channels, 0), np.float32)
        rest = self._stream.resample_chunk(np.empty((0, self._channels), np.float32), last=True)
        rest = rest.reshape(-1, self._channels)
        left = round(self._taken * self._rates[1] / self._rates[0]) - self._given
        tail = np.zeros((self._channels, max(left, 0)), np.float32)
        count = min(len(rest), tail.shape[1])
        tail[:, :count] = rest[:count].T
        return tail
