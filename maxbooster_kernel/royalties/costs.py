"""Costs: what recipients owe for studios and videos, and what profit-share contracts recover before they share.

Two types of contract. Under ``royalty`` a track's pool is shared as it is, and costs are a recipient's own: they are
taken from its balance in the period they are dated. Under ``profit_share`` the costs of a contract come out of the
pools of its tracks first, period after period until they are recovered, and only the profit is shared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.money import allocate, minor_digits, to_nanos
from maxbooster_kernel.royalties import periods
from maxbooster_kernel.royalties.columns import Ids
from maxbooster_kernel.royalties.sums import Bucket, Pool
from maxbooster_kernel.royalties.tables import Source, read_table, rows, whole_numbers

TYPES = ("royalty", "profit_share")


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Costs of a run in nanos: of recipients and of profit-share contracts, by bucket; and the contracts' tracks."""

    recipients: Mapping[Bucket, Mapping[str, int]] = field(default_factory=dict)
    contracts: Mapping[Bucket, Mapping[str, int]] = field(default_factory=dict)
    tracks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What one profit-share contract recovered in one bucket, in nanos; ``parts`` is by track id."""

    bucket: Bucket
    contract: str
    opening: int
    added: int
    recovered: int
    parts: Mapping[str, int]

    @property
    def left(self) -> int:
        """Return the costs that later income has to cover."""
        return self.opening + self.added - self.recovered


def read_costs(costs: Source | None, contracts: Source | None, *, currency: str) -> Costs:
    """Return the costs and contracts of two tables.

    Parameters
    ----------
    costs
        Table ``period, amount`` and ``recipient_id`` or ``contract_id``, ``currency``; a negative amount gives an
        earlier cost back.
    contracts
        Table ``track_id, type, contract_id``; ``type`` is ``royalty`` (as for tracks that are not named) or
        ``profit_share``; an empty ``contract_id`` is the track's own.
    currency
        What an empty currency stands for.

    Raises
    ------
    RoyaltyError
        A row names both or neither of a recipient and a contract, a contract without profit share, or no period.
    """
    tracks, kinds = _contracts(contracts)
    mine: dict[Bucket, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    shared: dict[Bucket, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    names = ("period", "amount", "recipient_id", "contract_id", "currency")
    found = [] if costs is None else rows(_cost_table(costs, names), *names)
    for number, (when, amount, recipient, contract, code) in enumerate(found):
        where = f"costs, row {number}"
        month = periods.month(when)
        if month == periods.BAD:
            raise RoyaltyError(f"{where}, period: expected YYYY-MM, got {when!r}")
        if bool(recipient) == bool(contract):
            raise RoyaltyError(
                f"{where}: expected a recipient_id or a contract_id, got {'both' if contract else 'none'}"
            )
        if contract and kinds.get(contract) != "profit_share":
            raise RoyaltyError(
                f"{where}, contract_id: {contract!r} is no profit-share contract; name the recipient who bears the cost"
            )
        minor_digits(code or currency)
        nanos = to_nanos(amount, what=f"{where}, amount")
        (shared if contract else mine)[month, code or currency][contract or recipient] += nanos
    return Costs(recipients=mine, contracts=shared, tracks=tracks)


def _cost_table(source: Source, names: tuple[str, ...]) -> Any:
    return read_table(source, name="costs", required=names[:2], optional=names[2:], money=("amount",))


def _contracts(source: Source | None) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Return the tracks of every profit-share contract, and the type of every contract."""
    if source is None:
        return {}, {}
    table = read_table(source, name="contracts", required=("track_id", "type"), optional=("contract_id",))
    tracks: dict[str, list[str]] = defaultdict(list)
    kinds: dict[str, str] = {}
    seen: set[str] = set()
    for number, (track, kind, name) in enumerate(rows(table, "track_id", "type", "contract_id")):
        where, contract = f"contracts, row {number}", name or track
        if kind not in TYPES:
            raise RoyaltyError(f"{where}, type: expected royalty or profit_share, got {kind!r}")
        if not track or track in seen:
            raise RoyaltyError(f"{where}, track_id: expected each track once, got {track!r} {'again' if track else ''}")
        if kinds.setdefault(contract, kind) != kind:
            raise RoyaltyError(f"{where}, type: contract {contract!r} is {kinds[contract]} in an earlier row")
        seen.add(track)
        if kind == "profit_share":
            tracks[contract].append(track)
    return {contract: tuple(names) for contract, names in tracks.items()}, kinds


def recover(pools: Mapping[Bucket, Pool], costs: Costs, ids: Ids) -> tuple[dict[Bucket, Pool], list[Recovery]]:
    """Take the costs of profit-share contracts out of the pools of their tracks.

    Parameters
    ----------
    pools
        What tracks earned by bucket.
    costs
        The run's costs.
    ids
        Track ids by number.

    Returns
    -------
    tuple
        The pools that are shared, and what every contract recovered in every bucket that concerns it.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    names = [name for tracks in costs.tracks.values() for name in tracks]
    places = whole_numbers(pc.index_in(pa.array(names, pa.string()), ids.values), -1).tolist()
    numbers = dict(zip(names, places, strict=True))
    net, found = dict(pools), []
    left: dict[tuple[str, str], int] = defaultdict(int)
    for bucket in sorted({*pools, *costs.contracts}):
        pool = pools.get(bucket)
        added = costs.contracts.get(bucket, {})
        for contract in sorted(costs.tracks):
            key = (contract, bucket[1])
            opening, cost = left[key], added.get(contract, 0)
            due = opening + cost
            if due == cost == 0:
                continue
            income = _income(pool, [(name, numbers[name]) for name in costs.tracks[contract]])
            recovered = max(0, min(due, sum(income.values())))
            parts = dict(zip(income, allocate(recovered, list(income.values())), strict=True)) if recovered else {}
            if parts and pool is not None:
                nanos = net[bucket].nanos.copy()
                places = np.searchsorted(pool.tracks, [numbers[name] for name in parts])
                for place, part in zip(places.tolist(), parts.values(), strict=True):
                    nanos[place] -= part
                net[bucket] = Pool(tracks=pool.tracks, streams=pool.streams, nanos=nanos)
            left[key] = due - recovered
            found.append(
                Recovery(
                    bucket=bucket, contract=contract, opening=opening, added=cost, recovered=recovered, parts=parts
                )
            )
    return net, found


def _income(pool: Pool | None, tracks: list[tuple[str, int]]) -> dict[str, int]:
    """Return what a contract's tracks earned, those that earned nothing left out."""
    if pool is None:
        return {}
    places = np.searchsorted(pool.tracks, [number for _, number in tracks]).tolist()
    found = {
        name: int(pool.nanos[place])
        for (name, number), place in zip(tracks, places, strict=True)
        if place < pool.tracks.size and pool.tracks[place] == number
    }
    return {name: nanos for name, nanos in found.items() if nanos > 0}
