"""A year of sales of the demo release: 100,000 lines with a long tail, a few of them wrong, and who shares in them.

Countries, platforms and weeks differ as they do in the trade: most of the money comes from few countries, most of the
lines from many; a song grows, peaks and fades. A line is what a store reports for one track, country, product and
day of its file: ``track_id, platform, country, streams, period``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from maxbooster_kernel.demo.release import isrc
from maxbooster_kernel.errors import RoyaltyError, expect_path
from maxbooster_kernel.files import writing
from maxbooster_kernel.kinds import checked

if TYPE_CHECKING:
    import pandas as pd

LINES = 100_000
PERIODS = tuple(f"2026-{month:02d}" for month in range(1, 13))
PLATFORMS = {"spotify": 0.52, "appleMusic": 0.21, "youtubeMusic": 0.16, "amazonMusic": 0.11}
COUNTRIES = {
    "US": 0.30, "UK": 0.11, "DE": 0.08, "BR": 0.075, "IN": 0.075, "CA": 0.06, "FR": 0.045, "MX": 0.045, "AU": 0.035,
    "NL": 0.025, "SE": 0.025, "ES": 0.025, "IT": 0.02, "JP": 0.02, "PL": 0.015, "ID": 0.015, "PH": 0.01, "TR": 0.01,
    "AR": 0.01, "CL": 0.005,
}  # fmt: skip
GROWTH = (0.6, 0.9, 1.5, 1.9, 1.7, 1.4, 1.2, 1.0, 0.9, 0.8, 0.75, 1.1)
TRACK_WEIGHTS = (0.72, 0.19, 0.09)
WRONG = (
    ("tidalwave", None, None),
    ("", None, None),
    (None, "n/a", None),
    (None, None, "2026-13"),
)
WRONG_LINES = 40


@checked
def sales(lines: int = LINES, *, tracks: int = 3, seed: int = 2026) -> pd.DataFrame:
    """Return a sales table of exactly ``lines`` lines over twelve periods, the same for the same arguments.

    Parameters
    ----------
    lines
        How many lines; from a few hundred on, up to 40 of them are wrong on purpose: an unknown platform, streams
        that are no number, a month that does not exist. Some good ones have no country, and some take streams back.
    tracks
        How many of the demo release's recordings are sold, 1 to 3.
    seed
        Chooses the numbers.

    Returns
    -------
    pandas.DataFrame
        Columns ``track_id, platform, country, streams, period``, all text, ordered by period.
    """
    import pandas as pd

    if lines < 1 or not 1 <= tracks <= 3:
        raise RoyaltyError(f"expected at least one line and one to three tracks, got {lines} and {tracks}")
    if seed < 0:
        raise RoyaltyError(f"expected a seed of 0 or more, got {seed}")
    rng = np.random.default_rng(seed)
    period = np.sort(rng.choice(len(PERIODS), lines, p=np.array(GROWTH) / sum(GROWTH)))
    weights = np.array(TRACK_WEIGHTS[:tracks])
    track = rng.choice(tracks, lines, p=weights / weights.sum())
    platform = rng.choice(list(PLATFORMS), lines, p=list(PLATFORMS.values()))
    share = np.array(list(COUNTRIES.values()))
    country = rng.choice(list(COUNTRIES), lines, p=share / share.sum())
    scale = np.array([1.0, 0.45, 0.2])[track] * np.array(GROWTH)[period]
    streams = np.minimum(np.floor(1.0 + 14.0 * scale * rng.pareto(1.25, lines)), 250_000).astype(np.int64)
    text = streams.astype(str).astype(object)
    country = np.where(rng.random(lines) < 0.004, "", country).astype(object)
    platform = platform.astype(object)
    months = np.array(PERIODS, object)[period]
    back = rng.random(lines) < 0.0006
    text[back] = [f"-{max(1, int(count) // 20)}" for count in streams[back]]
    for index, place in enumerate(rng.choice(lines, min(WRONG_LINES, lines // 20), replace=False)):
        wrong = WRONG[index % len(WRONG)]
        for column, value in zip((platform, text, months), wrong, strict=True):
            if value is not None:
                column[place] = value
    ids = np.array([isrc(number + 1) for number in range(tracks)], object)[track]
    return pd.DataFrame({"track_id": ids, "platform": platform, "country": country, "streams": text, "period": months})


@checked
def splits(*, tracks: int = 3) -> pd.DataFrame:
    """Return who shares in the demo release: columns ``track_id, recipient_id, percentage, valid_from, valid_to``.

    The producer's share of the title track changes in July; the third track leaves 5 percent to its owner.
    """
    import pandas as pd

    rows = [
        (isrc(1), "ada-vale", "70", "", "2026-07"),
        (isrc(1), "ben-oak", "20", "", "2026-07"),
        (isrc(1), "north-pier", "10", "", "2026-07"),
        (isrc(1), "ada-vale", "65", "2026-07", ""),
        (isrc(1), "ben-oak", "25", "2026-07", ""),
        (isrc(1), "north-pier", "10", "2026-07", ""),
        (isrc(2), "ada-vale", "33.3333", "", ""),
        (isrc(2), "ben-oak", "33.3333", "", ""),
        (isrc(2), "north-pier", "33.3334", "", ""),
        (isrc(3), "ada-vale", "85", "", ""),
        (isrc(3), "north-pier", "10", "", ""),
    ]
    names = ["track_id", "recipient_id", "percentage", "valid_from", "valid_to"]
    kept = {isrc(number + 1) for number in range(tracks)}
    return pd.DataFrame([row for row in rows if row[0] in kept], columns=names)


def terms() -> pd.DataFrame:
    """Return advances, taxes and thresholds of the demo's people, with the columns of a terms table."""
    import pandas as pd

    names = ["recipient_id", "advance", "recoup_rate", "withholding", "minimum_payout", "opening", "currency"]
    rows = [
        ("ada-vale", "400", "50", "0", "10", "0", "USD"),
        ("ben-oak", "0", "", "15", "25", "0", "USD"),
        ("north-pier", "0", "", "0", "0", "0", "USD"),
    ]
    return pd.DataFrame(rows, columns=names)


@checked
def write_sales(
    folder: str | os.PathLike[str], *, lines: int = LINES, tracks: int = 3, force: bool = True
) -> dict[str, Path]:
    """Write ``lines.csv``, ``splits.csv`` and ``terms.csv`` into a folder and return their paths by name."""
    target = expect_path(folder, "a folder for the tables")
    tables = {"lines": sales(lines, tracks=tracks), "splits": splits(tracks=tracks), "terms": terms()}
    paths = {}
    for name, table in tables.items():
        paths[name] = target / f"{name}.csv"
        with writing(paths[name], force=force) as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n")
    return paths
