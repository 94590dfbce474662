"""Read audio files: whole, a part, or block by block, always as float32 of shape ``(channels, frames)``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.audio.pcm import decode_pcm, fill_pcm
from maxbooster_kernel.audio.pcm_layout import PcmLayout, pcm_layout
from maxbooster_kernel.audio.probe import check_file, check_whole, container_frames, open_container
from maxbooster_kernel.errors import AudioError
from maxbooster_kernel.kinds import checked

DEFAULT_BLOCK = 65536


@checked
def read_audio(path: str | os.PathLike[str], *, start_frame: int = 0, frames: int | None = None) -> AudioBuffer:
    """Read an audio file, or a part of it, at its own sample rate and channel count.

    Plain WAV is decoded here, other WAV (extensible, 8 and 32 bit), FLAC, MP3, Ogg and AIFF by libsndfile,
    everything else (MP4, AAC, ALAC) by the FFmpeg libraries. Nothing is resampled or mixed down.

    Parameters
    ----------
    path
        The file.
    start_frame
        First frame to read, counted from 0.
    frames
        How many frames to read; None reads to the end. A part that reaches past the end is shorter.

    Returns
    -------
    AudioBuffer
        Float32 samples ``(channels, frames)``; integers are divided by their full scale, floats kept as they are.

    Raises
    ------
    AudioError
        The file is missing, empty, cut short, damaged or no audio; or ``start_frame`` or ``frames`` is negative.
    """
    if start_frame < 0 or (frames is not None and frames < 0):
        raise AudioError(f"expected a start frame and a length of at least 0, got {start_frame} and {frames}")
    file = check_file(path)
    plain = _plain(file)
    if plain is not None:
        return _read_plain(file, plain, start_frame, frames)
    rate, parts = _open(path, DEFAULT_BLOCK if frames is None else max(1, min(frames, DEFAULT_BLOCK)), start_frame)
    if rate.frames is None:
        return _collect(rate, parts, frames)
    length = max(0, min(rate.frames - start_frame, rate.frames if frames is None else frames))
    samples = np.empty((rate.channels, length), np.float32)
    filled = 0
    for part in parts:
        take = min(part.shape[1], length - filled)
        samples[:, filled : filled + take] = part[:, :take]
        filled += take
        if filled >= length:
            break
    return AudioBuffer(samples[:, :filled], rate.sample_rate)


class AudioParts:
    """Parts of one file, which must stay as it is: its header is read once.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    AudioError
        As :func:`read_audio`.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._file = check_file(path)
        self._plain = _plain(self._file)

    @property
    def finite(self) -> bool:
        """Whether no sample can be NaN or infinite: the file holds plain integers."""
        return self._plain is not None and self._plain.bits != 32

    def read(self, start_frame: int, frames: int, *, out: NDArray[np.float32] | None = None) -> AudioBuffer:
        """Return some frames, as :func:`read_audio` gives them; ``out`` is room for them, shape (channels, frames)."""
        if self._plain is None:
            return read_audio(self._file, start_frame=start_frame, frames=frames)
        try:
            return _read_plain(self._file, self._plain, start_frame, frames, out)
        except FileNotFoundError:
            check_file(self._file)
            raise


@checked
def blocks(
    path: str | os.PathLike[str], frames: int = DEFAULT_BLOCK, *, start_frame: int = 0
) -> Iterator[NDArray[np.float32]]:
    """Yield the file's samples in blocks of ``frames`` frames; the last may be shorter.

    Parameters
    ----------
    path
        The file.
    frames
        Frames a block.
    start_frame
        First frame to read.

    Yields
    ------
    numpy.ndarray
        Float32 of shape ``(channels, frames)``; each block is a fresh array.

    Raises
    ------
    AudioError
        As :func:`read_audio`; damage is found when the block that holds it is reached.
    """
    if frames < 1:
        raise AudioError(f"expected a block of at least 1 frame, got {frames}")
    yield from _open(path, frames, start_frame)[1]


class _Layout:
    """Rate, channels and, where the header knows it, the number of frames."""

    __slots__ = ("channels", "frames", "sample_rate")

    def __init__(self, sample_rate: int, channels: int, frames: int | None) -> None:
        self.sample_rate = sample_rate
        self.channels = channels
        self.frames = frames


