"""Analyse many files in several processes, keeping each result as it comes, so that nothing is done twice.

Results are lines of JSON in a journal, keyed by the audio's SHA-256 and the version of the analysis; beats that a
person kept for a file come in when results are returned. A run that was
stopped, or whose worker was killed, is continued by starting it again. Processes are joblib's: ``loky`` by default, a
Dask cluster inside ``joblib.parallel_config(backend="dask")``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from maxbooster_kernel.analysis.journal import append_to_journal, read_journal
from maxbooster_kernel.analysis.taps import truth_fields
from maxbooster_kernel.analysis.truth import find_truth
from maxbooster_kernel.audio import MediaIndex
from maxbooster_kernel.errors import AnalysisError, MaxBoosterError, WrongKindError, expect_path, kind_of
from maxbooster_kernel.kinds import checked

PARAMS = "analysis-4"
"""Changes whenever the same audio gives another result."""
ATTEMPTS = 3
DIED = ("TerminatedWorkerError", "BrokenProcessPool", "KilledWorker")
"""What joblib's processes and Dask's cluster raise when a worker dies."""

Progress = Callable[[int, int, dict[str, Any]], None]


@checked
def analyze_files(
    paths: Iterable[str | os.PathLike[str]],
    *,
    jobs: int | None = None,
    journal: str | os.PathLike[str] | None = None,
    layout: str | None = None,
    progress: Progress | None = None,
) -> list[dict[str, Any]]:
    """Analyse files; return one report a file, in their order.

    Parameters
    ----------
    paths
        Audio files. Files of equal content are analysed once.
    jobs
        Processes; None is one, or what ``joblib.parallel_config`` says; -1 is one a processor.
    journal
        A file of JSON lines to read known results from and append new ones to; None keeps none.
    layout
        Loudspeakers of the channels; see :func:`~maxbooster_kernel.loudness.report.measure_loudness`.
    progress
        Called with the count done, the count of all, and the report, as results come.

    Returns
    -------
    list of dict
        As ``maxbooster analyze --json`` prints them; a file that cannot be read has ``file`` and ``error`` only.

    Raises
    ------
    AnalysisError
        Workers died three times at the same files (out of memory, or killed); what was done is in the journal.
        Or the journal is none, or cannot be written.
    """
    if isinstance(paths, str | os.PathLike) or not isinstance(paths, Iterable):
        raise WrongKindError(f"expected a list of audio files, got {kind_of(paths)}; put it in brackets: [...]")
    files = [str(expect_path(path, "an audio file")) for path in paths]
    params = PARAMS if layout is None else f"{PARAMS} {' '.join(layout.split())}"
    known = read_journal(Path(journal), params) if journal is not None else {}
    hashes = dict(_hashes(files))
    wanted = list(dict.fromkeys(hash_ for hash_ in hashes.values() if not hash_.startswith("!") and hash_ not in known))
    total = len(set(hashes.values()))
    done = total - len(wanted)
    first_file = {hash_: file for file, hash_ in reversed(list(hashes.items()))}
    for attempt in range(ATTEMPTS):
        try:
            waiting = [(first_file[hash_], hash_) for hash_ in wanted if hash_ not in known]
            for sha256, report in _run(waiting, jobs, layout):
                known[sha256] = report
                done += 1
                if journal is not None and "error" not in report:
                    append_to_journal(Path(journal), report, params)
                if progress is not None:
                    progress(done, total, report)
            break
        except BrokenPipeError:
            raise
        except Exception as error:
            died = type(error).__name__ in DIED
            if not died and not isinstance(error, OSError | RuntimeError):
                raise
            if not died or attempt == ATTEMPTS - 1:
                raise AnalysisError(
                    f"the analysis stopped after {done} of {total} files ({type(error).__name__}); "
                    "start it again with the same journal to continue"
                ) from error
    return [
        {"file": file, "error": hashes[file][1:]}
        if hashes[file].startswith("!")
        else _with_truth(file, known[hashes[file]])
        for file in files
    ]


def _with_truth(file: str, report: dict[str, Any]) -> dict[str, Any]:
    """Return a report under a file's name, with the beats that a person kept for it in place of those found."""
    named = {**report, "file": file}
    if "error" in report:
        return named
    try:
        kept = find_truth(file, report["sha256"])
    except AnalysisError as error:
        return {"file": file, "error": str(error)}
    if kept is None:
        return named
    fields = truth_fields(np.asarray(report["downbeats_s"] or [], np.float64), kept[1])
    fields |= {name: np.round(fields[name], 4).tolist() for name in ("tempo_curve", "beats_s", "downbeats_s")}
    fields["bpm_alternatives"] = [list(pair) for pair in fields["bpm_alternatives"]]
    return named | fields | ({} if report["time_signature"] else {"downbeats_s": None})


def analyze_one(path: str, sha256: str, layout: str | None = None) -> dict[str, Any]:
    """Return the report of one file of known hash; a file that cannot be read has ``file`` and ``error`` only."""
    from maxbooster_kernel.analysis.report import analyze_file

    try:
        return analyze_file(path, layout=layout, sha256=sha256, beats="found").to_dict()
    except MaxBoosterError as error:
        return {"file": path, "error": str(error)}


def _run(tasks: list[tuple[str, str]], jobs: int | None, layout: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    from joblib import Parallel, delayed

    parallel = Parallel(n_jobs=jobs, return_as="generator_unordered")
    yield from parallel(delayed(_keyed)(path, sha256, layout) for path, sha256 in tasks)


def _keyed(path: str, sha256: str, layout: str | None) -> tuple[str, dict[str, Any]]:
    return sha256, analyze_one(path, sha256, layout)


def _hashes(files: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each file with its SHA-256, or with ``!`` and why it cannot be read."""
    index = MediaIndex()
    for file in files:
        try:
            yield file, index.sha256(file)
        except MaxBoosterError as error:
            yield file, f"!{error}"
