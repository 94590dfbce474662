"""A lake of sales lines: every imported file's lines in Parquet by period and source, and a manifest of them.

A file is known by its content: importing it again does nothing. A file that reports a source's period once more is
refused unless the caller says that it supersedes the earlier one, or counts beside it. Lines of tracks that the
catalogue does not know are kept in suspense until it does, or until somebody says which recording they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.files import write_text
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.problems import Problem
from maxbooster_kernel.royalties.faults import quarantine_csv
from maxbooster_kernel.royalties.importer import UK, Imported, Point, Sales
from maxbooster_kernel.royalties.manifest import (
    ImportRecord,
    Manifest,
    locked,
    read_manifest,
    write_manifest,
)
from maxbooster_kernel.royalties.match import Index, Known, build_index
from maxbooster_kernel.royalties.normal import Identity, Normal
from maxbooster_kernel.royalties.partitions import PartitionWriter, add_totals
from maxbooster_kernel.royalties.suspense import check_lake, release_lines, suspended, with_identities
from maxbooster_kernel.royalties.tables import whole_numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeImport:
    """What became of a file: ``done`` is ``imported``, ``superseded`` or ``already`` (its content is known)."""

    done: str
    imported: Imported | None
    record: ImportRecord
    suspense_rows: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values."""
        record = self.record
        return {
            "done": self.done,
            "sha256": record.sha256,
            "name": record.name,
            "source": record.source,
            "rows": record.rows,
            "streams": record.streams,
            "total": dict(record.total),
            "rounding": dict(record.rounding),
            "periods": list(record.periods),
            "reported": list(record.reported),
            "assumed": list(record.assumed),
            "damaged": dict(record.damaged),
            "quarantine": record.quarantine,
            "suspense_rows": self.suspense_rows,
        }


