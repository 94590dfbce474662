"""A file that a render goes into: converted, measured and written piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.audio.resample import Resampler
from maxbooster_kernel.audio.write import AudioWriter
from maxbooster_kernel.workbench.broadcast import measures

if TYPE_CHECKING:
    from maxbooster_kernel.dsp.dither import Dither

BitDepth = Literal[16, 24, "32f"]
Chunk = Callable[[Mapping[str, float] | None], bytes]


class Sink:
    """One output of a render and its file, which appears whole when the ``with`` block ends well.

    Parameters
    ----------
    path
        The file.
    from_rate, rate
        The render's sample rate and the file's, in Hz.
    channels
        1 or 2.
    bit_depth, dither, force
        As for :class:`maxbooster_kernel.audio.write.AudioWriter`.
    measured
        Measure the loudness of what is written.
    chunk
        Makes the body of the broadcast chunk: before, of None, and at the end, of the loudness; None writes no chunk.
    """

    def __init__(
        self, path: Path, *, from_rate: int, rate: int, channels: int, bit_depth: BitDepth, force: bool,
        dither: Dither | None = None, measured: bool = False, chunk: Chunk | None = None,
    ) -> None:  # fmt: skip
        self.path, self.rate, self.channels = path, rate, channels
        self.peak = 0.0
        self.loudness: dict[str, float] | None = None
        self._chunk = chunk
        self._converter = Resampler(from_rate, rate)
        self._meter: Any = None
        if measured or chunk:
            from maxbooster_kernel.loudness.meter import Meter

            self._meter = Meter(rate, channels)
        bext = chunk(None) if chunk else None
        self._writer = AudioWriter(path, rate, channels, bit_depth=bit_depth, dither=dither, bext=bext, force=force)

    def write(self, samples: NDArray[np.float32]) -> None:
        """Take the next piece, shape (channels, frames), at the render's rate."""
        self._append(self._converter.push(samples))

    def finish(self) -> None:
        """Take it that no piece follows: write the converter's rest, and the loudness into the chunk."""
        self._append(self._converter.finish())
        if self._meter is not None:
            self.loudness = measures(self._meter)
        if self._chunk is not None:
            self._writer.replace_bext(self._chunk(self.loudness))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the file its name, or remove what was written after an error."""
        self._writer.__exit__(kind, error, trace)

    def to_dict(self) -> dict[str, Any]:
        """Return what is in the file."""
        frames = self._writer.frames
        found: dict[str, Any] = {
            "file": str(self.path), "frames": frames, "duration_s": frames / self.rate, "sample_rate": self.rate,
            "channels": self.channels, "peak": self.peak, "clipped": self._writer.clipped,
        }  # fmt: skip
        if self.loudness is not None:
            found["loudness"] = {name: value if isfinite(value) else None for name, value in self.loudness.items()}
        return found

    def _append(self, samples: NDArray[np.float32]) -> None:
        if samples.shape[1]:
            self._writer.write(samples)
            self.peak = max(self.peak, float(np.abs(samples).max()))
            if self._meter is not None:
                self._meter.push(samples)
