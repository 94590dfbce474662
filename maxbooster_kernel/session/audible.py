"""Who is heard: mute, and solo in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def heard_strips(strips: Sequence[Mapping[str, Any]]) -> dict[str, tuple[bool, bool]]:
    """Return for each strip whether it is heard at all, and whether its main output is.

    Without a solo, every strip that is not muted is heard. With one or more, heard are the soloed strips,
    the buses they run into, and the strips that run into a soloed bus; of a strip that reaches the soloed bus
    by a send alone, the sends are heard and the main output is not.

    Parameters
    ----------
    strips
        Tracks and buses of a session snapshot.

    Examples
    --------
    >>> def strip(name, solo, sends=()):
    ...     return {"id": name, "mute": False, "solo": solo, "output": "master", "sends": [{"bus": b} for b in sends]}
    >>> heard_strips([strip("drums", False, ["verb"]), strip("bass", False), strip("verb", True)])
    {'drums': (True, False), 'bass': (False, False), 'verb': (True, True)}
    """
    soloed = {strip["id"] for strip in strips if strip["solo"]}
    if not soloed:
        return {strip["id"]: (not strip["mute"], not strip["mute"]) for strip in strips}
    targets = {strip["id"]: {strip["output"], *(send["bus"] for send in strip["sends"])} for strip in strips}
    below = _grow(set(soloed), targets, forwards=True)
    above = _grow(set(soloed), targets, forwards=False)
    main = {strip["id"]: strip["id"] in below or strip["output"] in above for strip in strips}
    return {
        strip["id"]: (
            not strip["mute"] and strip["id"] in below | above,
            not strip["mute"] and main[strip["id"]],
        )
        for strip in strips
    }


def _grow(found: set[str], targets: Mapping[str, set[str]], *, forwards: bool) -> set[str]:
    """Add to a set of strips all those after them (or before them) in the signal's way."""
    size = -1
    while size != len(found):
        size = len(found)
        for name, after in targets.items():
            if forwards and name in found:
                found |= after & targets.keys()
            elif not forwards and after & found:
                found.add(name)
    return found
