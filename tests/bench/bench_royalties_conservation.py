"""Allocate a million random pools and compare with Python integers: nothing may be lost, won or moved.

python tests/bench/bench_royalties_conservation.py
"""

from __future__ import annotations

import numpy as np

from maxbooster_kernel import money
from maxbooster_kernel.royalties.allocate import allocate_pools
from maxbooster_kernel.royalties.splits import Shares, SubSplits

CASES, PEOPLE = 1_000_000, 1000


def main() -> None:
    rng = np.random.default_rng(9)
    starts = np.zeros(CASES + 1, np.int64)
    np.cumsum(rng.integers(1, 7, CASES), out=starts[1:])
    ppm = rng.integers(1, 166_667, starts[-1])
    people = rng.integers(0, PEOPLE, starts[-1]).astype(np.int32)
    nanos = rng.integers(-4 * 10**12, 4 * 10**12, CASES)
    no_faults, everyone = np.zeros(CASES, np.uint8), np.arange(PEOPLE, dtype=np.int32)
    shares = Shares(starts=starts, recipients=people, ppm=ppm, faults=no_faults, named=everyone)
    none = np.zeros(0, np.int64)
    sub = SubSplits(
        starts=np.zeros(PEOPLE + 1, np.int64), to=none.astype(np.int32), ppm=none, faults=np.zeros(PEOPLE, np.uint8)
    )
    payouts, kept = allocate_pools(np.arange(CASES), nanos, shares, sub, PEOPLE)
    expected, wrong = [0] * PEOPLE, 0
    weights, names, bounds = ppm.tolist(), people.tolist(), starts.tolist()
    for case, (total, rest) in enumerate(zip(nanos.tolist(), kept.tolist(), strict=True)):
        mine = weights[bounds[case] : bounds[case + 1]]
        *parts, left = money.allocate(total, [*mine, money.WHOLE - sum(mine)])
        wrong += left != rest
        for name, part in zip(names[bounds[case] : bounds[case + 1]], parts, strict=True):
            expected[name] += part
    equal = expected == payouts.tolist()
    conserved = int(payouts.sum()) + int(kept.sum()) == sum(nanos.tolist())
    print(f"{CASES} cases: conserved {conserved}; recipients equal {equal}; rests that differ {wrong}")


if __name__ == "__main__":
    main()
