"""Eligibility policies: streams that a platform does not pay, such as those of tracks below a yearly minimum.

A policy is off unless it is asked for. What it leaves out is reported, never dropped silently.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.royalties import periods
from maxbooster_kernel.royalties.breakdown import Cells
from maxbooster_kernel.royalties.sums import Bucket, LineSums, Pool


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
    streams: NDArray[np.object_]
    window: NDArray[np.object_]
    nanos: NDArray[np.object_]


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
        self._cells, self._policies = cells, policies
        self._numbers = {place: policies[name] for place, name in enumerate(platforms) if name in policies}
        self._platforms = platforms
        self._out: dict[tuple[int, int], set[int]] = {}
        self.excluded: list[Excluded] = []

    def apply(self, sums: LineSums) -> LineSums:
        """Return the sums without what no platform pays; ``excluded`` says what that was."""
        streams: dict[int, dict[int, dict[int, int]]] = {p: defaultdict(dict) for p in self._numbers}
        money: dict[tuple[Bucket, int], dict[int, tuple[int, int]]] = defaultdict(dict)
        for cells in self._cells():
            for platform in self._numbers:
                rows = np.flatnonzero(cells.platforms == platform)
                month, found = cells.bucket[0], money[cells.bucket, platform]
                columns = cells.tracks[rows].tolist(), cells.streams[rows].tolist(), cells.nanos[rows].tolist()
                for track, count, nanos in zip(*columns, strict=True):
                    had = streams[platform][month]
                    had[track] = had.get(track, 0) + count
                    before = found.get(track, (0, 0))
                    found[track] = before[0] + count, before[1] + nanos
        windows = {
            (platform, month): self._below(by_month, month, self._numbers[platform])
            for platform, by_month in streams.items()
            for month in by_month
        }
        self._out = {key: set(below) for key, below in windows.items()}
        pools = dict(sums.pools)
        for (bucket, platform), found in sorted(money.items()):
            below = windows.get((platform, bucket[0]), {})
            tracks = sorted(set(found) & set(below))
            if tracks:
                excluded = Excluded(
                    bucket=bucket,
                    platform=self._platforms[platform],
                    tracks=np.array(tracks, np.int64),
                    streams=np.array([found[track][0] for track in tracks], object),
                    window=np.array([below[track] for track in tracks], object),
                    nanos=np.array([found[track][1] for track in tracks], object),
                )
                self.excluded.append(excluded)
                pools[bucket] = _without(pools[bucket], excluded)
        return replace(sums, pools=pools)

    def cells(self) -> Iterator[Cells]:
        """Yield the breakdown without what no platform pays."""
        for cells in self._cells():
            keep = np.ones(cells.tracks.size, bool)
            for platform in self._numbers:
                out = self._out.get((platform, cells.bucket[0]), set())
                keep &= (cells.platforms != platform) | ~np.isin(cells.tracks, list(out))
            names = ("tracks", "platforms", "countries", "streams", "nanos")
            yield Cells(bucket=cells.bucket, **{name: getattr(cells, name)[keep] for name in names})

    @staticmethod
    def _below(by_month: Mapping[int, Mapping[int, int]], month: int, policy: Eligibility) -> dict[int, int]:
        """Return the tracks that are not paid in a month, with their streams in the window."""
        if month < periods.bound(policy.since, empty=0, where="eligibility, since"):
            return {}
        window = [had for when, had in by_month.items() if month - policy.months < when <= month]
        totals = {track: sum(had.get(track, 0) for had in window) for track in by_month[month]}
        return {track: total for track, total in totals.items() if total < policy.minimum_streams}


def _without(pool: Pool, excluded: Excluded) -> Pool:
    places = np.searchsorted(pool.tracks, excluded.tracks)
    streams, nanos = pool.streams.copy(), pool.nanos.copy()
    streams[places] -= excluded.streams.astype(streams.dtype)
    nanos[places] -= excluded.nanos.astype(nanos.dtype)
    return Pool(tracks=pool.tracks, streams=streams, nanos=nanos)
