"""What an audio file holds, read from its header: format, depth, rate, channels, length."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from maxbooster_kernel.audio.pcm_layout import pcm_layout
from maxbooster_kernel.audio.riff import UNKNOWN_SIZE, ChunkFile, is_chunked, scan_chunks
from maxbooster_kernel.errors import AudioError, expect_path
from maxbooster_kernel.files import plain_file

BIT_DEPTHS = {"PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32, "FLOAT": 32, "DOUBLE": 64}
ALAC_BITS = {"ALAC_16": 16, "ALAC_20": 20, "ALAC_24": 24, "ALAC_32": 32}
LOSSLESS = frozenset(BIT_DEPTHS) | frozenset(ALAC_BITS) | {"ALAC"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioInfo:
    """What the header of an audio file says.

    ``format`` is the container (``WAV``, ``WAVEX``, ``RF64``, ``FLAC``, ``MP3``, ``OGG``, ``AIFF``, ``MP4`` ...),
    ``subtype`` the coding (``PCM_24``, ``FLOAT``, ``MPEG_LAYER_III``, ``VORBIS``, ``AAC`` ...),
    ``bit_depth`` is None for lossy codings.
    """

    path: str
    format: str
    subtype: str
    bit_depth: int | None
    sample_rate: int
    channels: int
    frames: int

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frames / self.sample_rate

    @property
    def lossless(self) -> bool:
        """Whether the coding keeps every sample as it was."""
        return self.subtype in LOSSLESS

    def to_dict(self) -> dict[str, Any]:
        """Return the facts as a JSON object, the duration included."""
        return {**asdict(self), "duration_s": self.duration_s, "lossless": self.lossless}


def probe(path: str | os.PathLike[str]) -> AudioInfo:
    """Return what the header of an audio file says; the audio itself is not decoded.

    Raises
    ------
    AudioError
        The file is missing, empty, or no audio file.
    """
    file = check_file(path)
    plain = _probe_plain(file)
    if plain is not None:
        return plain
    import soundfile

    try:
        with soundfile.SoundFile(str(file)) as sound:
            depth = BIT_DEPTHS.get(sound.subtype, ALAC_BITS.get(sound.subtype))
            return AudioInfo(
                path=str(file),
                format=str(sound.format),
                subtype=str(sound.subtype),
                bit_depth=depth,
                sample_rate=int(sound.samplerate),
                channels=int(sound.channels),
                frames=int(sound.frames),
            )
    except soundfile.LibsndfileError:
        return _probe_container(file)


def check_file(path: str | os.PathLike[str]) -> Path:
    """Return the path if it names a file with something in it; raise :class:`AudioError` otherwise."""
    file = expect_path(path, "an audio file")
    if file.is_dir():
        raise AudioError(f"{file} is a folder; expected an audio file")
    try:
        size = plain_file(file).stat().st_size
    except OSError as error:
        if error.errno == errno.EINVAL:
            raise AudioError(f"{file}: expected an audio file, got {error.strerror}") from None
        raise AudioError(f"there is no audio file {file}; check the path") from None
    if size == 0:
        raise AudioError(f"{file} is empty (0 bytes); expected an audio file")
    return file


def check_whole(file: Path) -> ChunkFile | None:
    """Return the outline of a WAV or AIFF file, None for others.

    Raises
    ------
    AudioError
        The file ends before the audio its header promises.
    """
    if not is_chunked(file):
        return None
    outline = scan_chunks(file)
    if outline.missing_bytes:
        raise AudioError(
            f"{file} is cut short: {outline.missing_bytes} bytes of its audio are missing; copy or export it again"
        )
    return outline


@contextmanager
def open_container(file: Path) -> Iterator[Any]:
    """Open a file that libsndfile does not know through PyAV; yield its first audio stream."""
    import av

    av.logging.set_level(None)
    try:
        container = av.open(str(file), metadata_errors="replace")
    except (av.error.FFmpegError, ValueError, OSError) as error:
        raise not_audio(file) from error
    with container:
        known = next((stream for stream in container.streams.audio if stream.codec_context), None)
        if known is None or not known.sample_rate or not known.channels:
            raise not_audio(file)
        yield known


def container_frames(stream: Any) -> int | None:
    """Return how many frames a container says its stream has, or None where it does not say."""
    if stream.duration is not None:
        return round(float(stream.duration * stream.time_base) * int(stream.sample_rate))
    length = stream.container.duration
    return round(int(length) / 1_000_000 * int(stream.sample_rate)) if length else None


def not_audio(file: Path) -> AudioError:
    """Return the error for a file whose content is no audio format known here."""
    return AudioError(
        f"{file} is not an audio file that can be read; expected WAV, FLAC, MP3, Ogg, AIFF or MP4 content "
        "(the name alone does not make it one)"
    )


def _probe_plain(file: Path) -> AudioInfo | None:
    """Return what a plain WAV file's header says; None for other files, and for those that are not whole."""
    try:
        outline = scan_chunks(file) if is_chunked(file) else None
    except AudioError:
        return None
    if outline is None or outline.container != "RIFF" or outline.missing_bytes:
        return None
    layout, data = pcm_layout(file, outline), outline.find("data")
    if layout is None or data is None or data.size == UNKNOWN_SIZE:
        return None
    return AudioInfo(
        path=str(file),
        format="WAV",
        subtype="FLOAT" if layout.bits == 32 else f"PCM_{layout.bits}",
        bit_depth=layout.bits,
        sample_rate=layout.sample_rate,
        channels=layout.channels,
        frames=layout.frames,
    )


def _probe_container(file: Path) -> AudioInfo:
    with open_container(file) as stream:
        context = stream.codec_context
        rate = int(stream.sample_rate)
        name = str(context.name).upper()
        cookie = bytes(context.extradata or b"")
        bits = cookie[17] if name == "ALAC" and len(cookie) > 17 else None  # Apple Lossless "magic cookie"
        return AudioInfo(
            path=str(file),
            format="MP4" if "mp4" in stream.container.format.name else stream.container.format.name.upper(),
            subtype=name,
            bit_depth=bits,
            sample_rate=rate,
            channels=int(stream.channels),
            frames=container_frames(stream) or 0,
        )
