"""Add samples up, tile by tile, in the order the graph says, remembering the sums of groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.dsp.kernel import Addresses, Singles, kernel
from maxbooster_kernel.dsp.lanes import singles_at
from maxbooster_kernel.mix.cache import Tile, TileCache, digest
from maxbooster_kernel.mix.plan import SUMMED_TOGETHER

Part = tuple[Tile, tuple[np.float32, ...]]


def sum_tile(parts: Sequence[Part], cache: TileCache) -> Tile:
    """Return the sum of tiles times their gains; more than eight are added in groups of eight.

    A single part at full level is returned as it is, a sum made before is found in the cache.
    """
    if len(parts) == 1 and all(gain == 1 for gain in parts[0][1]):
        return parts[0][0]
    if len(parts) > SUMMED_TOGETHER:
        groups = [parts[i : i + SUMMED_TOGETHER] for i in range(0, len(parts), SUMMED_TOGETHER)]
        return sum_tile([(sum_tile(group, cache), ()) for group in groups], cache)
    gains = [np.array(gain, np.float32).tobytes() for _, gain in parts]
    key = digest([b"sum", *(tile.key for tile, _ in parts), *gains])
    known = cache.get(key)
    if known is None:
        known = Tile(key=key, samples=add([(tile.samples, gain) for tile, gain in parts]))
        cache.put(known)
    return known


def add(parts: Sequence[tuple[NDArray[np.float32], Sequence[np.float32]]]) -> NDArray[np.float32]:
    """Return the sum of up to eight arrays (2, frames), each times its gains one after the other."""
    out = np.empty(parts[0][0].shape, np.float32)
    depth = max(len(gains) for _, gains in parts)
    factors = np.ones((len(parts), depth), np.float32)
    addresses = np.empty((len(parts), 2), np.int64)
    for row, (samples, gains) in enumerate(parts):
        factors[row, : len(gains)] = gains
        address = samples.__array_interface__["data"][0]
        addresses[row] = address, address + samples.strides[0]
    add_in_order(addresses, factors, out)
    return out


@kernel
def add_in_order(addresses: Addresses, factors: Singles, out: Singles) -> None:
    """Fill ``out`` with the sum of the rows of samples at ``addresses`` (parts, 2), in order, in pieces."""
    frames = out.shape[1]
    for channel in range(2):
        for begin in range(0, frames, 2048):
            end = min(begin + 2048, frames)
            total = out[channel, begin:end]
            for part in range(addresses.shape[0]):
                samples = singles_at(addresses[part, channel], frames)[begin:end]
                gains = factors[part]
                if len(gains) == 1:
                    gain = gains[0]
                    if part == 0:
                        for i in range(end - begin):
                            total[i] = samples[i] * gain
                    else:
                        for i in range(end - begin):
                            total[i] += samples[i] * gain
                else:
                    for i in range(end - begin):
                        value = samples[i]
                        for gain in gains:
                            value = value * gain
                        total[i] = value if part == 0 else total[i] + value
