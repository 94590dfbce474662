"""Beat truth: the beats of a recording as a person set them, and the file they are kept in.

The file is ``song.wav.beats.json``. It is looked for beside the audio, in the folder of the session that the audio
belongs to, and in the working folder, and kept in the first of these that can be written, or wherever is said.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis.tempo import tempo_curve
from maxbooster_kernel.audio import MediaIndex
from maxbooster_kernel.errors import AnalysisError, WrongKindError, kind_of
from maxbooster_kernel.files import writing
from maxbooster_kernel.kinds import checked

FORMAT = "maxbooster-beats"
VERSION = 1
SESSIONS = "*.mbsession"
SESSION_LEVELS = 3
"""A session's folder is at most so many folders above its media."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BeatTruth:
    """Beats that a person tapped: ``taps_s`` as they came, ``beats_s`` after latency and snapping, in seconds."""

    sha256: str
    taps_s: NDArray[np.float64]
    latency_s: float
    snapped: bool
    beats_s: NDArray[np.float64]

    @property
    def bpm(self) -> float | None:
        """Median tempo; None for fewer than three beats."""
        curve = tempo_curve(self.beats_s)
        return float(np.median(curve[:, 1])) if curve.size else None


@checked
def keep_beats(
    audio: str | os.PathLike[str],
    beats_s: Sequence[float] | NDArray[np.floating],
    *,
    to: str | os.PathLike[str] | None = None,
) -> Path:
    """Keep beats as the truth of a recording: what is analysed from its file has them from then on.

    Parameters
    ----------
    audio
        The recording.
    beats_s
        Its beats in seconds, at least three, as tapped elsewhere or corrected by hand.
    to
        A file or a folder to keep them in; by default see :func:`truth_places`.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    AnalysisError
        Fewer than three beats, a number that is not finite or negative, or no place that can be written.
    """
    try:
        beats = np.unique(np.asarray(beats_s, dtype=np.float64))
    except (TypeError, ValueError):
        expected = "expected the beats as a list of seconds"
        raise WrongKindError(f"{expected}, got {kind_of(beats_s)}; give numbers: [0.5, 1.0, 1.5]") from None
    if beats.ndim != 1 or beats.size < 3 or not np.isfinite(beats).all() or beats[0] < 0.0:
        raise AnalysisError(f"expected at least 3 beats as seconds of the recording, got {np.size(beats_s)}")
    sha256 = MediaIndex().sha256(audio)
    return keep_truth(audio, BeatTruth(sha256=sha256, taps_s=beats, latency_s=0.0, snapped=False, beats_s=beats), to=to)


def keep_truth(audio: str | os.PathLike[str], truth: BeatTruth, *, to: str | os.PathLike[str] | None = None) -> Path:
    """Write beats to the file or folder ``to``, or to the first of :func:`truth_places` that takes them."""
    if to is not None:
        path = _file_in(to, audio)
        write_truth(path, truth)
        return path
    places = truth_places(audio)
    for path in places:
        try:
            write_truth(path, truth)
        except OSError:
            continue
        return path
    tried = ", ".join(str(path.parent) for path in places)
    raise AnalysisError(f"expected a folder that can be written to keep beats in, tried {tried}; say where with to=")


def find_truth(
    audio: str | os.PathLike[str], sha256: str, *, also: str | os.PathLike[str] | None = None
) -> tuple[Path, BeatTruth] | None:
    """Return the first of :func:`truth_places` with the beats of this very audio, and the beats; None without any.

    Parameters
    ----------
    audio
        The recording.
    sha256
        Of its file; beats of other audio are passed over.
    also
        A file or a folder to look in first.

    Raises
    ------
    AnalysisError
        A file in such a place is damaged.
    """
    first = [] if also is None else [_file_in(also, audio)]
    for path in [*first, *truth_places(audio)]:
        if path.is_file():
            truth = read_truth(path)
            if truth.sha256 == sha256 and truth.beats_s.size >= 3:
                return path, truth
    return None


def _file_in(place: str | os.PathLike[str], audio: str | os.PathLike[str]) -> Path:
    return Path(place) / truth_path(audio).name if Path(place).is_dir() else Path(place)


def truth_places(audio: str | os.PathLike[str]) -> list[Path]:
    """Return where the beats of a recording may be: beside it, in its session's folder, in the working folder."""
    beside = truth_path(audio)
    above = list(Path(audio).absolute().parent.parents)[:SESSION_LEVELS]
    session = next((folder for folder in above if any(folder.glob(SESSIONS))), None)
    folders = [folder for folder in (session, Path.cwd()) if folder is not None]
    places = [beside, *(folder / beside.name for folder in folders)]
    return list({path.absolute(): path for path in places}.values())


def truth_path(audio: str | os.PathLike[str]) -> Path:
    """Return where the beats of a recording are kept: beside it.

    >>> truth_path("a/song.wav").as_posix()
    'a/song.wav.beats.json'
    """
    return Path(f"{os.fspath(audio)}.beats.json")


def write_truth(path: str | os.PathLike[str], truth: BeatTruth) -> None:
    """Write beats to a file, whole or not at all."""
    content = {
        "format": FORMAT, "version": VERSION, "sha256": truth.sha256, "latency_s": truth.latency_s,
        "snapped": truth.snapped, "taps_s": truth.taps_s.tolist(), "beats_s": truth.beats_s.tolist(),
    }  # fmt: skip
    with writing(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", "utf-8")


def read_truth(path: str | os.PathLike[str]) -> BeatTruth:
    """Read beats from a file.

    Raises
    ------
    AnalysisError
        It is no such file, or of a newer version.
    """
    try:
        found: Any = json.loads(Path(path).read_text("utf-8"))
        if found["format"] != FORMAT or found["version"] > VERSION:
            raise AnalysisError(f"{path}: expected {FORMAT} of version {VERSION} or less; use a newer program")
        latency = float(_seconds([found["latency_s"]])[0])
        taps, beats = _seconds(found["taps_s"]), np.unique(_seconds(found["beats_s"]))
        snapped, sha256 = bool(found["snapped"]), str(found["sha256"])
        return BeatTruth(sha256=sha256, taps_s=taps, latency_s=latency, snapped=snapped, beats_s=beats)
    except (OSError, ValueError, KeyError, TypeError, RecursionError, OverflowError):
        raise AnalysisError(
            f"{path}: expected the beats of a recording as this package writes them; tap again"
        ) from None


def _seconds(values: Any) -> NDArray[np.float64]:
    """Return a list of numbers as seconds; raises what :func:`read_truth` catches."""
    seconds = np.asarray(values, dtype=np.float64)
    if seconds.ndim != 1 or not np.isfinite(seconds).all():
        raise ValueError
    return seconds
