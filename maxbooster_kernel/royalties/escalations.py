"""Escalations: a recipient's percentage of a track that changes with the streams the track has had.

The pool of a period that crosses a threshold is divided by streams, and each part shared at its own percentages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.money import allocate
from maxbooster_kernel.royalties.tables import Source, read_table, rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiers:
    """The thresholds of one track: from ``edges[k]`` streams on, percentages of ``steps[k]`` hold.

    ``steps`` is the percentage as text by recipient, of those that differ from the split; ``before`` is how many
    streams the track had before this run.
    """

    edges: tuple[int, ...]
    steps: tuple[Mapping[str, str], ...]
    before: int = 0

    def parts(self, start: int, streams: int) -> list[tuple[int, int]]:
        """Return (tier, streams) of what came after ``start`` streams; tier 0 is below every edge.

        Returned streams go back through the tiers they came by. No streams are one part without streams.

        >>> Tiers(edges=(100,), steps=({"a": "15"},)).parts(60, 100)
        [(0, 40), (1, 60)]
        """
        low, high = min(start, start + streams), max(start, start + streams)
        bounds = [min(low, 0), *self.edges, max(high, self.edges[-1])]
        counts = [min(high, top) - max(low, bottom) for bottom, top in pairwise(bounds)]
        found = [(tier, count) for tier, count in enumerate(counts) if count > 0]
        return found or [(sum(edge <= start for edge in self.edges), 0)]


def read_escalations(source: Source | None) -> dict[str, Tiers]:
    """Return the tiers of every track that has any.

    Parameters
    ----------
    source
        Table ``track_id, recipient_id, from_streams, percentage`` and optionally ``streams_before`` (of the track,
        before this run): from so many streams on, the recipient's split of the track is this percentage.

    Raises
    ------
    RoyaltyError
        A number of streams is none, or a threshold is given twice.
    """
    if source is None:
        return {}
    table = read_table(
        source,
        name="escalations",
        required=("track_id", "recipient_id", "from_streams", "percentage"),
        optional=("streams_before",),
    )
    steps: dict[str, dict[int, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    before: dict[str, int] = {}
    columns = ("track_id", "recipient_id", "from_streams", "percentage", "streams_before")
    for number, (track, recipient, edge, percentage, had) in enumerate(rows(table, *columns)):
        where = f"escalations, row {number}"
        threshold = _count(edge, f"{where}, from_streams")
        if recipient in steps[track][threshold]:
            raise RoyaltyError(f"{where}: {recipient!r} has two percentages of {track!r} from {threshold} streams on")
        steps[track][threshold][recipient] = percentage
        if had and before.setdefault(track, _count(had, f"{where}, streams_before")) != int(had):
            raise RoyaltyError(f"{where}, streams_before: an earlier row says {before[track]}, got {had}")
    return {track: _tiers(found, before.get(track, 0)) for track, found in steps.items()}


def _count(text: str, where: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise RoyaltyError(f"{where}: expected a whole number of streams, got {text!r}")
    return int(text)


def _tiers(steps: Mapping[int, Mapping[str, str]], before: int) -> Tiers:
    edges = tuple(sorted(steps))
    reached: dict[str, str] = {}
    held = []
    for edge in edges:
        reached = {**reached, **steps[edge]}
        held.append(reached)
    return Tiers(edges=edges, steps=tuple(held), before=before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Portions:
    """Pools as they are shared: rows of the share table, nanos, and the place of the pool each belongs to.

    Without ``owner`` every pool is one portion.
    """

    rows: NDArray[Any]
    nanos: NDArray[Any]
    owner: NDArray[np.intp] | None = None


class Escalator:
    """Counts the streams of tracks with tiers, bucket by bucket, and divides their pools.

    Parameters
    ----------
    tiers
        Tiers by row of the share table.
    variants
        The row of every tier of such a row.
    """

    def __init__(self, tiers: Mapping[int, Tiers], variants: Mapping[int, tuple[int, ...]]) -> None:
        self._tiers, self._variants = tiers, variants
        self._had = {row: tier.before for row, tier in tiers.items()}

    def portions(self, rows: NDArray[Any], streams: NDArray[Any], nanos: NDArray[Any]) -> Portions:
        """Return the portions of one bucket's pools; buckets must come in order of time."""
        special = np.flatnonzero(np.isin(rows, list(self._tiers))).tolist() if self._tiers else []
        if not special:
            return Portions(rows=rows, nanos=nanos)
        places = np.arange(rows.size)
        extra: list[tuple[int, int, int]] = []
        for place in special:
            row, count, total = int(rows[place]), int(streams[place]), int(nanos[place])
            parts = self._tiers[row].parts(self._had[row], count)
            self._had[row] += count
            shares = allocate(total, [part for _, part in parts]) if len(parts) > 1 else [total]
            extra += [(self._variants[row][tier], share, place) for (tier, _), share in zip(parts, shares, strict=True)]
        keep = np.ones(rows.size, bool)
        keep[special] = False
        fresh = np.array([share for _, share, _ in extra], nanos.dtype)
        return Portions(
            rows=np.concatenate([rows[keep], np.array([row for row, _, _ in extra], np.int64)]),
            nanos=np.concatenate([nanos[keep], fresh]),
            owner=np.concatenate([places[keep], np.array([place for _, _, place in extra], np.intp)]),
        )
