"""Automation points in seconds to parameter events in frames."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from maxbooster_kernel.units import seconds_to_frames

NEARLY_A_FRAME = 1e-6


def event_frame(time_s: float, sample_rate: int) -> int:
    """Return the first frame an event at a time acts on: the next whole frame, as Web Audio does it.

    A time within a millionth of a frame after a frame is that frame: 0.1 s times a rate is rarely whole in binary.

    >>> event_frame(0.1, 44100), event_frame(0.1 + 1e-5, 44100)
    (4410, 4411)
    """
    return max(0, math.ceil(time_s * sample_rate - NEARLY_A_FRAME))


def parameter(value: float, points: Sequence[Mapping[str, Any]], sample_rate: int, *, late: int = 0) -> Any:
    """Return a graph parameter: the number, or ``{"value": ..., "events": [...]}`` when there are points.

    Its events act ``late`` frames later than at their times. Numbers are floats, and zero has no sign: what is equal in
    the session, such as -0.0 and 0, is the same here.

    Examples
    --------
    >>> parameter(0.5, [{"id": "p", "time_s": 1.0, "value": 0.9, "curve": "linear"}], 1000)
    {'value': 0.5, 'events': [{'type': 'linear', 'frame': 1000, 'value': 0.9}]}
    """
    if not points:
        return unsigned(value)
    return {"value": unsigned(value), "events": [_event(point, sample_rate, late) for point in points]}


def unsigned(value: Any) -> Any:
    """Return a number as a float that is not -0.0, and anything else as it is: who reads the graph refuses it.

    >>> unsigned(-0.0), unsigned(1), unsigned("loud")
    (0.0, 1.0, 'loud')
    """
    return value + 0.0 if type(value) in (int, float) else value


def _event(point: Mapping[str, Any], sample_rate: int, late: int) -> dict[str, Any]:
    frame = event_frame(point["time_s"], sample_rate) + late
    kind = point["curve"]
    if kind == "curve":
        duration = max(1, seconds_to_frames(point["duration_s"], sample_rate))
        values = [unsigned(value) for value in point["values"]]
        return {"type": kind, "frame": frame, "values": values, "duration": duration}
    event = {"type": kind, "frame": frame, "value": unsigned(point["value"])}
    if kind == "target":
        event["time_constant"] = unsigned(point["time_constant_s"])
    return event
