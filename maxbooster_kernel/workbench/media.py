"""The media of a session as the render engine wants them: float32 at the session's rate, checked, kept in memory."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.audio.index import MediaPrint
from maxbooster_kernel.audio.probe import AudioInfo, probe
from maxbooster_kernel.audio.read import read_audio
from maxbooster_kernel.audio.resample import resample
from maxbooster_kernel.errors import AudioError, SampleRateError, SessionError
from maxbooster_kernel.session.compile import MediaShape
from maxbooster_kernel.workbench.fingerprints import Fingerprints, read_prints

Samples = NDArray[np.float32]
Key = tuple[str, int, str]


class DecodedStems:
    """Decoded stems by content and rate, the least recently used forgotten beyond a limit in bytes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, Samples] = OrderedDict()

    def get(self, key: Key) -> Samples | None:
        """Return samples, if kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: Key, samples: Samples) -> None:
        """Keep samples."""
        with self._lock:
            self._kept[key] = samples
            while sum(item.nbytes for item in self._kept.values()) > self.limit and len(self._kept) > 1:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()


def memory_bytes() -> int:
    """Return the machine's memory in bytes, or 4 GiB where it does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return 4 << 30


DECODED = DecodedStems(memory_bytes() // 8)


class SessionMedia:
    """The media files of one session snapshot.

    Their layout is known at once; their hashes, where the index does not have them, are found in the background
    and waited for by those who ask.

    Parameters
    ----------
    snapshot
        The session's data.
    folder
        The folder its media paths are relative to.
    convert
        Convert files of another sample rate instead of refusing them.
    prints
        What was begun to be known of the files; None begins now.
    """

    def __init__(
        self, snapshot: Mapping[str, Any], folder: str | os.PathLike[str], *, convert: bool = False,
        prints: Fingerprints | None = None,
    ) -> None:  # fmt: skip
        self.folder = Path(folder)
        self.sample_rate: int = snapshot["sample_rate"]
        self.places = _places(snapshot)
        self.convert = convert
        for media, place in self.places.items():
            if not (self.folder / media).is_file():
                raise SessionError(f'{place}: expected a file in {self.folder}, there is no "{media}"; restore it')
        files = {media: self.folder / media for media in self.places}
        self._files = {media: str(path) for media, path in files.items()}
        self._facts = {media: _facts(file) for media, file in self._files.items()}
        self._prints = prints or read_prints(snapshot, folder)
        self.layouts: dict[str, MediaPrint | AudioInfo] = {
            media: self._prints.ready(media) or probe(path) for media, path in files.items()
        }
        for media, layout in self.layouts.items():
            if layout.sample_rate != self.sample_rate and not convert:
                raise SampleRateError(
                    f'{self.places[media]}: "{media}" has {layout.sample_rate} Hz, the session {self.sample_rate} Hz; '
                    f"give sample_rate={self.sample_rate} (--sample-rate {self.sample_rate}) to have it converted"
                )

    def shapes(self) -> dict[str, MediaShape]:
        """Return the shape of every file at the session's rate."""
        return {
            media: MediaShape(frames=self._frames(layout), channels=layout.channels)
            for media, layout in self.layouts.items()
        }

    def hashes(self) -> dict[str, str]:
        """Return the SHA-256 of every file, from the index.

        Raises
        ------
        AudioError
            A file has changed or gone since this object was made.
        """
        found = {media: self._entry(media).sha256 for media in self.places}
        for media in self.places:
            self.check_unchanged(media)
        return found

    def close(self) -> None:
        """Read no further file for its hashes."""
        self._prints.stop()

    def read(self, media: str) -> Samples:
        """Return a file's samples, shape (channels, frames)."""
        key = self._key(self._entry(media))
        known = DECODED.get(key)
        if known is None:
            known = self._decode(media)
            DECODED.put(key, known)
        return known

    def read_all(self) -> dict[str, Samples]:
        """Return all files' samples, read in parallel."""
        known = {media: self._known(media) for media in self.places}
        missing = [media for media, samples in known.items() if samples is None]
        read = dict(zip(missing, _parallel(self.read, missing), strict=True)) if missing else {}
        return {media: read[media] if samples is None else samples for media, samples in known.items()}

    def _known(self, media: str) -> Samples | None:
        """Return a file's samples if its hash is known and they are kept."""
        entry = self._prints.ready(media)
        return None if entry is None else DECODED.get(self._key(entry))

    def _key(self, entry: MediaPrint) -> Key:
        return entry.sha256, entry.sample_rate, str(self.sample_rate)

    def _entry(self, media: str) -> MediaPrint:
        try:
            return self._prints.entry(media)
        except AudioError as error:
            raise AudioError(f"{self.places[media]}: {error}") from error

    def _decode(self, media: str) -> Samples:
        audio, layout = read_audio(self.folder / media), self.layouts[media]
        self.check_unchanged(media)
        if (audio.frames, audio.channels) != (layout.frames, layout.channels):
            raise AudioError(
                f"{self.places[media]}: {self.folder / media} holds {audio.frames} frames of {audio.channels} "
                f"channels, its header says {layout.frames} of {layout.channels}; export it again"
            )
        check_finite(audio, f'{self.places[media]}: "{media}"')
        return resample(audio, self.sample_rate).samples

    def check_unchanged(self, media: str) -> None:
        """Raise if a file is not the one any more that it was when this object was made."""
        try:
            same = _facts(self._files[media]) == self._facts[media]
        except OSError:
            raise AudioError(f'{self.places[media]}: "{media}" is gone; restore it and render again') from None
        if not same:
            raise AudioError(f'{self.places[media]}: "{media}" has changed while it was rendered; render again')

    def _frames(self, layout: MediaPrint | AudioInfo) -> int:
        return round(layout.frames * self.sample_rate / layout.sample_rate)


def check_finite(audio: AudioBuffer, place: str, *, start: int = 0) -> None:
    """Raise if a sample is NaN or infinite, with channel and time; ``start`` is where the audio is in its file."""
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite makes the sum so; so may many great samples
        if np.isfinite(np.add.reduce(audio.samples, axis=1)).all():
            return
    bad = ~np.isfinite(audio.samples)
    if not bad.any():
        return
    channel, frame = (int(item[0]) for item in np.nonzero(bad))
    found, at = audio.samples[channel, frame], (start + frame) / audio.sample_rate
    raise AudioError(
        f"{place}: expected finite samples, got {found} at {at:.6f} s "
        f"in channel {channel + 1} ({int(bad.sum())} in all); export the stem again"
    )


def _facts(file: str) -> tuple[int, ...]:
    """Return what of a file changes with its content: device, inode, size, and the times of changes."""
    facts = os.stat(file)  # noqa: PTH116 - a path costs more than the call, and files are asked for piece by piece
    return facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns


def _places(snapshot: Mapping[str, Any]) -> dict[str, str]:
    """Return every media path with the first place that names it."""
    places: dict[str, str] = {}
    for number, track in enumerate(snapshot["tracks"]):
        for index, clip in enumerate(track["clips"]):
            place = f'track "{track["id"]}": tracks[{number}].clips[{index}].media'
            places.setdefault(clip["media"], place)
    return places


def _parallel(function: Any, items: Sequence[Any]) -> list[Any]:
    with ThreadPoolExecutor(max(1, min(len(items), os.cpu_count() or 1))) as pool:
        return list(pool.map(function, items))
