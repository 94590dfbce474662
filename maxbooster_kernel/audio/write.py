"""Write audio files, whole or block by block; a file appears only when it is complete."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.audio.riff import is_chunked, scan_chunks
from maxbooster_kernel.audio.wav import WavFile
from maxbooster_kernel.dsp.dither import DITHERS, SHAPING, Dither, on_grid, quantize
from maxbooster_kernel.errors import AudioError, expect_path
from maxbooster_kernel.files import writing
from maxbooster_kernel.kinds import checked

BitDepth = Literal[16, 24, "32f"]
BIT_DEPTHS: tuple[BitDepth, ...] = (16, 24, "32f")
FORMATS = {".wav": "WAV", ".wave": "WAV", ".bwf": "WAV", ".rf64": "WAV", ".flac": "FLAC", ".aif": "AIFF"}
FORMATS |= {".aiff": "AIFF", ".mp3": "MP3", ".ogg": "OGG"}
LOSSY = ("MP3", "OGG")
SOUND_TAGS = {"title", "artist", "album", "genre", "date", "comment", "copyright", "software"}
CHUNK = 65536


class AudioWriter:
    """An audio file that is written block by block and appears under its name when the block ends well.

    Parameters
    ----------
    path
        File to make. The ending chooses the format: ``.wav`` (RF64 inside when it outgrows 4 GiB), ``.flac``,
        ``.aiff``, and for previews ``.mp3`` and ``.ogg``.
    sample_rate, channels
        Layout of the audio.
    bit_depth
        16, 24, or ``"32f"`` (float; WAV and AIFF only). Lossy formats ignore it.
    dither
        ``none``, ``tpdf`` or ``shaped``; None means ``tpdf`` at 16 bit and ``none`` at 24. The noise is the same
        for the same input, so equal audio gives equal bytes.
    tags
        ``title``, ``artist``, ``album``, ``genre``, ``date``, ``comment``, ``copyright``, ``software``
        (in WAV also ``track`` and ``isrc``).
    bext
        Body of a broadcast-WAV chunk (see :func:`maxbooster_kernel.audio.bext.encode_bext`); WAV only.
    force
        Replace an existing file; otherwise one raises before anything is written.

    Attributes
    ----------
    frames
        Frames written so far.
    clipped
        Samples written so far that lay outside full scale and were clipped.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.wav"
    >>> with AudioWriter(path, 44100, 2) as writer:
    ...     writer.write(np.zeros((2, 100), np.float32))
    >>> path.stat().st_size
    680
    """

    @checked
    def __init__(
        self,
        path: str | os.PathLike[str],
        sample_rate: int,
        channels: int,
        *,
        bit_depth: BitDepth = 24,
        dither: Dither | None = None,
        tags: Mapping[str, str] | None = None,
        bext: bytes | None = None,
        force: bool = True,
    ) -> None:
        self.path = expect_path(path, "an audio file to make")
        if sample_rate < 1 or channels < 1:
            raise AudioError(f"{path}: expected at least 1 Hz and 1 channel, got {sample_rate} Hz and {channels}")
        self.sample_rate = sample_rate
        self.channels = channels
        self.frames = 0
        self.clipped = 0
        self._format = audio_format(self.path)
        self._bits = _bits(bit_depth, self._format, self.path)
        self._dither = _dither(dither, self._bits)
        if bext is not None and self._format != "WAV":
            raise AudioError(f"{self.path}: a broadcast chunk belongs into a WAV file; write one, or leave bext out")
        self._rng = None if self._dither == "none" else np.random.default_rng(0x6D62)
        self._errors = np.zeros((channels, len(SHAPING)))
        self._stack = ExitStack()
        temporary = self._stack.enter_context(writing(self.path, force=force))
        try:
            if self._format == "WAV":
                self._wav: WavFile | None = self._stack.enter_context(
                    WavFile(temporary, sample_rate, channels, bits=self._bits, tags=tags, bext=bext)
                )
                self._sound: Any = None
            else:
                self._wav = None
                if self._format == "AIFF" and self._bits == 32:
                    self._stack.callback(_forget_time, temporary)
                self._sound = self._stack.enter_context(self._open_sound(temporary))
                for name, value in (tags or {}).items():
                    if name in SOUND_TAGS and value:
                        setattr(self._sound, name, value)
        except BaseException as error:
            self._stack.__exit__(type(error), error, error.__traceback__)
            raise

    def write(self, samples: NDArray[np.float32]) -> None:
        """Append samples of shape ``(channels, frames)``.

        Raises
        ------
        AudioError
            The shape is wrong, a sample is NaN or infinite (with channel and time), or the disk refuses.
        """
        block = np.asarray(samples, np.float32)
        if block.ndim != 2 or block.shape[0] != self.channels:
            raise AudioError(f"{self.path}: expected a block of shape ({self.channels}, frames), got {block.shape}")
        for start in range(0, block.shape[1], CHUNK):
            self._write(block[:, start : start + CHUNK])

    def replace_bext(self, body: bytes) -> None:
        """Put another broadcast chunk into the file, of the same size: what is known only at the end, such as loudness.

        Raises
        ------
        AudioError
            The file was opened without such a chunk, or with one of another size.
        """
        if self._wav is None:
            raise AudioError(f"{self.path}: {self._format} has no broadcast chunk; write WAV")
        try:
            self._wav.replace_bext(body)
        except ValueError as error:
            raise AudioError(f"{self.path}: {error}; open it with the chunk to replace") from error
        except OSError as error:
            raise self._refused(error) from error

    def close(self) -> None:
        """Finish the file and give it its name."""
        try:
            self._stack.close()
        except OSError as error:
            raise self._refused(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the file, or remove what was written after an error."""
        if kind is None:
            self.close()
        else:
            self._stack.__exit__(kind, error, trace)

    def _open_sound(self, temporary: Path) -> Any:
        import soundfile

        subtype = {"MP3": "MPEG_LAYER_III", "OGG": "VORBIS"}.get(
            self._format, "FLOAT" if self._bits == 32 else f"PCM_{self._bits}"
        )
        try:
            return soundfile.SoundFile(
                str(temporary), "w", self.sample_rate, self.channels, format=self._format, subtype=subtype
            )
        except soundfile.LibsndfileError as error:
            raise AudioError(
                f"{self.path}: {self._format} cannot hold {self.channels} channels at {self.sample_rate} Hz "
                f"({error.error_string}); write WAV"
            ) from error

    def _write(self, block: NDArray[np.float32]) -> None:
        self._check(block)
        try:
            if self._format in LOSSY or self._bits == 32:
                if self._wav:
                    self._wav.write_floats(block)
                else:
                    self._sound.write(np.ascontiguousarray(block.T))
            else:
                steps = quantize(block, self._bits, dither=self._dither, rng=self._rng, errors=self._errors)
                if self._wav:
                    self._wav.write_integers(steps)
                else:
                    self._sound.write(np.ascontiguousarray(steps.T) << np.int32(32 - self._bits))
        except (OSError, RuntimeError, AssertionError) as error:
            raise self._refused(error) from error
        self.frames += block.shape[1]

    def _check(self, block: NDArray[np.float32]) -> None:
        if not block.size:
            return
        low, high = float(block.min()), float(block.max())
        if not (math.isfinite(low) and math.isfinite(high)):
            channel, frame = np.argwhere(~np.isfinite(block.T))[0][::-1]
            raise AudioError(
                f"{self.path}: the audio holds NaN or infinity, first in channel {channel + 1} "
                f"at {(self.frames + frame) / self.sample_rate:.3f} s; nothing was written"
            )
        if self._bits != 32 and (high > 1.0 or low < -1.0):
            self.clipped += int(np.count_nonzero(np.abs(block) > 1.0))

    def _refused(self, error: BaseException) -> AudioError:
        return AudioError(f"{self.path} cannot be written ({error}); is the disk full? nothing was left behind")


