"""Eligibility policies: streams that a platform does not pay, such as those of tracks below a yearly minimum.

A policy is off unless it is asked for. What it leaves out is reported, never dropped silently.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.royalties import kernels, periods
from maxbooster_kernel.royalties.breakdown import Cells
from maxbooster_kernel.royalties.encode import LIMIT
from maxbooster_kernel.royalties.sums import Bucket, LineSums, Pool


@checked
@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """A platform pays a track in a period if it had enough streams there in the months that end with the period.

    Parameters
    ----------
    minimum_streams
        How many streams are enough.
    months
        How many months count, the period among them.
    since
        First period of the policy, ``YYYY-MM``; empty is always.
    """

    minimum_streams: int
    months: int = 12
    since: str = ""

    def __post_init__(self) -> None:
        if self.minimum_streams < 1 or self.months < 1:
            raise RoyaltyError(
                f"eligibility: expected at least 1 stream and 1 month, got {self.minimum_streams} and {self.months}"
            )
        periods.bound(self.since, empty=0, where="eligibility, since")


@checked
def min_streams_12m(streams: int, *, since: str = "") -> Eligibility:
    """Return the policy that a track needs so many streams in twelve months, as Spotify asks of 1,000 since 2024-04.

    Examples
    --------
    >>> min_streams_12m(1000, since="2024-04").months
    12
    """
    return Eligibility(minimum_streams=streams, since=since)


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """What a policy left out in one bucket: numbers of tracks, streams of the period and of the window, nanos."""

    bucket: Bucket
    platform: str
    tracks: NDArray[np.int64]
    streams: NDArray[Any]
    window: NDArray[Any]
    nanos: NDArray[Any]


class Exclusion:
    """The policies of one run, applied to its breakdown.

    Parameters
    ----------
    cells
        Yields the breakdown.
    platforms
        Name of every platform's number.
    policies
        Policy by platform.
    """

    def __init__(
        self, cells: Callable[[], Iterator[Cells]], platforms: list[str], policies: Mapping[str, Eligibility]
    ) -> None:
        self._cells = cells
        self._numbers = {place: policies[name] for place, name in enumerate(platforms) if name in policies}
        self._platforms = platforms
        self._out: dict[tuple[int, int], NDArray[np.bool_]] = {}
        self.excluded: list[Excluded] = []

    def apply(self, sums: LineSums) -> LineSums:
        """Return the sums without what no platform pays; ``excluded`` says what that was."""
        tracks = 1 + max((int(pool.tracks[-1]) for pool in sums.pools.values() if pool.tracks.size), default=-1)
        streams: dict[tuple[int, int], _Totals] = defaultdict(lambda: _Totals(tracks))
        money: dict[tuple[Bucket, int], tuple[_Totals, _Totals]] = defaultdict(
            lambda: (_Totals(tracks), _Totals(tracks))
        )
        for cells in self._cells():
            for platform in self._numbers:
                rows = np.flatnonzero(cells.platforms == platform)
                places, counts, nanos = cells.tracks[rows], cells.streams[rows], cells.nanos[rows]
                streams[platform, cells.bucket[0]].add(places, counts)
                here = money[cells.bucket, platform]
                here[0].add(places, counts)
                here[1].add(places, nanos)
        windows: dict[tuple[int, int], NDArray[Any]] = {}
        for platform, month in streams:
            policy = self._numbers[platform]
            if month >= periods.bound(policy.since, empty=0, where="eligibility, since"):
                window = _sum([found.sums for (p, m), found in streams.items()
                               if p == platform and month - policy.months < m <= month])  # fmt: skip
                windows[platform, month] = window
                self._out[platform, month] = np.asarray(window < policy.minimum_streams, bool)
        pools = dict(sums.pools)
        for (bucket, platform), (had, earned) in sorted(money.items(), key=lambda item: item[0]):
            out = self._out.get((platform, bucket[0]))
            if out is not None and (out & had.seen).any():
                tracks_out = np.flatnonzero(out & had.seen)
                excluded = Excluded(
                    bucket=bucket,
                    platform=self._platforms[platform],
                    tracks=tracks_out,
                    streams=had.sums[tracks_out],
                    window=windows[platform, bucket[0]][tracks_out],
                    nanos=earned.sums[tracks_out],
                )
                self.excluded.append(excluded)
                pools[bucket] = _without(pools[bucket], excluded)
        return replace(sums, pools=pools)

    def cells(self) -> Iterator[Cells]:
        """Yield the breakdown without what no platform pays."""
        for cells in self._cells():
            keep = np.ones(cells.tracks.size, bool)
            for platform in self._numbers:
                out = self._out.get((platform, cells.bucket[0]))
                if out is not None:
                    keep &= (cells.platforms != platform) | ~out[cells.tracks]
            names = ("tracks", "platforms", "countries", "streams", "nanos")
            yield Cells(bucket=cells.bucket, **{name: getattr(cells, name)[keep] for name in names})


class _Totals:
    """Sums by track number, as Python integers from where int64 could overflow, and which tracks had any."""

    def __init__(self, tracks: int) -> None:
        self.sums: NDArray[Any] = np.zeros(tracks, np.int64)
        self.seen = np.zeros(tracks, np.bool_)
        self._bound = 0

    def add(self, tracks: NDArray[np.int64], values: NDArray[Any]) -> None:
        """Add values to the sums of tracks."""
        wide = values.dtype == object
        self._bound += sum(map(abs, values.tolist())) if wide else kernels.volume(np.ascontiguousarray(values))
        if (wide or self._bound >= LIMIT) and self.sums.dtype != object:
            self.sums = self.sums.astype(object)
        np.add.at(self.sums, tracks, values.astype(self.sums.dtype))
        self.seen[tracks] = True


def _sum(columns: list[NDArray[Any]]) -> NDArray[Any]:
    """Return the sum of columns, as Python integers where it could overflow."""
    top = sum(int(np.abs(column).max(initial=0)) for column in columns)
    total: NDArray[Any] = np.zeros(columns[0].size, object if top >= LIMIT else np.int64)
    for column in columns:
        total = total + column
    return total


def _without(pool: Pool, excluded: Excluded) -> Pool:
    places = np.searchsorted(pool.tracks, excluded.tracks)
    return Pool(
        tracks=pool.tracks,
        streams=_minus(pool.streams, places, excluded.streams),
        nanos=_minus(pool.nanos, places, excluded.nanos),
    )


def _minus(column: NDArray[Any], places: NDArray[np.intp], values: NDArray[Any]) -> NDArray[Any]:
    """Return a column with values taken away at some places, as Python integers where it could overflow."""
    top = int(np.abs(column).max(initial=0)) + int(np.abs(values).max(initial=0))
    less = column.astype(object if top >= LIMIT or values.dtype == object else column.dtype)
    less[places] -= values
    return less
