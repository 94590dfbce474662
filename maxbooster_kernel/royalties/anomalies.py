"""What stands out in the numbers: flags with their evidence, for a person to look into.

A flag says what was seen, what was usual, and how far apart they are. It never says why.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.errors import WrongKindError, kind_of
from maxbooster_kernel.kinds import checked, fits
from maxbooster_kernel.royalties.analytics import exact
from maxbooster_kernel.royalties.periods import month, period

MAD = 1.4826
"""Makes the median of absolute deviations comparable to a standard deviation (of a normal distribution)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One thing that stands out: ``seen`` beside what is ``usual``, and how far apart, in deviations or shares.

    ``code`` is ``spike``, ``new_territory``, ``one_platform``, ``price``, or ``lag`` (see
    :func:`maxbooster_kernel.royalties.lag.late`).
    """

    code: str
    period: str
    track_id: str
    platform: str
    country: str
    seen: float
    usual: float
    score: float
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From where on something stands out.

    Parameters
    ----------
    score
        Robust standard deviations of a spike or a price.
    streams
        Streams below which nothing is flagged.
    history
        Months a track must have had before.
    territory, before
        Share of a track's streams that a country must have, and must not have had before.
    platform
        Share of a track's streams that one platform must have.
    """

    score: float = 6.0
    streams: int = 1000
    history: int = 4
    territory: float = 0.3
    before: float = 0.01
    platform: float = 0.98


@checked
def flags(breakdown: Any, *, limits: Limits | None = None, currency: str | None = None) -> list[Flag]:
    """Return what stands out in a run's breakdown, by period, then track.

    ``spike``: a track's streams on a platform in a month, against the months before (logarithms, median and MAD).
    ``new_territory``: a country without history has a large part of a track's streams.
    ``one_platform``: a track is heard on one platform, while the catalogue is not.
    ``price``: a stream earned much more or less than the platform's streams in that country usually do.
    """
    chosen = limits or Limits()
    _, rows = exact(breakdown, currency=currency)
    if not len(rows):
        return []
    rows = rows.assign(month=[month(str(text)) for text in rows["period"]])
    found = [
        *_spikes(rows, chosen),
        *_new_territories(rows, chosen),
        *_one_platform(rows, chosen),
        *_prices(rows, chosen),
    ]
    return sorted(found, key=lambda flag: (flag.period, flag.track_id, flag.code, flag.platform, flag.country))


def table(found: list[Flag]) -> Any:
    """Return flags as a DataFrame."""
    if not fits(found, list[Flag]):
        raise WrongKindError(f"expected a list of flags, got {kind_of(found)}; make one: flags(breakdown)")
    import pandas as pd

    return pd.DataFrame(
        {name: [getattr(flag, name) for flag in found] for name in Flag.__slots__}, columns=list(Flag.__slots__)
    )


def robust_score(value: float, others: NDArray[np.float64], *, least: float) -> tuple[float, float]:
    """Return how far a value is from the median of others, in MADs of at least ``least``, and that median.

    >>> robust_score(9.0, np.array([1.0, 2.0, 3.0]), least=0.1)
    (4.72, 2.0)
    """
    middle = float(np.median(others))
    spread = max(float(np.median(np.abs(others - middle))) * MAD, least)
    return round((value - middle) / spread, 2), middle


def _spikes(rows: Any, limits: Limits) -> Iterator[Flag]:
    sums = rows.groupby(["track_id", "platform", "month"], observed=True)["streams"].sum()
    for (track, platform), series in sums.groupby(level=[0, 1], observed=True):
        months = series.index.get_level_values("month").to_numpy()
        streams = np.maximum(series.to_numpy().astype(np.float64), 0.0)
        for place in range(limits.history, len(months)):
            if streams[place] < limits.streams:
                continue
            score, middle = robust_score(np.log1p(streams[place]), np.log1p(streams[:place]), least=0.15)
            if score >= limits.score:
                usual = float(np.expm1(middle))
                yield Flag(
                    code="spike",
                    period=period(int(months[place])),
                    track_id=str(track),
                    platform=str(platform),
                    country="",
                    seen=float(streams[place]),
                    usual=usual,
                    score=score,
                    evidence=f"{streams[place]:,.0f} streams on {platform}, against a median of {usual:,.0f} in the "
                    f"{place} months before: {streams[place] / max(usual, 1.0):,.1f} times as many",
                )


