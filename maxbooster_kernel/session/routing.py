"""Where the signals of strips go: in which order strips stand, and which feeds which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from maxbooster_kernel.errors import SessionError
from maxbooster_kernel.session.compile_strip import MASTER, Record

Route = tuple[str, tuple[str, ...], str | None]
"""What a strip says of its signal: the strip's id, its output and the buses that it sends to, its compressor's key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """Strips by their places in the session, the master last.

    ``order`` is the order of the signal; ``feeders`` are the strips that each takes in, None for a track; ``keys`` is
    whose signal keys its compressor; ``readers`` are those that depend on it.
    """

    order: tuple[int, ...]
    feeders: tuple[tuple[int, ...] | None, ...]
    keys: tuple[int | None, ...]
    readers: tuple[tuple[int, ...], ...]


def route(strip: Record) -> Route:
    """Return where a track's or a bus's signal goes."""
    targets = (strip["output"], *[send["bus"] for send in strip["sends"]])
    return strip["id"], targets, (strip["compressor"] or {}).get("key")


@lru_cache(maxsize=64)
def routing(routes: tuple[Route, ...], tracks: int) -> Routing:
    """Return how strips are routed, of which the first ``tracks`` are tracks, the others buses.

    Raises
    ------
    SessionError
        The signal runs in a circle.
    """
    places = {name: place for place, (name, _, _) in enumerate(routes)}
    every = range(len(routes))
    into = {MASTER: [place for place in every if MASTER in routes[place][1]]}
    feeders: list[tuple[int, ...] | None] = [None] * tracks
    for name, _, _ in routes[tracks:]:
        into[name] = [place for place in every if name in routes[place][1]]
        feeders.append(tuple(into[name]))
    feeders.append(tuple(into[MASTER]))
    keys = [None if key is None else places[key] for _, _, key in routes] + [None]
    readers: list[list[int]] = [[] for _ in [*every, MASTER]]
    for place, (fed, key) in enumerate(zip(feeders, keys, strict=True)):
        for read in (*(fed or ()), *(() if key is None else (key,))):
            readers[read].append(place)
    order = _signal_order(routes, places)
    return Routing(
        order=(*order, len(routes)), feeders=tuple(feeders), keys=tuple(keys), readers=tuple(map(tuple, readers))
    )


def _signal_order(routes: Sequence[Route], places: dict[str, int]) -> list[int]:
    """Return the strips so that each stands after those that feed it or key its compressor, else in given order."""
    needs: list[set[int]] = [set() if key is None else {places[key]} for _, _, key in routes]
    for place, (_, targets, _) in enumerate(routes):
        for target in targets:
            if target != MASTER:
                needs[places[target]].add(place)
    order: dict[int, None] = {}
    waiting = list(range(len(routes)))
    while waiting:
        ready = next((place for place in waiting if needs[place] <= order.keys()), None)
        if ready is None:
            names = ", ".join(routes[place][0] for place in waiting)
            raise SessionError(f"outputs, sends and keys: the signal runs in a circle among {names}; open one of them")
        waiting.remove(ready)
        order[ready] = None
    return [*order]
