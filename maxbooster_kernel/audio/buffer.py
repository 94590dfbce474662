"""Audio in memory: samples and their sample rate, never one without the other."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maxbooster_kernel.audio.riff import MAX_CHANNELS
from maxbooster_kernel.errors import AudioError, WrongKindError, expect, kind_of
from maxbooster_kernel.kinds import checked


@dataclass(frozen=True, slots=True, eq=False)
class AudioBuffer:
    """Samples in memory with their sample rate.

    Parameters
    ----------
    samples
        Float32, shape ``(channels, frames)``, 1 to 8 channels; full scale is -1 to 1, larger values are kept.
    sample_rate
        Frames per second, in Hz.

    Raises
    ------
    AudioError
        The array does not have that shape, or the sample rate is not positive.

    Examples
    --------
    >>> AudioBuffer(np.zeros((2, 44100), np.float32), 44100)
    AudioBuffer(channels=2, frames=44100, sample_rate=44100)
    """

    samples: NDArray[np.float32]
    sample_rate: int

    def __post_init__(self) -> None:
        """Check shape and rate; convert to contiguous float32."""
        try:
            samples = np.ascontiguousarray(self.samples, dtype=np.float32)
        except (TypeError, ValueError):
            raise WrongKindError(
                f"expected an array of samples, got {kind_of(self.samples)}; a file is read by mb.read_audio(path)"
            ) from None
        if samples.ndim != 2 or not 1 <= samples.shape[0] <= MAX_CHANNELS:
            raise AudioError(
                f"expected (channels, frames) with 1 to {MAX_CHANNELS} channels, got shape {np.shape(self.samples)}; "
                "transpose it or use AudioBuffer.from_interleaved"
            )
        object.__setattr__(self, "samples", samples)
        object.__setattr__(self, "sample_rate", whole_hz(self.sample_rate))

    @classmethod
    def check(cls, value: object) -> AudioBuffer:
        """Return a value that is a buffer.

        Raises
        ------
        WrongKindError
            It is something else; the message says how to make a buffer of it.
        """
        if isinstance(value, str | os.PathLike):
            return expect(value, cls, "an AudioBuffer", f"read the file first: mb.read_audio({os.fspath(value)!r})")
        return expect(value, cls, "an AudioBuffer", "make one of samples: mb.AudioBuffer(samples, sample_rate)")

    @classmethod
    def from_interleaved(cls, samples: ArrayLike, sample_rate: int) -> AudioBuffer:
        """Make a buffer from samples of shape ``(frames, channels)`` or ``(frames,)``, as soundfile gives them."""
        try:
            array = np.asarray(samples, dtype=np.float32)
        except (TypeError, ValueError):
            raise WrongKindError(
                f"expected an array of samples, got {kind_of(samples)}; to read a file: mb.read_audio(path)"
            ) from None
        return cls(array[np.newaxis] if array.ndim == 1 else array.T, sample_rate)

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self.samples.shape[0])

    @property
    def frames(self) -> int:
        """Number of frames (samples per channel)."""
        return int(self.samples.shape[1])

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frames / self.sample_rate

    @checked
    def write(
        self,
        path: str | os.PathLike[str],
        *,
        bit_depth: Literal[16, 24, "32f"] = 24,
        dither: Literal["none", "tpdf", "shaped"] | None = None,
        tags: Mapping[str, str] | None = None,
        bext: bytes | None = None,
        force: bool = True,
    ) -> Path:
        """Write the samples to a file, whole or not at all, and return its path.

        The ending chooses the format (``.wav``, ``.flac``, ``.aiff``, ``.mp3``, ``.ogg``);
        the options are those of :func:`maxbooster_kernel.audio.write.write_audio`.
        """
        from maxbooster_kernel.audio.write import write_audio

        return write_audio(
            path,
            self.samples,
            self.sample_rate,
            bit_depth=bit_depth,
            dither=dither,
            tags=tags,
            bext=bext,
            force=force,
        )

    def _repr_html_(self) -> str:
        """Return the waveform as a notebook shows it."""
        from maxbooster_kernel.audio.card import audio_card

        return audio_card(self)

    def __repr__(self) -> str:
        """Return a short description, without the samples."""
        return f"AudioBuffer(channels={self.channels}, frames={self.frames}, sample_rate={self.sample_rate})"


def whole_hz(rate: Any) -> int:
    """Return a sample rate that is a whole number above 0; else raise one line that says what came."""
    if not isinstance(rate, int | float | np.number) or not rate > 0 or float(rate) % 1 != 0:
        raise AudioError(f"expected a sample rate in whole Hz above 0, got {kind_of(rate)}")
    return int(rate)
