"""Make a session from stems, and keep its media paths right when its file moves."""

from __future__ import annotations

import os
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from maxbooster_kernel.audio import MediaIndex
from maxbooster_kernel.errors import SampleRateError, SessionError, WrongKindError, expect_path, kind_of
from maxbooster_kernel.files import is_utf8
from maxbooster_kernel.session.conform import normalize


def session_of(
    paths: Iterable[str | os.PathLike[str]], *, name: str | None, tempo_bpm: float
) -> tuple[Path, dict[str, Any]]:
    """Return the folder and the data of a session with one track a stem (see ``Session.from_stems``)."""
    if isinstance(paths, str | bytes | os.PathLike) or not isinstance(paths, Iterable):
        raise WrongKindError(f"expected a list of audio files, got {kind_of(paths)}; put it in brackets: [...]")
    files = [expect_path(path, "an audio file").resolve() for path in paths]
    if not files:
        raise SessionError("expected at least one stem, got none")
    if name is not None and not name.strip():
        raise SessionError("expected a name for the session, got an empty one; without one it is that of its folder")
    for file in files:
        if not is_utf8(file.name):
            raise SessionError(f"expected stems whose names are UTF-8, as sessions are, got {file.name!r}; rename it")
    doubled = [stem for stem, count in Counter(file.stem for file in files).items() if count > 1]
    if doubled:
        raise SessionError(f"two stems are called \"{doubled[0]}\"; a track's id is its file's stem, so rename one")
    entries = MediaIndex().entries(files)
    rates = Counter(entry.sample_rate for entry in entries)
    if len(rates) > 1:
        usual = rates.most_common(1)[0][0]
        odd = next(file.name for file, entry in zip(files, entries, strict=True) if entry.sample_rate != usual)
        raise SampleRateError(
            f"expected one sample rate, got {', '.join(f'{rate} Hz' for rate in sorted(rates))} ({odd} differs); "
            f"convert it first: mb.resample(mb.read_audio({odd!r}), {usual}).write(...)"
        )
    folder = Path(os.path.commonpath([file.parent for file in files]))
    tracks = [
        {
            "id": file.stem,
            "name": file.stem,
            "clips": [{"id": "c1", "media": file.relative_to(folder).as_posix(), "sha256": entry.sha256}],
        }
        for file, entry in zip(files, entries, strict=True)
    ]
    head = {"format": "maxbooster-session", "version": 1, "uuid": new_uuid(), "name": name or folder.name or "Untitled"}
    rate = next(iter(rates))
    return folder, normalize({**head, "sample_rate": rate, "tempo_bpm": tempo_bpm, "tracks": tracks})


def moved(session: Mapping[str, Any], folder: Path, target: Path) -> dict[str, Any]:
    """Return a session whose media paths are relative to another folder.

    Raises
    ------
    SessionError
        A media file lies neither in that folder nor below.
    """
    result: dict[str, Any] = deepcopy(dict(session))
    for number, track in enumerate(result["tracks"]):
        for index, clip in enumerate(track["clips"]):
            media = (folder / clip["media"]).resolve()
            if not media.is_relative_to(target):
                place = f"tracks[{number}].clips[{index}].media"
                raise SessionError(
                    f"{place}: expected media in the session file's folder {target} or below, got {media}; "
                    f"put the session file into {folder}, or copy the media beside it"
                )
            clip["media"] = media.relative_to(target).as_posix()
    return result


def new_uuid() -> str:
    """Return a new name for a session."""
    return str(uuid.uuid4())
