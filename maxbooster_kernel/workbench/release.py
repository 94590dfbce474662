"""The release as people work with it: the record, its files, its checks and its messages."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from maxbooster_kernel.catalogue.findings_table import Problems, summary
from maxbooster_kernel.catalogue.media_rules import check_media
from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.catalogue.release_file import read_release, release_from_dict, release_to_dict, write_release
from maxbooster_kernel.catalogue.rules import check_release
from maxbooster_kernel.ddex.measure import measure_media
from maxbooster_kernel.ddex.media import MediaFacts
from maxbooster_kernel.ddex.message import ErnMessage
from maxbooster_kernel.ddex.write import Action, write_message
from maxbooster_kernel.errors import ReleaseError, expect
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.problems import blocking


@dataclass(frozen=True, slots=True)
class Release:
    """A release: its record, the folder its files are in, and the RELEASE.json it was read from.

    Examples
    --------
    >>> release = Release.from_dict({"upc": "700000000001", "title": "Night", "tracks": []})
    >>> release.title, release.check().ok
    ('Night', False)
    """

    record: ReleaseRecord
    folder: Path | None = field(default=None)
    file: Path | None = field(default=None, compare=False)

    @classmethod
    def from_json(cls, path: str | os.PathLike[str]) -> Release:
        """Read RELEASE.json; its folder is where audio and cover are looked for."""
        record = read_release(path)
        file = Path(path).resolve()
        return cls(record, file.parent, file)

    @classmethod
    @checked
    def from_dict(cls, value: Mapping[str, Any], folder: str | os.PathLike[str] | None = None) -> Release:
        """Return the release of a decoded RELEASE.json."""
        return cls(release_from_dict(value), None if folder is None else Path(folder))

    def to_dict(self) -> dict[str, Any]:
        """Return the release as the JSON object of RELEASE.json."""
        return release_to_dict(self.record)

    @checked
    def to_json(self, path: str | os.PathLike[str], *, force: bool = True) -> Path:
        """Write RELEASE.json whole or not at all; return its path."""
        write_release(path, self.record, force=force)
        return Path(path)

    def with_changes(self, **changes: Any) -> Release:
        """Return the release with fields of its record replaced."""
        return Release(replace(self.record, **changes), self.folder, self.file)

    @property
    def title(self) -> str:
        """The title without its version."""
        return self.record.title

    @property
    def upc(self) -> str | None:
        """The UPC or EAN."""
        return self.record.upc

    @property
    def tracks(self) -> tuple[Any, ...]:
        """The tracks in the order of the record."""
        return self.record.tracks

    @checked
    def check(self, store: str | None = None) -> Problems:
        """Return every finding: on the data, on the files where they are known, and on what a store asks for."""
        problems = check_release(self.record)
        if self.folder is not None:
            problems += check_media(self.record, self.folder)
        if store is not None:
            from maxbooster_kernel.delivery.profile import load_profile
            from maxbooster_kernel.delivery.store_rules import check_for_store

            problems = check_for_store(self.record, load_profile(store), problems, self.folder)
        return Problems(problems)

    @checked
    def form(self, *, store: str | None = None) -> Any:
        """Show the release as a form with the findings beside its fields; ``.release`` of it is what was edited.

        Parameters
        ----------
        store
            A store whose wishes are checked too.
        """
        from maxbooster_kernel.widgets.release_form import ReleaseForm

        return ReleaseForm(self, store=store)

    def media(self) -> dict[str, MediaFacts]:
        """Return the measured facts of the files that are there, by their names in the record."""
        return {} if self.folder is None else measure_media(self.record, self.folder)

    def __repr__(self) -> str:
        return f"Release({self.record.upc!r}, {self.record.full_title!r}, {len(self.record.tracks)} tracks)"

    def _repr_html_(self) -> str:
        record = self.record
        rows = "".join(
            f"<tr><td>{track.place}</td><td>{escape(track.full_title)}</td>"
            f"<td><code>{escape(track.isrc or '-')}</code></td>"
            f"<td style='text-align:right'>{_clock(track.duration_s)}</td></tr>"
            for track in record.tracks
        )
        line = " · ".join(
            escape(part) for part in (record.label, record.upc, record.release_date, record.genre) if part
        )
        return (
            f"<div><b>{escape(record.full_title)}</b> by {escape(record.artist_name)}<br><small>{line}</small>"
            f"<table>{rows}</table><small>{escape(summary(check_release(record)))}</small></div>"
        )


@checked
def ern(
    release: Release | ReleaseRecord,
    *,
    version: str = "3.8.2",
    action: Action = "initial",
    now: datetime | None = None,
    media: Mapping[str, MediaFacts] | None = None,
) -> ErnMessage:
    """Return the ERN message of a release.

    Parameters
    ----------
    release
        The release; files that are there are measured for it.
    version
        ``3.8.2``, ``3.8.3``, ``4.3`` or ``4.3.2``.
    action
        ``initial``, ``update``, ``takedown`` or ``purge``.
    now
        The message's time where the record has no ``created``.
    media
        Facts of the files by name, if they are known; otherwise they are measured.

    Raises
    ------
    ReleaseError
        The data has fatal or error findings; the message lists the first of them.
    """
    if not isinstance(release, Release):
        release = Release(expect(release, ReleaseRecord, "a Release", "read one: mb.Release.from_json(path)"))
    handle = release
    refuse(check_release(handle.record), "the message cannot be written")
    facts = handle.media() if media is None else media
    xml = write_message(handle.record, version=version, action=action, now=now, media=facts)
    return ErnMessage.of(xml, version=version, action=action, upc=handle.record.upc or "")


def refuse(problems: list[Any], what: str) -> None:
    """Raise one error that names the findings that stop the work, if there are any."""
    stopping = blocking(problems)
    if stopping:
        first = "; ".join(f"{problem.where}: {problem.message}" for problem in stopping[:3])
        more = f"; and {len(stopping) - 3} more" if len(stopping) > 3 else ""
        raise ReleaseError(f"{what}: {first}{more} (see: maxbooster release check)")


def _clock(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
