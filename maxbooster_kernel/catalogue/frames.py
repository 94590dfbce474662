"""Releases as tables and back: one row a track, one a deal, one a credit; for people who think in spreadsheets."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.catalogue.release_file import release_from_dict, release_to_dict
from maxbooster_kernel.errors import ReleaseError

if TYPE_CHECKING:
    import pandas as pd

TRACK_COLUMNS = (
    "disc",
    "number",
    "isrc",
    "iswc",
    "title",
    "version",
    "duration_s",
    "explicit",
    "language",
    "genre",
    "file",
)
LISTS = {
    "artists": ("name", "role"),
    "contributors": ("name", "roles"),
    "rights": ("party", "share"),
    "publishing": ("party", "role", "share"),
}
DEAL_COLUMNS = ("commercial_model", "use_types", "territories", "excluded_territories", "start", "end", "tracks")
_MANY = frozenset({"roles", "use_types", "territories", "excluded_territories", "tracks"})
_WHOLE = frozenset({"disc", "number"})


def to_frames(release: ReleaseRecord) -> dict[str, pd.DataFrame]:
    """Return the tables ``tracks``, ``deals``, ``artists``, ``contributors``, ``rights`` and ``publishing``.

    Lists are joined by ``;``; shares are text, so that no spreadsheet rounds them.
    """
    import pandas as pd

    data = release_to_dict(release)
    tracks = [{name: track[name] for name in TRACK_COLUMNS} for track in data["tracks"]]
    deals = [{name: _join(deal[name]) for name in DEAL_COLUMNS} for deal in data["deals"]]
    frames = {
        "tracks": pd.DataFrame(tracks, columns=list(TRACK_COLUMNS)),
        "deals": pd.DataFrame(deals, columns=list(DEAL_COLUMNS)),
    }
    for kind, columns in LISTS.items():
        rows = [
            {"disc": track["disc"], "number": track["number"]} | {name: _join(item.get(name)) for name in columns}
            for track in data["tracks"]
            for item in track[kind]
        ]
        frames[kind] = pd.DataFrame(rows, columns=["disc", "number", *columns])
    return frames


def from_frames(release: ReleaseRecord, frames: Mapping[str, pd.DataFrame]) -> ReleaseRecord:
    """Return the release with what the tables say; tables and columns that are not given stay as they are.

    Raises
    ------
    ReleaseError
        A value has the wrong type, or a row belongs to no track; the message names table and row.
    """
    data = release_to_dict(release)
    if "tracks" in frames:
        old = {(track["disc"], track["number"]): track for track in data["tracks"]}
        rows = _rows(frames["tracks"], "tracks")
        data["tracks"] = [{**old.get((row.get("disc"), row.get("number")), {}), **row} for row in rows]
    if "deals" in frames:
        deals = data["deals"]
        rows = _rows(frames["deals"], "deals")
        data["deals"] = [{**(deals[place] if place < len(deals) else {}), **row} for place, row in enumerate(rows)]
    for kind in LISTS:
        if kind in frames:
            _set_list(data["tracks"], kind, _rows(frames[kind], kind))
    return replace(release_from_dict(data), extra=release.extra)


def _set_list(tracks: list[dict[str, Any]], kind: str, rows: list[dict[str, Any]]) -> None:
    by_place = {(track["disc"], track["number"]): track for track in tracks}
    olds = {place: track.get(kind) or [] for place, track in by_place.items()}
    for track in tracks:
        track[kind] = []
    for index, row in enumerate(rows):
        place = (row.pop("disc", None), row.pop("number", None))
        if place not in by_place:
            raise ReleaseError(f"{kind}, row {index}: expected the disc and number of a track, got {place}")
        done = by_place[place][kind]
        old = olds[place][len(done)] if len(done) < len(olds[place]) else {}
        done.append({**old, **row} if old.get("name", old.get("party")) == row.get("name", row.get("party")) else row)


def _rows(frame: pd.DataFrame, table: str) -> list[dict[str, Any]]:
    rows = []
    for index, record in enumerate(frame.to_dict("records")):
        row = {str(name): _plain(value) for name, value in record.items()}
        for name in _WHOLE & row.keys():
            value = row[name]
            if not isinstance(value, int | float) or value != int(value):
                raise ReleaseError(f"{table}, row {index}, {name}: expected a whole number, got {value!r}")
            row[name] = int(value)
        for name in _MANY & row.keys():
            value = row[name]
            parts = [part.strip() for part in str(value).split(";") if part.strip()] if value is not None else None
            row[name] = parts if parts is not None or name == "tracks" else []
        if isinstance(row.get("share"), float | int):
            raise ReleaseError(f'{table}, row {index}, share: expected text such as "12.5", got a number')
        rows.append(row)
    return rows


def _plain(value: Any) -> Any:
    if value is None or (isinstance(value, float) and math.isnan(value)):  # pandas has NaN for it
        return None
    return value.item() if hasattr(value, "item") else value


def _join(value: Any) -> Any:
    return "; ".join(str(item) for item in value) if isinstance(value, list | tuple) else value
