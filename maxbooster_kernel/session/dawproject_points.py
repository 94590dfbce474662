"""Automation between the two worlds: Web Audio's curves and DAWproject's hold and linear segments.

A DAWproject point says how the segment *after* it runs; a Web Audio event says how the segment *before* it ran.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

STEPS = 32

Segment = tuple[float, float, str]


def as_segments(points: Sequence[Mapping[str, Any]]) -> list[Segment]:
    """Return ``(time in seconds, value, "hold" | "linear")`` for automation points in order of time.

    Straight points come back exactly; exponential ramps, targets and value curves become ``STEPS`` short segments.

    >>> as_segments([{"time_s": 0.0, "value": 0.2, "curve": "set"}, {"time_s": 1.0, "value": 0.8, "curve": "linear"}])
    [(0.0, 0.2, 'linear'), (1.0, 0.8, 'hold')]
    """
    ordered = sorted(points, key=lambda point: float(point["time_s"]))
    plain: list[tuple[float, float, str]] = []  # (time, value, how the segment before it runs)
    for index, point in enumerate(ordered):
        following = ordered[index + 1]["time_s"] if index + 1 < len(ordered) else None
        plain.extend(_straight(point, plain[-1] if plain else None, following))
    return [
        (time_s, value, "linear" if index + 1 < len(plain) and plain[index + 1][2] == "linear" else "hold")
        for index, (time_s, value, _) in enumerate(plain)
    ]


def as_points(segments: Sequence[Segment]) -> list[dict[str, Any]]:
    """Return automation points for ``(time in seconds, value, interpolation)`` segments.

    >>> as_points([(0.0, 0.2, "linear"), (1.0, 0.8, "hold")])[1]
    {'id': 'p2', 'time_s': 1.0, 'value': 0.8, 'curve': 'linear'}
    """
    ordered = sorted(segments, key=lambda segment: segment[0])
    points = []
    for index, (time_s, value, _) in enumerate(ordered):
        curve = "linear" if index and ordered[index - 1][2] == "linear" else "set"
        points.append({"id": f"p{index + 1}", "time_s": time_s, "value": value, "curve": curve})
    return points


def _straight(point: Mapping[str, Any], before: Segment | None, following: float | None) -> list[Segment]:
    time_s, curve = float(point["time_s"]), point["curve"]
    if curve in ("set", "linear"):
        return [(time_s, float(point["value"]), curve if before else "set")]
    if curve == "exponential":
        if before is None or before[1] * float(point["value"]) <= 0.0:
            return [(time_s, float(point["value"]), "set")]
        start, first = before[0], before[1]
        ratio = float(point["value"]) / first
        return [
            (start + (time_s - start) * step / STEPS, first * ratio ** (step / STEPS), "linear")
            for step in range(1, STEPS + 1)
        ]
    if curve == "target":
        goal, constant = float(point["value"]), float(point["time_constant_s"])
        first = before[1] if before else goal
        span = min(8.0 * constant, (following - time_s) if following is not None else math.inf)
        held = [(time_s, first, "set")] if before else []
        if span <= 0.0 or constant <= 0.0:
            return [(time_s, goal, "set")]
        return held + [
            (
                time_s + span * step / STEPS,
                goal + (first - goal) * math.exp(-span * step / STEPS / constant),
                "linear",
            )
            for step in range(1, STEPS + 1)
        ]
    values, duration = [float(value) for value in point["values"]], float(point["duration_s"])
    last = len(values) - 1
    return [
        (time_s + duration * index / last, value, "linear" if index else "set") for index, value in enumerate(values)
    ]
