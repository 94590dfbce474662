"""Run the migration steps one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from maxbooster_kernel.errors import SessionError
from maxbooster_kernel.session.schema import version

Step = Callable[[dict[str, Any]], dict[str, Any]]

STEPS: Mapping[int, Step] = {}


def migrate(
    data: dict[str, Any], *, steps: Mapping[int, Step] = STEPS, to_version: int | None = None
) -> dict[str, Any]:
    """Return the data in the form of the newest version; data of that version, or of none, are returned as they are.

    Parameters
    ----------
    data
        The JSON object of a session file.
    steps
        The step from each older version.
    to_version
        The version to reach; by default the newest this program knows.

    Raises
    ------
    SessionError
        A step is missing, or refuses the data.

    Examples
    --------
    >>> rename = lambda data: {**{k: v for k, v in data.items() if k != "title"}, "name": data["title"]}
    >>> migrate({"version": 1, "title": "Night Drive"}, steps={1: rename}, to_version=2)
    {'version': 2, 'name': 'Night Drive'}
    """
    goal = version() if to_version is None else to_version
    current = data.get("version")
    while isinstance(current, int) and not isinstance(current, bool) and current < goal:
        step = steps.get(current)
        if step is None:
            raise SessionError(f"version: there is no way from version {current} to {goal}; expected a version from 1")
        try:
            data = {**step(data), "version": current + 1}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise SessionError(f"version: the data are not of version {current}, as they say: {error!r}") from error
        current += 1
    return data
