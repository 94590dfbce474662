"""Allocate a million random pools and compare with Python integers: nothing may be lost, won or moved.

python tests/bench/bench_royalties_conservation.py

Half of the cases go to recipients who keep what they get, half through sub-splits up to four levels deep.
"""

from __future__ import annotations

import numpy as np

from maxbooster_kernel import money
from maxbooster_kernel.royalties.allocate import allocate_pools
from maxbooster_kernel.royalties.splits import Shares, SubSplits

CASES, PEOPLE = 500_000, 1000


def sub_splits(rng: np.random.Generator, nested: bool) -> SubSplits:
    """Return what people pass on: nothing, or every fifth of them something to people of higher numbers."""
    counts = np.zeros(PEOPLE, np.int64)
    if nested:
        counts[: PEOPLE - 300 : 5] = rng.integers(1, 4, len(range(0, PEOPLE - 300, 5)))
    starts = np.zeros(PEOPLE + 1, np.int64)
    np.cumsum(counts, out=starts[1:])
    payers = np.repeat(np.arange(PEOPLE), counts)
    to = (payers + rng.integers(1, 300, payers.size)).astype(np.int32)
    ppm = rng.integers(1, 333_333, payers.size)
    return SubSplits(starts=starts, to=to, ppm=ppm, faults=np.zeros(PEOPLE, np.uint8))


def pass_on(amount: int, person: int, sub: list[list[tuple[int, int]]], expected: list[int]) -> None:
    """Give an amount to a person and all whom the person passes something on to."""
    weights = [ppm for _, ppm in sub[person]]
    *parts, rest = money.allocate(amount, [*weights, money.WHOLE - sum(weights)]) if weights else (amount,)
    expected[person] += rest
    for (child, _), part in zip(sub[person], parts, strict=True):
        pass_on(part, child, sub, expected)


def run(seed: int, *, nested: bool) -> None:
    rng = np.random.default_rng(seed)
    starts = np.zeros(CASES + 1, np.int64)
    np.cumsum(rng.integers(1, 7, CASES), out=starts[1:])
    ppm = rng.integers(1, 166_667, starts[-1])
    people = rng.integers(0, PEOPLE, starts[-1]).astype(np.int32)
    nanos = rng.integers(-4 * 10**12, 4 * 10**12, CASES)
    no_faults, everyone = np.zeros(CASES, np.uint8), np.arange(PEOPLE, dtype=np.int32)
    shares = Shares(starts=starts, recipients=people, ppm=ppm, faults=no_faults, named=everyone)
    given = sub_splits(rng, nested)
    payouts, kept = allocate_pools(np.arange(CASES), nanos, shares, given, PEOPLE)
    sub = [
        list(zip(given.to[a:b].tolist(), given.ppm[a:b].tolist(), strict=True))
        for a, b in zip(given.starts[:-1].tolist(), given.starts[1:].tolist(), strict=True)
    ]
    expected, wrong = [0] * PEOPLE, 0
    weights, names, bounds = ppm.tolist(), people.tolist(), starts.tolist()
    for case, (total, rest) in enumerate(zip(nanos.tolist(), kept.tolist(), strict=True)):
        mine = weights[bounds[case] : bounds[case + 1]]
        *parts, left = money.allocate(total, [*mine, money.WHOLE - sum(mine)])
        wrong += left != rest
        for name, part in zip(names[bounds[case] : bounds[case + 1]], parts, strict=True):
            pass_on(part, name, sub, expected)
    equal = expected == payouts.tolist()
    conserved = int(payouts.sum()) + int(kept.sum()) == sum(nanos.tolist())
    print(
        f"{CASES} cases, {'nested' if nested else 'plain'}: conserved {conserved}; recipients equal {equal}; "
        f"rests that differ {wrong}"
    )


if __name__ == "__main__":
    run(9, nested=False)
    run(10, nested=True)
