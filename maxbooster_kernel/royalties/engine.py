"""The royalty run: lines x prices -> track pools -> shares -> statements, to the nano.

1. Lines are read in chunks and turned into numbers (:mod:`.sources`, :mod:`.encode`).
2. Streams x unit price are summed per track and period (:mod:`.sums`).
3. Each pool is split by largest remainders, through sub-splits as deep as they go (:mod:`.allocate`).
4. Balances are settled period by period under each recipient's terms (:mod:`.statements`).

Nothing is rounded before step 4, and there only to the currency's minor unit of what is paid.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

import maxbooster_kernel
from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.money import minor_digits
from maxbooster_kernel.royalties.allocate import allocate_pools
from maxbooster_kernel.royalties.breakdown import breakdown_cells
from maxbooster_kernel.royalties.columns import Ids
from maxbooster_kernel.royalties.encode import Encoder
from maxbooster_kernel.royalties.prices import PriceTable
from maxbooster_kernel.royalties.rates import price_book
from maxbooster_kernel.royalties.result import RoyaltyResult
from maxbooster_kernel.royalties.sources import open_lines
from maxbooster_kernel.royalties.splits import SplitTable, check_names, split_table
from maxbooster_kernel.royalties.statements import Earned, statement_rows
from maxbooster_kernel.royalties.sums import Bucket, LineSums, Summing
from maxbooster_kernel.royalties.tables import Source, arrow_columns, read_table, whole_numbers
from maxbooster_kernel.royalties.terms import read_terms
from maxbooster_kernel.royalties.warehouse import WarehouseRun, is_expression


def run(
    lines: Source,
    splits: Source,
    rates: Source | None = None,
    multipliers: Source | None = None,
    *,
    sub_splits: Source | None = None,
    terms: Source | None = None,
    artist: str | None = None,
    currency: str = "USD",
    country_alias: Mapping[str, str] | None = None,
    threads: int | None = None,
) -> RoyaltyResult:
    """Compute what everybody is owed for sales lines, exactly.

    Parameters
    ----------
    lines
        Table ``track_id, platform, country, streams, period`` and, for imported money, ``amount, currency``:
        a DataFrame, an Arrow table, the path of a CSV or Parquet file or of a folder of Parquet files
        (``period=YYYY-MM/...``), a list of paths, or an Ibis table on any database.
    splits
        Table ``track_id, recipient_id, percentage, valid_from, valid_to``; ranges of periods are half-open.
    rates, multipliers
        Tables ``platform, period, rate`` and ``country, multiplier``, or mappings; None takes the built-in ones.
    sub_splits
        Table ``recipient_id, to, percentage``: what recipients pass on.
    terms
        Table ``recipient_id, advance, recoup_rate, withholding, minimum_payout, opening, currency``.
    artist
        Count only this artist's lines: those whose ``artist_id`` it is or, where lines have no such column,
        those of tracks on which the artist has a split.
    currency
        Currency of what the rates earn (ISO 4217).
    country_alias
        Countries to be read as others, such as ``{"GB": "UK"}``.
    threads
        Worker threads; None takes as many as there are processors.

    Returns
    -------
    RoyaltyResult
        Tables ``payouts``, ``tracks``, ``breakdown``, ``unallocated``, ``rejected``, ``errors``, ``statements``.

    Raises
    ------
    RoyaltyError
        A table cannot be read, or money in it is not exact.

    Examples
    --------
    >>> lines = {"track_id": ["t1"], "platform": ["spotify"], "country": ["US"], "streams": [1000],
    ...          "period": ["2026-07"]}
    >>> splits = {"track_id": ["t1", "t1"], "recipient_id": ["ada", "ben"], "percentage": ["70", "30"]}
    >>> run(lines, splits).payouts["amount"].tolist()
    [Decimal('2.800000000'), Decimal('1.200000000')]
    """
    minor_digits(currency)
    aliases = dict(country_alias or {})
    book = price_book(rates, multipliers)
    table = split_table(splits, sub_splits)
    check_names(table)
    agreed = read_terms(terms, currency=currency)
    if is_expression(lines):
        keep = _kept(frozenset(lines.columns), artist, splits)
        encoder = Encoder(aliases=aliases, keep=None, money=False)
        kept_lines = lines if keep is None else lines.filter(lines[keep[0]].cast("string").isin(keep[1]))
        warehouse = WarehouseRun(kept_lines, encoder, PriceTable(book, encoder), aliases, currency)
        sums, cells, digest = warehouse.sums(), warehouse.cells, warehouse.digest
    else:
        source = open_lines(lines)
        encoder = Encoder(aliases=aliases, keep=_kept(source.columns, artist, splits), money=source.has_money)
        prices = PriceTable(book, encoder)
        sums = Summing(encoder, prices, currency=currency, threads=threads).run(source)
        cells, digest = partial(breakdown_cells, source, encoder, prices, currency), source.digest
    for code in {code for _, code in sums.pools}:
        minor_digits(code)
    ids = Ids(encoder.tracks.texts() if encoder.tracks.count else [])
    recipients = [*table.recipients]
    recipients += sorted({name for name, _ in agreed} - set(recipients))
    earned, kept, faults = _shared(sums, table, ids, len(recipients))

    def identify() -> str:
        settings = {"currency": currency, "aliases": aliases, "artist": artist, "book": book.to_dict()}
        return _identity(digest(), (splits, sub_splits, terms), settings)

    return RoyaltyResult(
        sums=sums,
        ids=ids,
        platforms=Ids(encoder.platforms.values),
        countries=Ids(encoder.countries.values),
        recipients=recipients,
        earned=earned,
        kept=kept,
        faults=faults,
        statement_parts=list(statement_rows(earned, recipients, agreed)),
        cells=cells,
        identify=identify,
    )


def _kept(columns: frozenset[str], artist: str | None, splits: Source) -> tuple[str, list[str]] | None:
    """Return the column and its values that select an artist's lines."""
    if artist is None:
        return None
    if "artist_id" in columns:
        return "artist_id", [artist]
    table = read_table(splits, name="splits", required=("track_id", "recipient_id"))
    pairs = zip(table["track_id"].to_list(), table["recipient_id"].to_list(), strict=True)
    tracks = sorted({track for track, recipient in pairs if recipient == artist})
    if not tracks:
        raise RoyaltyError(f"artist: lines have no column artist_id, and no split names {artist!r}; check the id")
    return "track_id", tracks


