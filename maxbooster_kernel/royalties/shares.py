"""Share every pool: who earned what, what nobody was given, and whose splits are wrong."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.royalties.allocate import allocate_pools
from maxbooster_kernel.royalties.columns import Ids
from maxbooster_kernel.royalties.escalations import Escalator
from maxbooster_kernel.royalties.splits import SplitTable
from maxbooster_kernel.royalties.statements import Earned
from maxbooster_kernel.royalties.sums import Bucket, Pool
from maxbooster_kernel.royalties.tables import whole_numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What came of all pools, by bucket: what recipients earned, what each pool keeps, the fault of each pool."""

    earned: dict[Bucket, Earned]
    kept: dict[Bucket, NDArray[Any]]
    faults: dict[Bucket, NDArray[np.uint8]]


def share_pools(pools: Mapping[Bucket, Pool], table: SplitTable, ids: Ids, recipients: int) -> Shared:
    """Split every pool over the recipients.

    Parameters
    ----------
    pools
        What is to be shared, by bucket.
    table
        All splits.
    ids
        Track ids by number.
    recipients
        How many recipients there are.
    """
    import pyarrow.compute as pc

    places = whole_numbers(pc.index_in(ids.values, table.tracks), -1).astype(np.int64)
    buckets = list(pools)
    rows = {bucket: places[pool.tracks] for bucket, pool in pools.items()}
    shares = {bucket: table.shares(bucket[0]) for bucket in buckets}
    escalator = Escalator(table.tiers, table.variants)
    portions = {b: escalator.portions(rows[b], pools[b].streams, pools[b].nanos) for b in sorted(buckets)}

    def share(bucket: Bucket) -> tuple[NDArray[Any], NDArray[Any]]:
        mine = portions[bucket]
        nanos, rest = allocate_pools(mine.rows, mine.nanos, shares[bucket], table.sub, recipients)
        if mine.owner.size == rows[bucket].size and np.array_equal(mine.rows, rows[bucket]):
            return nanos, rest
        kept: NDArray[Any] = np.zeros(rows[bucket].size, rest.dtype)
        np.add.at(kept, mine.owner, rest)
        return nanos, kept

    with ThreadPoolExecutor() as workers:
        parts = dict(zip(buckets, workers.map(share, buckets), strict=True))
    earned = {b: Earned(nanos=nanos, named=shares[b].named) for b, (nanos, _) in parts.items()}
    faults = {}
    for bucket in buckets:
        known = shares[bucket].faults if shares[bucket].faults.size else np.zeros(1, np.uint8)
        faults[bucket] = np.where(rows[bucket] >= 0, known[rows[bucket]], 0)
    return Shared(earned=earned, kept={b: rest for b, (_, rest) in parts.items()}, faults=faults)