def _new_territories(rows: Any, limits: Limits) -> Iterator[Flag]:
    sums = rows.groupby(["track_id", "month", "country"], observed=True)["streams"].sum()
    for track, own in sums.groupby(level=0, observed=True):
        past: dict[str, int] = {}
        for place, (number, here) in enumerate(own.groupby(level=1, observed=True)):
            now = {str(key[2]): max(int(value), 0) for key, value in here.items()}
            whole, before = sum(now.values()), sum(past.values())
            for country, streams in now.items():
                share = streams / whole if whole else 0.0
                usual = past.get(country, 0) / before if before else 0.0
                if (
                    place >= limits.history
                    and streams >= limits.streams
                    and share >= limits.territory
                    and usual < limits.before
                ):
                    yield Flag(
                        code="new_territory",
                        period=period(int(number)),
                        track_id=str(track),
                        platform="",
                        country=country,
                        seen=share,
                        usual=usual,
                        score=share - usual,
                        evidence=f"{country or 'no country'} has {share:.0%} of the month's streams ({streams:,} of "
                        f"{whole:,}), and had {usual:.1%} in the {place} months before",
                    )
            for country, streams in now.items():
                past[country] = past.get(country, 0) + streams


def _one_platform(rows: Any, limits: Limits) -> Iterator[Flag]:
    everything = rows.groupby("platform", observed=True)["streams"].sum().clip(lower=0)
    whole = float(everything.sum())
    sums = rows.groupby(["track_id", "platform"], observed=True)["streams"].sum()
    last = rows.groupby("track_id", observed=True)["month"].max()
    for track, own in sums.groupby(level=0, observed=True):
        total = int(own.sum())
        if total < 10 * limits.streams or whole <= 0:
            continue
        platform = str(own.idxmax()[1])
        share, usual = float(own.max()) / total, float(everything[platform]) / whole
        if share >= limits.platform and usual < 0.9:
            yield Flag(
                code="one_platform",
                period=period(int(last[track])),
                track_id=str(track),
                platform=platform,
                country="",
                seen=share,
                usual=usual,
                score=share - usual,
                evidence=f"{share:.1%} of {total:,} streams are on {platform}, which has {usual:.1%} of all tracks'",
            )


def _prices(rows: Any, limits: Limits) -> Iterator[Flag]:
    keys = ["platform", "country", "track_id", "month"]
    sums = rows.groupby(keys, observed=True)[["streams", "nanos"]].sum()
    sums = sums[sums["streams"] >= limits.streams]
    if not len(sums):
        return
    price = sums["nanos"].to_numpy().astype(np.float64) / sums["streams"].to_numpy().astype(np.float64)
    for (platform, country), own in sums.assign(price=price).groupby(level=[0, 1], observed=True):
        prices = own["price"].to_numpy()
        if prices.size <= limits.history:
            continue
        for key, value in own["price"].items():
            score, usual = robust_score(float(value), prices, least=abs(float(np.median(prices))) * 0.02)
            if abs(score) >= limits.score:
                yield Flag(
                    code="price",
                    period=period(int(key[3])),
                    track_id=str(key[2]),
                    platform=str(platform),
                    country=str(country),
                    seen=float(value) * 1e-6,
                    usual=usual * 1e-6,
                    score=score,
                    evidence=f"a thousand streams earned {value * 1e-6:,.4f}, where {usual * 1e-6:,.4f} are usual on "
                    f"{platform} in {country or 'no country'} ({prices.size} values)",
                )