def write_audio(
    path: str | os.PathLike[str],
    samples: NDArray[np.float32],
    sample_rate: int,
    *,
    bit_depth: BitDepth = 24,
    dither: Dither | None = None,
    tags: Mapping[str, str] | None = None,
    bext: bytes | None = None,
    force: bool = True,
) -> Path:
    """Write samples of shape ``(channels, frames)`` to a file; options as for :class:`AudioWriter`.

    With ``dither=None`` a 16-bit file is dithered unless every sample lies on the 16-bit grid already:
    then rounding changes nothing, and noise would only be added.
    """
    if dither is None and bit_depth == 16 and on_grid(samples, 16):
        dither = "none"
    options: dict[str, Any] = {"bit_depth": bit_depth, "dither": dither, "tags": tags, "bext": bext, "force": force}
    with AudioWriter(path, sample_rate, samples.shape[0], **options) as writer:
        writer.write(samples)
    return Path(path)


def audio_format(path: Path) -> str:
    """Return the format that a file's ending asks for."""
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        raise AudioError(f"{path}: expected an ending of {', '.join(FORMATS)}; it chooses the format") from None


def _bits(bit_depth: BitDepth | str, kind: str, path: Path) -> int:
    if bit_depth not in BIT_DEPTHS and str(bit_depth) not in ("16", "24"):
        raise AudioError(f"{path}: expected a bit depth of 16, 24 or 32f, got {bit_depth!r}")
    bits = 32 if bit_depth == "32f" else int(bit_depth)
    if bits == 32 and kind == "FLAC":
        raise AudioError(f"{path}: FLAC holds integers; choose a bit depth of 16 or 24, or write WAV for 32f")
    return bits


def _forget_time(path: Path) -> None:
    """Clear the time of writing that libsndfile puts into a float AIFF's ``PEAK`` chunk: equal audio, equal bytes."""
    if is_chunked(path) and (chunk := scan_chunks(path).find("PEAK")):
        with path.open("r+b") as stream:
            stream.seek(chunk.offset + 4)
            stream.write(bytes(4))


def _dither(dither: Dither | None, bits: int) -> Dither:
    if dither is None:
        return "tpdf" if bits == 16 else "none"
    if dither not in DITHERS:
        raise AudioError(f"expected dither none, tpdf or shaped, got {dither!r}")
    return dither
