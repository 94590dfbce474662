"""What ``maxbooster demo`` made and measured, read back from its folder."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from maxbooster_kernel.audio.probe import probe
from maxbooster_kernel.audio.read import read_audio
from maxbooster_kernel.catalogue.store import Catalogue
from maxbooster_kernel.demo.score_card import score
from maxbooster_kernel.loudness.report import measure_loudness
from maxbooster_kernel.money import add_up


def made(folder: Path) -> list[dict[str, str]]:
    """Return one row a thing that was made: ``what, where, measured``."""
    rows = [_row(folder, "stems", "stems", f"{_count(folder, 'stems/*')} files, {_length(folder)}")]
    rows += [_row(folder, what, path, _levels(path)) for what in ("mix", "master") for path in _files(folder, what)]
    rows.append(_row(folder, "plots", "plots", f"{_count(folder, 'plots/*.png')} pictures"))
    messages = _files(folder, "ern")
    rows += [_row(folder, "message", path, f"ERN, {path.stat().st_size / 1024:.0f} kB") for path in messages]
    batches = sorted(folder.glob("delivery/**/BatchComplete*.xml"))
    rows += [_row(folder, "delivery", path.parent, "complete, manifest last") for path in batches]
    rows.append(_row(folder, "royalties", "royalties", _money(folder)))
    store = Catalogue.open(folder / "catalogue.sqlite")
    rows.append(_row(folder, "catalogue", "catalogue.sqlite", f"{len(store.releases())} release"))
    return rows


def estimated_and_true(folder: Path) -> list[dict[str, Any]]:
    """Return the demo's analysis, as the catalogue keeps it, against the song's truth."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    release = json.loads((folder / "release.json").read_text(encoding="utf-8"))
    isrc = release["tracks"][0]["isrc"]
    analysis = Catalogue.open(folder / "catalogue.sqlite").load_analysis(isrc)
    return [] if analysis is None else score(analysis, truth)


def _row(folder: Path, what: str, where: str | Path, measured: str) -> dict[str, str]:
    path = Path(where)
    shown = path.relative_to(folder) if path.is_relative_to(folder) else path
    return {"what": what, "where": shown.as_posix(), "measured": measured}


def _files(folder: Path, kind: str) -> list[Path]:
    return sorted(path for path in (folder / kind).iterdir() if path.suffix in (".wav", ".flac", ".xml"))


def _count(folder: Path, pattern: str) -> int:
    return sum(1 for _ in folder.glob(pattern))


def _length(folder: Path) -> str:
    stem = next(iter(sorted(folder.glob("stems/*"))), None)
    return "none" if stem is None else f"{probe(stem).duration_s:.1f} s"


def _levels(path: Path) -> str:
    loudness = measure_loudness(read_audio(path))
    return f"{loudness.integrated_lufs:.1f} LUFS, {loudness.true_peak_dbtp:.1f} dBTP, {loudness.range_lu:.1f} LU"


def _money(folder: Path) -> str:
    with (folder / "royalties" / "payouts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    total = add_up(Decimal(row["amount"]) for row in rows)
    people = {row["recipient_id"] for row in rows}
    currency = rows[0]["currency"] if rows else ""
    return f"{total} {currency} to {len(people)} people over {len({row['period'] for row in rows})} periods"
