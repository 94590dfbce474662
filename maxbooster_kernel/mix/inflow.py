"""What flows into a unit, tile by tile, with a key that says what it is made of."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.mix.additions import Term
from maxbooster_kernel.mix.blocks import places_of
from maxbooster_kernel.mix.cache import TILE, Key, Tile, TileCache, digest
from maxbooster_kernel.mix.graph import Node
from maxbooster_kernel.mix.plan import SUMMED_TOGETHER, Edge, Plan
from maxbooster_kernel.mix.sources import Sources, clip_samples
from maxbooster_kernel.mix.sums import sum_key, sum_parts, sum_tiles

Samples = NDArray[np.float32]
Inputs = tuple[Edge, ...]
MediaKey = Callable[[str], bytes]
Cut = tuple[int, int, int]
"""Some frames of a tile: its number, the first frame, the one behind the last."""


class Inflow:
    """Gives the sums that enter units, from clips and from tiles made before.

    Parameters
    ----------
    plan, sample_rate, total
        The plan, the rate in Hz, and how many frames are rendered in all.
    sources, media_key
        Samples of media by path, and a key of their content.
    cache
        Where sums are remembered.
    made
        The tiles of every unit that has run, by unit and number of the tile.
    keep
        Keep tiles, and the sums of groups, for later edits.

    ``sums`` are those that earlier renders left, by the inputs' ``id``, the place of the first that is in them, and the
    number of the tile: they stand for what was added up. ``beside`` are the keys, by the inputs' ``id``, of sums that
    were kept for what an edit changes again.
    """

    def __init__(
        self, plan: Plan, sample_rate: int, total: int, sources: Sources, media_key: MediaKey, cache: TileCache,
        made: Mapping[str, Mapping[int, Tile]], *, keep: bool,
    ) -> None:  # fmt: skip
        self.plan, self.sample_rate, self.total = plan, sample_rate, total
        self.sources, self.media_key, self.cache, self.made = sources, media_key, cache, made
        self.keep = keep
        self.sums: dict[tuple[int, int], Mapping[int, Tile]] = {}
        self.beside: dict[int, set[Key]] = {}
        self._keys: dict[tuple[int, int], Key] = {}
        self._last: dict[str, tuple[int, Tile | None]] = {}
        self._views: dict[tuple[str, int], Tile] = {}  # of media that are held anyway
        self._silence: dict[int, Tile] = {}
        self._shapes: dict[str, Key] = {}

    def frames(self, number: int) -> int:
        """Return the length of a tile: the last one may be shorter."""
        return min(TILE, self.total - number * TILE)

    def sum_up(self, inputs: Inputs, numbers: Sequence[int]) -> None:
        """Make the sums that enter a unit, tile by tile, in one go: they are found when they are asked for."""
        for number, tile in zip(numbers, self._sums(inputs, numbers), strict=True):
            self._keys[id(inputs), number] = tile.key

    def entering(self, inputs: Inputs, number: int) -> Tile:
        """Return the sum of what enters a unit."""
        if len(inputs) == 1 and not inputs[0].gains:
            return self.edge(inputs[0], number) or self.silence(number)
        key = self._keys.get((id(inputs), number))
        return (key and self.cache.get(key)) or self._sums(inputs, [number])[0]

    def parts(
        self, inputs: Inputs, cuts: Sequence[Cut], *, keep: bool = True, outs: Sequence[Samples] | None = None
    ) -> list[Samples]:
        """Return some frames of some tiles of the sum of what enters a unit.

        What has to be made is written to ``outs``, where these are given; nobody may change what is not.
        ``keep`` the sums of groups, if the tiles are whole.
        """
        sums = self._terms(inputs, [number for number, _, _ in cuts])
        heard = [at for at, terms in enumerate(sums) if terms]
        made = sum_parts(
            [sums[at] for at in heard],
            [cuts[at][1:] for at in heard],
            self.cache,
            keep=self.keep and keep,
            outs=outs and [outs[at] for at in heard],
        )
        found = dict(zip(heard, made, strict=True))
        return [
            found[at] if at in found else self.silence(number).samples[:, begin:end]
            for at, (number, begin, end) in enumerate(cuts)
        ]

    def _sums(self, inputs: Inputs, numbers: Sequence[int]) -> list[Tile]:
        sums = self._terms(inputs, numbers)
        beside = self.beside.setdefault(id(inputs), set())
        made = iter(sum_tiles([terms for terms in sums if terms], self.cache, keep=self.keep, beside=beside))
        return [next(made) if terms else self.silence(number) for terms, number in zip(sums, numbers, strict=True)]

    def sum_key(self, edges: Inputs, number: int, *, in_pairs: bool) -> Key:
        """Return the key of the sum of up to eight inputs, added ``in_pairs`` where there are more beside them."""
        (terms,) = self._terms(edges, [number], range(len(edges)) if in_pairs else None)
        return sum_key(terms) if terms else self.silence(number).key

    def _terms(self, inputs: Inputs, numbers: Sequence[int], places: Sequence[int] | None = None) -> list[list[Term]]:
        """Return what is heard of inputs, tile by tile."""
        places = places or places_of(len(inputs))
        sums: list[list[Term]] = [[] for _ in numbers]
        for first in range(0, len(inputs), SUMMED_TOGETHER):
            known = self.sums.get((id(inputs), first)) if self.sums else None
            if known is not None:
                for terms, number in zip(sums, numbers, strict=True):
                    terms.append((places[first], (known[number], ())))
                continue
            for at, edge in enumerate(inputs[first : first + SUMMED_TOGETHER], first):
                if not edge.silent:
                    for terms, number in zip(sums, numbers, strict=True):
                        tile = self.edge(edge, number)
                        if tile is not None:
                            terms.append((places[at], (tile, edge.gains)))
        return sums

    def edge(self, edge: Edge, number: int) -> Tile | None:
        """Return a clip's or another unit's tile, before the edge's gains; None where a clip is silent."""
        clip = self.plan.clips.get(edge.source)
        if clip is None:
            return self.made[edge.source][number]
        last = self._last.get(edge.source)  # a tile is asked for twice in a row: for its key, for its samples
        if last is not None and last[0] == number:
            return last[1]
        tile = self._views.get((edge.source, number)) or self._clip(clip, number)
        self._last[edge.source] = number, tile
        if self.keep and tile is not None and tile.samples.base is not None:
            self._views[edge.source, number] = tile
        return tile

    def silence(self, number: int) -> Tile:
        """Return a tile of silence."""
        frames = self.frames(number)
        if frames not in self._silence:
            samples = np.zeros((2, frames), np.float32)
            self._silence[frames] = Tile(key=digest([b"silence", str(frames).encode()]), samples=samples)
        return self._silence[frames]

    def before(self, inputs: Inputs, frame: int, frames: int) -> Samples:
        """Return what enters a unit in the ``frames`` frames before ``frame``, which starts a tile."""
        number = frame // TILE - 1
        return self.entering(inputs, number).samples[:, -frames:]

    def _clip(self, node: Node, number: int) -> Tile | None:
        start, frames = number * TILE, self.frames(number)
        fields = node.fields
        begin = fields["start"]
        if begin >= start + frames or begin + fields["duration"] <= start:
            return None
        samples = clip_samples(node, self.sources(fields["media"]), start, frames, self.sample_rate)
        return Tile(key=digest([self._shape(node), struct.pack("<2q", begin - start, frames)]), samples=samples)

    def _shape(self, node: Node) -> Key:
        """Return the key of a clip wherever it stands."""
        if node.id not in self._shapes:
            shape = [node.fields[name] for name in ("offset", "duration", "gain", "fade_in", "fade_out")]
            described = json.dumps([self.sample_rate, *shape]).encode()
            self._shapes[node.id] = digest([b"clip", self.media_key(node.fields["media"]), described])
        return self._shapes[node.id]
