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
from maxbooster_kernel.royalties.escalations import Escalator, Portions
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

    places = whole_numbers(pc.index_in(ids.values, table.tracks), -1).astype(np.int32)
    buckets = sorted(pools)
    shares = {bucket: table.shares(bucket[0]) for bucket in buckets}
    escalator = Escalator(table.tiers, table.variants)
    divided = {
        bucket: escalator.portions(places[pools[bucket].tracks], pools[bucket].streams, pools[bucket].nanos)
        for bucket in (buckets if table.tiers else ())
    }

    def share(bucket: Bucket) -> tuple[Earned, NDArray[Any], NDArray[np.uint8]]:
        mine, pool = shares[bucket], pools[bucket]
        rows = places[pool.tracks]
        known = mine.faults if mine.faults.size else np.zeros(1, np.uint8)
        faults = np.where(rows >= 0, known[rows], 0)
        portions = divided.get(bucket) or Portions(rows=rows, nanos=pool.nanos)
        nanos, rest = allocate_pools(portions.rows, portions.nanos, mine, table.sub, recipients)
        kept = rest
        if portions.owner is not None:
            kept = np.zeros(rows.size, rest.dtype)
            np.add.at(kept, portions.owner, rest)
        return Earned(nanos=nanos, named=mine.named), kept, faults

    with ThreadPoolExecutor() as workers:
        parts = dict(zip(buckets, workers.map(share, buckets), strict=True))
    earned = {bucket: found for bucket, (found, _, _) in parts.items()}
    kept = {bucket: rest for bucket, (_, rest, _) in parts.items()}
    faults = {bucket: found for bucket, (_, _, found) in parts.items()}
    return Shared(earned=earned, kept=kept, faults=faults)
