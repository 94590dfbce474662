"""The royalty run: lines x prices -> track pools -> shares -> statements, to the nano.

1. Lines are read in chunks and turned into numbers (:mod:`.sources`, :mod:`.encode`).
2. Streams x unit price are summed per track and period (:mod:`.sums`).
3. Streams that no platform pays are left out (:mod:`.eligibility`), profit-share contracts recover their costs
   (:mod:`.costs`), pools that cross a threshold are divided (:mod:`.escalations`): each only where it is asked for.
4. Each pool is split by largest remainders, through sub-splits as deep as they go (:mod:`.allocate`).
5. Earnings become the currency of the payout, if that is another one (:mod:`.exchange`).
6. Balances are settled period by period under each recipient's terms (:mod:`.statements`).

Nothing is rounded before step 5, and in step 6 only what is paid, to the currency's minor unit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

import maxbooster_kernel
from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.money import minor_digits
from maxbooster_kernel.royalties.breakdown import breakdown_cells
from maxbooster_kernel.royalties.columns import Ids
from maxbooster_kernel.royalties.costs import read_costs, recover
from maxbooster_kernel.royalties.eligibility import Eligibility, Exclusion
from maxbooster_kernel.royalties.encode import Encoder
from maxbooster_kernel.royalties.escalations import read_escalations
from maxbooster_kernel.royalties.exchange import check_terms, convert, read_exchange, read_pay_in
from maxbooster_kernel.royalties.prices import PriceTable
from maxbooster_kernel.royalties.rates import HOME, price_book
from maxbooster_kernel.royalties.reserves import read_reserves
from maxbooster_kernel.royalties.result import Agreement, RoyaltyResult
from maxbooster_kernel.royalties.shares import share_pools
from maxbooster_kernel.royalties.sources import open_lines
from maxbooster_kernel.royalties.splits import check_names, split_table
from maxbooster_kernel.royalties.statements import statement_rows
from maxbooster_kernel.royalties.sums import Bucket, Summing
from maxbooster_kernel.royalties.tables import Source, arrow_columns, read_table, release_memory
from maxbooster_kernel.royalties.terms import read_terms
from maxbooster_kernel.royalties.warehouse import WarehouseRun, is_expression


@checked
def run(
    lines: Source,
    splits: Source,
    rates: Source | None = None,
    multipliers: Source | None = None,
    *,
    sub_splits: Source | None = None,
    terms: Source | None = None,
    artist: str | None = None,
    currency: str | None = None,
    country_alias: Mapping[str, str] | None = None,
    contracts: Source | None = None,
    costs: Source | None = None,
    reserves: Source | None = None,
    escalations: Source | None = None,
    eligibility: Mapping[str, Eligibility] | None = None,
    exchange: Source | None = None,
    pay_in: Source | None = None,
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
        Table ``recipient_id, advance, recoup_rate, withholding, minimum_payout, opening, currency, reserve_rate,
        reserve_months``.
    artist
        Count only this artist's lines: those whose ``artist_id`` it is or, where lines have no such column,
        those of tracks on which the artist has a split.
    currency
        Currency of what the rates earn (ISO 4217); None is USD, in which the built-in ones are.
    country_alias
        Countries to be read as others, such as ``{"GB": "UK"}``.
    contracts
        Table ``track_id, type, contract_id``: tracks whose contract is a ``profit_share``; others are a ``royalty``.
    costs
        Table ``period, amount, recipient_id, contract_id, currency``: what a recipient bears, or a profit-share
        contract recovers.
    reserves
        Table ``recipient_id, release, amount, currency``: what earlier runs hold back (their ``reserves``).
    escalations
        Table ``track_id, recipient_id, from_streams, percentage, streams_before``.
    eligibility
        Policy by platform, such as ``{"spotify": min_streams_12m(1000)}``.
    exchange
        Table ``currency, to, period, rate, source``.
    pay_in
        Currency of everybody's payouts, or a mapping or table ``recipient_id, currency``; others are paid as earned.
    threads
        Worker threads; None takes as many as there are processors.

    Returns
    -------
    RoyaltyResult
        Tables ``payouts``, ``tracks``, ``breakdown``, ``unallocated``, ``rejected``, ``errors``, ``statements``, and
        where they are asked for ``ineligible``, ``recoveries``, ``conversions`` and ``reserves``.

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
    assumed = [f"currency {HOME} (of the rates)"] if currency is None and rates is not None else []
    currency = currency or HOME
    minor_digits(currency)
    aliases = dict(country_alias or {})
    book = price_book(rates, multipliers)
    table = split_table(splits, sub_splits, read_escalations(escalations))
    check_names(table)
    policies, homes = dict(eligibility or {}), read_pay_in(pay_in)
    agreed = read_terms(terms, currency=currency)
    check_terms(agreed, homes)
    charged = read_costs(costs, contracts, currency=currency)
    held = read_reserves(reserves, currency=currency)
    worth = read_exchange(exchange)
    if is_expression(lines):
        keep = _kept(frozenset(lines.columns), artist, splits)
        encoder = Encoder(aliases=aliases, keep=None, money=False)
        kept_lines = lines if keep is None else lines.filter(lines[keep[0]].cast("string").isin(keep[1]))
        warehouse = WarehouseRun(kept_lines, encoder, PriceTable(book, encoder), aliases, currency)
        sums, cells, digest, priced = warehouse.sums(), warehouse.cells, warehouse.digest, True
    else:
        source = open_lines(lines)
        encoder = Encoder(aliases=aliases, keep=_kept(source.columns, artist, splits), money=source.has_money)
        prices = PriceTable(book, encoder)
        release_memory()  # of the small tables, before the lines come
        sums = Summing(encoder, prices, currency=currency, threads=threads).run(source)
        release_memory()
        cells, digest = partial(breakdown_cells, source, encoder, prices, currency), source.digest
        priced = not source.has_money
        assumed = [*source.assumed, *(assumed if priced else ())]
    for code in {code for _, code in sums.pools}:
        minor_digits(code)
    excluded = []
    if policies:
        exclusion = Exclusion(cells, encoder.platforms.values, policies)
        sums = exclusion.apply(sums)
        cells, excluded = exclusion.cells, exclusion.excluded
    ids = Ids(encoder.tracks.texts() if encoder.tracks.count else [])
    owing = {name for found in charged.recipients.values() for name in found}
    others = {name for name, _ in agreed} | owing | held.recipients()
    recipients = [*table.recipients, *sorted(others - set(table.recipients))]
    net, recoveries = recover(sums.pools, charged, ids) if charged.tracks else (sums.pools, [])
    shared = share_pools(net, table, ids, len(recipients))
    settled, conversions = convert(shared.earned, recipients, worth, homes)
    statements = list(statement_rows(settled, recipients, agreed, _settled_in(charged.recipients, homes), held))

    def identify() -> str:
        settings = {"currency": currency, "aliases": aliases, "artist": artist, "book": book.to_dict()}
        extra = {"eligibility": {name: asdict(policy) for name, policy in policies.items()}, "pay_in": homes}
        inputs = (splits, sub_splits, terms, contracts, costs, reserves, escalations, exchange)
        return _identity(digest(), inputs, {**settings, **{name: value for name, value in extra.items() if value}})

    return RoyaltyResult(
        sums=sums,
        ids=ids,
        platforms=Ids(encoder.platforms.values),
        countries=Ids(encoder.countries.values),
        recipients=recipients,
        earned=shared.earned,
        kept=shared.kept,
        faults=shared.faults,
        settled=settled,
        excluded=excluded,
        recovered=recoveries,
        converted=conversions,
        held=held,
        statement_parts=statements,
        cells=cells,
        identify=identify,
        assumed=tuple(assumed),
        agreement=Agreement(book=book, splits=table, terms=agreed, priced=priced),
    )


def _settled_in(
    costs: Mapping[Bucket, Mapping[str, int]], homes: Mapping[str, str] | str
) -> Mapping[Bucket, Mapping[str, int]]:
    """Return recipients' costs, refusing those in a currency in which the recipient has no statements."""
    for (_, code), found in costs.items():
        for name in found:
            home = homes if isinstance(homes, str) else homes.get(name, "")
            if home and home != code:
                raise RoyaltyError(f"costs: {name!r} is paid in {home}, got a cost in {code}; give it in {home}")
    return costs


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
