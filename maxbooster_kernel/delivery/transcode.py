"""Consumer formats for previews: Ogg Vorbis and AAC. Stores get lossless files and transcode themselves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.audio.probe import probe
from maxbooster_kernel.audio.read import blocks
from maxbooster_kernel.errors import DeliveryError, expect_path
from maxbooster_kernel.files import writing
from maxbooster_kernel.kinds import checked

Codec = Literal["vorbis", "aac"]
SUFFIXES: dict[str, Codec] = {".ogg": "vorbis", ".m4a": "aac"}
BLOCK = 1 << 16


@checked
def transcode(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    bit_rate_kbps: int = 256,
    preview_s: float | None = None,
    force: bool = True,
) -> Path:
    """Write an audio file as Ogg Vorbis (``.ogg``) or AAC in MP4 (``.m4a``); return its path.

    Parameters
    ----------
    source, target
        The files; the ending of ``target`` chooses the codec.
    bit_rate_kbps
        For AAC; Ogg Vorbis takes the nearest quality.
    preview_s
        Write the first seconds only; None writes all.
    force
        Replace an existing file.

    Raises
    ------
    AudioError
        The source cannot be decoded.
    DeliveryError
        The ending is no consumer format, or the rate is out of range.
    """
    goal = expect_path(target, "a file to make")
    codec = SUFFIXES.get(goal.suffix.lower())
    if codec is None:
        raise DeliveryError(f"{goal}: expected an ending of {', '.join(SUFFIXES)}")
    if not 32 <= bit_rate_kbps <= 512:
        raise DeliveryError(f"expected a bit rate from 32 to 512 kbit/s, got {bit_rate_kbps}")
    if preview_s is not None and not preview_s > 0.0:
        raise DeliveryError(f"expected a preview of more than 0 s, got {preview_s}")
    info = probe(source)
    frames = info.frames if preview_s is None else min(info.frames, round(preview_s * info.sample_rate))
    with writing(goal, force=force) as temporary:
        if codec == "vorbis":
            _vorbis(Path(source), temporary, info.sample_rate, info.channels, frames, bit_rate_kbps)
        else:
            _aac(Path(source), temporary, info.sample_rate, info.channels, frames, bit_rate_kbps)
    return goal


def _vorbis(source: Path, target: Path, rate: int, channels: int, frames: int, kbps: int) -> None:
    import soundfile

    with soundfile.SoundFile(
        str(target), "w", rate, channels, format="OGG", subtype="VORBIS", compression_level=_loss(kbps)
    ) as sink:
        for block in _limited(source, frames):
            sink.write(block.T)


def _loss(kbps: int) -> float:
    """Return libsndfile's compression level (0 best, 1 smallest) of a bit rate for stereo at 44.1 kHz."""
    return float(np.clip(1.0 - kbps / 500.0, 0.0, 1.0))


def _aac(source: Path, target: Path, rate: int, channels: int, frames: int, kbps: int) -> None:
    import av

    layout = {1: "mono", 2: "stereo"}.get(channels)
    if layout is None:
        raise DeliveryError(f"{source}: expected one or two channels for AAC, got {channels}")
    with av.open(str(target), "w", format="ipod") as container:
        stream = container.add_stream("aac", rate=rate, layout=layout)
        stream.bit_rate = kbps * 1000
        position = 0
        for block in _limited(source, frames):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), format="fltp", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, position, Fraction(1, rate)
            position += block.shape[1]
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _limited(source: Path, frames: int) -> Iterator[NDArray[np.float32]]:
    left = frames
    for block in blocks(source, BLOCK):
        if left <= 0:
            return
        yield block[:, :left]
        left -= block.shape[1]
