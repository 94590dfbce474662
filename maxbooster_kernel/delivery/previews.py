"""Previews of a release as a store's listeners get it: consumer formats and small pictures; never what is delivered."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from maxbooster_kernel.audio.artwork import derive_artwork
from maxbooster_kernel.catalogue.paths import unsafe_path
from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.delivery.profile import load_profile
from maxbooster_kernel.delivery.transcode import transcode
from maxbooster_kernel.errors import DeliveryError, expect, expect_path
from maxbooster_kernel.kinds import checked

SQUARE = (640, 640)


@checked
def make_previews(
    release: ReleaseRecord,
    folder: str | os.PathLike[str],
    to: str | os.PathLike[str],
    *,
    store: str | os.PathLike[str],
    preview_s: float | None = 30.0,
    force: bool = True,
) -> list[Path]:
    """Write previews of every track and of the cover; return their paths.

    Parameters
    ----------
    release, folder
        The record and where its files are.
    to
        The folder for the previews.
    store
        Whose listeners: the profile names the format (Ogg Vorbis for Spotify, AAC for Apple Music and YouTube) and the
        size of a video's thumbnail (1280x720 for YouTube), else 640x640.
    preview_s
        The first seconds of each track; None writes all.
    force
        Replace existing files.

    Raises
    ------
    DeliveryError
        A file of the record is not there or leads out of the folder.
    """
    expect(release, ReleaseRecord, "a release", "read one: mb.Release.from_json(path)")
    base, goal = expect_path(folder, "the release's folder"), expect_path(to, "a folder for the previews")
    profile = load_profile(store)
    suffix = profile.consumer_suffix or ".ogg"
    made = []
    for track in release.tracks:
        if track.file:
            name = f"{track.disc:02d}_{track.number:03d}{suffix}"
            source = _source(base, track.file)
            made.append(transcode(source, goal / name, preview_s=preview_s, force=force))
    if release.cover:
        size = profile.thumbnail or SQUARE
        picture = goal / f"{PurePosixPath(release.cover).stem}_{size[0]}x{size[1]}.jpg"
        made.append(derive_artwork(_source(base, release.cover), picture, size, force=force))
    return made


def _source(base: Path, name: str) -> Path:
    problem = unsafe_path(name)
    if problem or not (base / name).is_file():
        raise DeliveryError(f"{name}: {problem or 'there is no such file'}; correct the release")
    return base / name
