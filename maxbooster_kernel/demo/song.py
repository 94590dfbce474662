"""Make the demo song: eight stems, a cover and the truth about them, in a folder."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.demo.cover import write_cover
from maxbooster_kernel.demo.score import ARTIST, SAMPLE_RATE, TITLE
from maxbooster_kernel.demo.truth import truth
from maxbooster_kernel.errors import AudioError, OutputExistsError, expect_path
from maxbooster_kernel.files import write_text
from maxbooster_kernel.kinds import checked

INSTRUMENTS = ("drums", "percussion", "bass", "chords", "pad", "arp", "lead", "voice")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSong:
    """What :func:`make` left in its folder: the stems by name, the cover and the truth."""

    folder: Path
    stems: dict[str, Path]
    cover: Path
    truth_file: Path
    truth: dict[str, Any]
    title: str = TITLE
    artist: str = ARTIST
    sample_rate: int = SAMPLE_RATE


@checked
def render(name: str) -> AudioBuffer:
    """Return one instrument's stem; the bass is mono, the others are stereo.

    Raises
    ------
    AudioError
        There is no instrument of that name.
    """
    if name not in INSTRUMENTS:
        raise AudioError(f"expected an instrument of {', '.join(INSTRUMENTS)}, got {name!r}")
    return AudioBuffer(importlib.import_module(f"{__package__}.instruments.{name}").render(), SAMPLE_RATE)


@checked
def make(
    folder: str | os.PathLike[str],
    *,
    file_format: Literal["wav", "flac"] = "wav",
    force: bool = True,
    progress: Callable[[str], None] | None = None,
) -> DemoSong:
    """Synthesise the demo song into a folder, the same samples every time.

    Parameters
    ----------
    folder
        Where ``stems/``, ``cover.jpg`` and ``truth.json`` are made; missing folders are made.
    file_format
        ``wav`` or ``flac``, 24 bit both.
    force
        Replace files that exist.
    progress
        Called with a few words as each file is done.

    Returns
    -------
    DemoSong
        Where everything is.

    Raises
    ------
    OutputExistsError
        A file exists and ``force`` is false.
    """
    target = expect_path(folder, "a folder to make the song in")
    say = progress or (lambda _: None)

    files = {name: target / "stems" / f"{name}.{file_format}" for name in INSTRUMENTS}
    truth_file = target / "truth.json"
    for path in (*files.values(), target / "cover.jpg", truth_file):
        if path.exists() and not force:
            raise OutputExistsError(path)

    def stem(name: str) -> Path:
        tags = {"title": f"{TITLE} - {name}", "artist": ARTIST, "album": TITLE, "genre": "Electronic", "date": "2026"}
        path = render(name).write(files[name], bit_depth=24, tags=tags, force=force)
        say(f"{name}: 60 s written")
        return path

    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        try:
            picture = pool.submit(write_cover, target / "cover.jpg", force=force)
            paths = list(pool.map(stem, INSTRUMENTS))
            cover = picture.result()
        except BaseException:  # an interrupt too: what has not begun does not begin
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    facts = truth()
    write_text(truth_file, json.dumps(facts, indent=1) + "\n", force=force)
    return DemoSong(
        folder=target,
        stems=dict(zip(INSTRUMENTS, paths, strict=True)),
        cover=cover,
        truth_file=truth_file,
        truth=facts,
    )
