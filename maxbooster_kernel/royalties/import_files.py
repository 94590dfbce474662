"""The catalogue's record of what a lake has imported: one row a sales file, by its content's hash."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from maxbooster_kernel.royalties.manifest import Manifest


def record_imports(catalogue: Any, manifest: Manifest) -> int:
    """Write the imports that the catalogue does not have yet into its table ``import_files``; return how many.

    The lake's manifest says what counts; a process that dies in between leaves rows out that the next call adds.
    """
    from sqlalchemy import select

    from maxbooster_kernel.catalogue.models_money import ImportFile

    with catalogue.session() as session:
        rows = {row.sha256: row for row in session.scalars(select(ImportFile))}
        fresh = 0
        for record in manifest.imports:
            told = asdict(record)
            totals = {
                name: told[name] for name in ("total", "rounding", "streams", "periods", "damaged", "superseded_by")
            }
            if record.sha256 not in rows:
                fresh += 1
                session.add(
                    ImportFile(
                        sha256=record.sha256, source=record.source, name=record.name, rows=record.rows, totals=totals
                    )
                )
            elif record.superseded_by:
                rows[record.sha256].totals = totals
        return fresh