def _shared(
    sums: LineSums, table: SplitTable, ids: Ids, recipients: int
) -> tuple[dict[Bucket, Earned], dict[Bucket, NDArray[Any]], dict[Bucket, NDArray[np.uint8]]]:
    """Split every pool: what recipients earned, what stays unallocated, and faults of tracks, by bucket."""
    import pyarrow.compute as pc

    earned, kept, faults = {}, {}, {}
    places = whole_numbers(pc.index_in(ids.values, table.tracks), -1).astype(np.int64)
    pools = list(sums.pools.items())
    rows_of = [places[pool.tracks] for _, pool in pools]
    shares_of = [table.shares(month) for (month, _), _ in pools]

    def share(number: int) -> tuple[NDArray[Any], NDArray[Any]]:
        return allocate_pools(rows_of[number], pools[number][1].nanos, shares_of[number], table.sub, recipients)

    with ThreadPoolExecutor() as workers:
        parts = list(workers.map(share, range(len(pools))))
    for (bucket, _), rows, shares, (nanos, rest) in zip(pools, rows_of, shares_of, parts, strict=True):
        kept[bucket] = rest
        earned[bucket] = Earned(nanos=nanos, named=shares.named)
        known = shares.faults if shares.faults.size else np.zeros(1, np.uint8)
        faults[bucket] = np.where(rows >= 0, known[rows], 0)
    return earned, kept, faults


def _identity(lines: str, tables: tuple[Source | None, ...], settings: dict[str, Any]) -> str:
    """Return the hash of all inputs of a run."""
    hasher = hashlib.sha256(f"maxbooster {maxbooster_kernel.__version__}\n".encode())
    hasher.update(json.dumps(settings, sort_keys=True).encode())
    hasher.update(lines.encode())
    for table in tables:
        columns = {} if table is None else arrow_columns(table, "table")
        for name in columns:
            values = read_table({name: columns[name].to_pylist()}, name="table", required=(name,))[name]
            hasher.update(json.dumps([name, values.to_list()]).encode())
    return hasher.hexdigest()
