"""Analyse the recordings of a catalogue and keep the results there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from maxbooster_kernel.analysis.batch import PARAMS, Progress, analyze_files
from maxbooster_kernel.errors import WrongKindError, kind_of
from maxbooster_kernel.kinds import checked

if TYPE_CHECKING:
    from maxbooster_kernel.catalogue.store import Catalogue


@checked
def analyze_catalogue(
    catalogue: Catalogue,
    media: Mapping[str, str | os.PathLike[str]],
    *,
    jobs: int | None = None,
    journal: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> dict[str, dict[str, Any]]:
    """Analyse recordings in several processes and save each result in the catalogue.

    Parameters
    ----------
    catalogue
        Where the results go; it must know the recordings. The same audio again replaces its row.
    media
        ISRC to audio file.
    jobs, journal, progress
        As for :func:`~maxbooster_kernel.analysis.batch.analyze_files`.

    Returns
    -------
    dict
        ISRC to report; a file that cannot be read has ``file`` and ``error`` and is not saved.
    """
    if not isinstance(media, Mapping):
        raise WrongKindError(f"expected the files of recordings, got {kind_of(media)}; give a dict: {{isrc: path}}")
    reports = analyze_files(media.values(), jobs=jobs, journal=journal, progress=progress)
    by_isrc = dict(zip(media, reports, strict=True))
    for isrc, report in by_isrc.items():
        if "error" not in report:
            catalogue.save_analysis(isrc, report, params=PARAMS, engine="maxbooster")
    return by_isrc