def _read_plain(
    file: Path, plain: PcmLayout, start_frame: int, frames: int | None, room: NDArray[np.float32] | None = None
) -> AudioBuffer:
    wanted = max(0, min(plain.frames - start_frame, plain.frames if frames is None else frames))
    out = np.empty((plain.channels, wanted), np.float32) if room is None else room[:, :wanted]
    return AudioBuffer(out[:, : fill_pcm(file, plain, start_frame, out)], plain.sample_rate)


def _plain(file: Path) -> PcmLayout | None:
    outline = check_whole(file)
    return pcm_layout(file, outline) if outline is not None else None


def _open(path: str | os.PathLike[str], size: int, start_frame: int) -> tuple[_Layout, Iterator[NDArray[np.float32]]]:
    file = check_file(path)
    plain = _plain(file)
    if plain is not None:
        return _Layout(plain.sample_rate, plain.channels, plain.frames), decode_pcm(file, plain, size, start_frame)
    import soundfile

    try:
        with soundfile.SoundFile(str(file)) as sound:
            known = sound.seekable()
            layout = _Layout(int(sound.samplerate), int(sound.channels), int(sound.frames) if known else None)
    except soundfile.LibsndfileError:
        with open_container(file) as stream:
            layout = _Layout(int(stream.sample_rate), int(stream.channels), None)
        return layout, _reblock(_decode_container(file), size, start_frame)
    return layout, _decode(file, size, start_frame)


def _decode(file: Path, size: int, start_frame: int) -> Iterator[NDArray[np.float32]]:
    import soundfile

    try:
        with soundfile.SoundFile(str(file)) as sound:
            total = int(sound.frames)
            if start_frame >= total:
                return
            if start_frame:
                sound.seek(start_frame)
            done = start_frame
            while done < total:
                part = sound.read(size, dtype="float32", always_2d=True)
                if not len(part):
                    if sound.format == "FLAC":
                        raise AudioError(f"{file} is cut short: it ends at frame {done} of {total}; copy it again")
                    return
                done += len(part)
                yield np.ascontiguousarray(part.T)
    except soundfile.LibsndfileError as error:
        raise AudioError(f"{file} is damaged or cut short: {error.error_string}; copy or export it again") from error


def _decode_container(file: Path) -> Iterator[NDArray[np.float32]]:
    """Yield a container's audio; of the padding after an MP4's end at most a millisecond, the grain of its length."""
    import av

    try:
        with open_container(file) as stream:
            noted = container_frames(stream) if "mp4" in stream.container.format.name else None
            left = noted + int(stream.sample_rate) // 1000 if noted is not None else None
            convert = av.AudioResampler(format="fltp", layout=stream.layout.name, rate=stream.sample_rate)
            for frame in chain(stream.container.decode(stream), [None]):
                if frame is not None:
                    frame.pts = None
                for ready in convert.resample(frame):
                    part = np.asarray(ready.to_ndarray(), np.float32)[:, :left]
                    left = left - part.shape[1] if left is not None else None
                    if part.size:
                        yield part
    except (av.error.FFmpegError, ValueError) as error:
        raise AudioError(f"{file} is damaged or cut short ({error}); copy or export it again") from error


def _reblock(parts: Iterator[NDArray[np.float32]], size: int, skip: int) -> Iterator[NDArray[np.float32]]:
    """Cut a stream of parts of any length into blocks of ``size``, leaving out the first ``skip`` frames."""
    held: list[NDArray[np.float32]] = []
    count = 0
    for part in parts:
        if skip >= part.shape[1]:
            skip -= part.shape[1]
            continue
        held.append(part[:, skip:])
        count += part.shape[1] - skip
        skip = 0
        if count >= size:
            joined = np.concatenate(held, axis=1)
            whole = count - count % size
            for start in range(0, whole, size):
                yield np.ascontiguousarray(joined[:, start : start + size])
            held = [joined[:, whole:]]
            count -= whole
    if count:
        yield np.ascontiguousarray(np.concatenate(held, axis=1))


def _collect(layout: _Layout, parts: Iterator[NDArray[np.float32]], frames: int | None) -> AudioBuffer:
    held: list[NDArray[np.float32]] = []
    count = 0
    for part in parts:
        held.append(part)
        count += part.shape[1]
        if frames is not None and count >= frames:
            break
    samples = np.concatenate(held, axis=1) if held else np.empty((layout.channels, 0), np.float32)
    return AudioBuffer(samples[:, :frames], layout.sample_rate)