@dataclass(frozen=True, slots=True)
class Lake:
    """A folder of sales lines.

    Examples
    --------
    >>> import tempfile
    >>> lake = Lake.open(tempfile.mkdtemp())
    >>> lake.manifest.files, lake.suspense([]).num_rows
    ((), 0)
    """

    folder: Path

    @classmethod
    @checked
    def open(cls, folder: Path | str) -> Self:
        """Return the lake in a folder, which need not be there."""
        return cls(Path(folder))

    @property
    def manifest(self) -> Manifest:
        """What the lake holds."""
        return read_manifest(self.folder)

    @checked
    def add(
        self,
        path: Path | str,
        *,
        known: Iterable[Known] | None = None,
        supersedes: str | None = None,
        beside: bool = False,
        template: Path | str | None = None,
        country_alias: Mapping[str, str] | None = None,
        currency: str = "",
        decimal: Point | None = None,
        quarantine: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> LakeImport:
        """Import a sales file.

        Parameters
        ----------
        path
            The store's or distributor's file.
        known
            The catalogue's recordings; lines of others go to suspense. None takes every line as it is.
        supersedes
            Name or hash of the import whose lines this file's lines replace.
        beside
            Count this file's lines beside those of earlier files of the same source and period.
        template, country_alias, currency, decimal, progress
            As for :func:`~maxbooster_kernel.royalties.importer.import_sales`.
        quarantine
            Keep damaged rows apart, in ``quarantine/`` of the lake, instead of refusing the file.

        Raises
        ------
        RoyaltyError
            The file is refused, or overlaps an earlier one and the caller has not said what it is.
        """
        path = Path(path)
        if before := self._already(path):
            return LakeImport(done="already", imported=None, record=before)
        aliases = self.manifest.aliases
        index = None if known is None else build_index(known, aliases)
        sales = Sales(
            path,
            template=Path(template) if template else None,
            country_alias=UK if country_alias is None else country_alias,
            currency=currency,
            decimal=decimal,
            damaged="quarantine" if quarantine else "refuse",
            suspense=index is not None,
            identify=index is not None,
            progress=progress,
        )
        with PartitionWriter(self.folder) as writer:
            for part in sales.parts():
                if "amount" not in part.table.column_names:
                    raise RoyaltyError(
                        f"{path}: this report counts uses and carries no money; import it to a file of its own "
                        "and let royalties run price it"
                    )
                _put(part, sales.tracks, index, aliases, writer)
            for line in sales.rounding_lines():
                writer.add(line)
            writer.source = sales.source
            with locked(self.folder):
                return self._commit(path, sales, writer, supersedes, beside=beside)

    def _commit(
        self, path: Path, sales: Sales, writer: PartitionWriter, supersedes: str | None, *, beside: bool
    ) -> LakeImport:
        manifest, imported = self.manifest, sales.imported()
        old = None if supersedes is None else manifest.find(supersedes)
        for record in manifest.imports:
            if record.sha256 == sales.sha256 and not record.superseded_by:
                return LakeImport(done="already", imported=None, record=record)
        _check_overlap(path, imported, manifest, old, beside=beside)
        files, suspense = writer.placed(sales.sha256)
        quarantine = ""
        if sales.faults:
            quarantine = f"quarantine/{sales.sha256[:16]}.csv"
            write_text(self.folder / quarantine, quarantine_csv(sales.faults))
        record = ImportRecord(
            sha256=sales.sha256,
            name=path.name,
            size=path.stat().st_size,
            source=imported.source,
            rows=imported.rows,
            streams=imported.streams,
            total=imported.total,
            rounding=imported.rounding,
            periods=imported.periods,
            reported=imported.reported,
            assumed=imported.assumed,
            damaged=imported.damaged,
            quarantine=quarantine,
        )
        if old is not None:
            manifest = manifest.without(old.sha256, superseded_by=sales.sha256)
        earlier = tuple(one for one in manifest.imports if one.sha256 != sales.sha256)
        write_manifest(
            self.folder,
            replace(
                manifest,
                revision=manifest.revision + 1,
                files=(*manifest.files, *files),
                suspense=(*manifest.suspense, *suspense),
                imports=(*earlier, record),
            ),
        )
        done = "imported" if old is None else "superseded"
        return LakeImport(done=done, imported=imported, record=record, suspense_rows=sum(f.rows for f in suspense))

    def _already(self, path: Path) -> ImportRecord | None:
        """Return the import of the same content; only a file of the same size is read for it."""
        try:
            size = path.stat().st_size
            alike = [one for one in self.manifest.imports if one.size == size and not one.superseded_by]
            if not alike:
                return None
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise RoyaltyError(f"{path}: cannot be read: {error.strerror or error}") from None
        return next((record for record in alike if record.sha256 == digest), None)

    def suspense(self, known: Iterable[Known]) -> Any:
        """Return what is in suspense as an Arrow table, one row a track and currency, with the likeliest recording.

        Columns ``track_id, isrc, upc, title, artist, lines, streams, amount, currency, first_period, last_period,
        suggestion, why, score``, the most money first.
        """
        manifest = self.manifest
        return suspended(self.folder, manifest.suspense, build_index(known, manifest.aliases))

    @checked
    def assign(self, track_id: str, isrc: str | None) -> None:
        """Decide which recording a reported track is; None takes the decision back (for lines still to come)."""
        with locked(self.folder):
            manifest = self.manifest
            aliases = {name: code for name, code in manifest.aliases.items() if name != track_id}
            if isrc is not None:
                aliases[track_id] = isrc
            write_manifest(self.folder, replace(manifest, aliases=aliases, revision=manifest.revision + 1))

    def release(self, known: Iterable[Known]) -> dict[str, int]:
        """Let lines out of suspense whose recording is known by now; return how many lines of which track.

        The lines go to their period's files; nothing is lost or counted twice, whenever it is interrupted.
        """
        known = list(known)
        with locked(self.folder):
            manifest = self.manifest
            index = build_index(known, manifest.aliases)
            files, suspense, released, gone = release_lines(self.folder, manifest, index)
            if released:
                before = add_totals([*manifest.files, *manifest.suspense])
                if add_totals([*files, *suspense]) != before:
                    raise RoyaltyError(
                        f"{self.folder}: lines in suspense are not what the manifest says; check the lake"
                    )
                fresh = replace(manifest, files=files, suspense=suspense, revision=manifest.revision + 1)
                write_manifest(self.folder, fresh)
                for file in gone:
                    (self.folder / file.path).unlink(missing_ok=True)
            return released

    def check(self) -> list[Problem]:
        """Return what is wrong with the lake's files: missing, changed, or not what the manifest says."""
        return check_lake(self.folder, self.manifest)

    def clean(self) -> list[str]:
        """Delete what the manifest does not name: leftovers of killed imports and superseded lines."""
        import shutil

        with locked(self.folder):
            manifest = self.manifest
            wanted = {file.path for file in (*manifest.files, *manifest.suspense)}
            gone = []
            for path in sorted(self.folder.rglob("*.parquet")):
                name = path.relative_to(self.folder).as_posix()
                if name not in wanted:
                    path.unlink()
                    gone.append(name)
            for folder in self.folder.glob(".import-*"):
                shutil.rmtree(folder, ignore_errors=True)
            return gone


def _put(
    part: Normal,
    tracks: Mapping[str, Identity],
    index: Index | None,
    aliases: Mapping[str, str],
    writer: PartitionWriter,
) -> None:
    """Send lines to their periods, or to suspense."""
    import pyarrow as pa

    table, column = part.table, part.table.column("track_id").combine_chunks()
    names = column.dictionary.to_pylist()
    found = [aliases.get(name, name) if index is None else index.match(name) for name in names]
    if found != names:
        codes = whole_numbers(column.indices)
        unknown = np.array([isrc is None for isrc in found], np.bool_)[codes]
        place = {name: number for number, name in enumerate(dict.fromkeys(isrc or "" for isrc in found))}
        fresh = np.array([place[isrc or ""] for isrc in found], np.int32)
        matched = pa.DictionaryArray.from_arrays(fresh[codes], pa.array(list(place), pa.string()))
        rows = np.flatnonzero(unknown)
        if rows.size:
            lost = with_identities(table.take(pa.array(rows)), tracks, pa.array(part.lines(rows), pa.int64()))
            writer.add_suspense(lost)
        table = table.set_column(0, "track_id", matched).filter(pa.array(~unknown))
    if table.num_rows:
        writer.add(table)


def _check_overlap(
    path: Path, imported: Imported, manifest: Manifest, old: ImportRecord | None, *, beside: bool
) -> None:
    for record in manifest.imports:
        both = sorted(set(record.periods) & set(imported.periods))
        if record.superseded_by or record is old or record.source != imported.source or not both or beside:
            continue
        raise RoyaltyError(
            f"{path}: {record.name} ({record.sha256[:12]}) has already given {imported.source} of {both[0]}"
            f"{f' and {len(both) - 1} more periods' if len(both) > 1 else ''}; "
            "say whether this file supersedes it or counts beside it [overlap]"
        )
