"""Automation: the values of a parameter, frame by frame, in the arithmetic of an AudioParam.

An event acts from its frame on. Values are single precision and are worked out a block of 128 frames at a time,
because the browser's own rounding follows its blocks:

set
    The value from the event's frame on.
linear, exponential
    From the value at the event before, reached at the event's frame.
target
    Exponential approach with a time constant, four frames a step; it ends (snaps) at the start of a block
    when ten time constants have passed or the distance is below e**-10 of the value.
curve
    Values spread evenly over the duration, with straight lines between; the last one stays.

A ramp after a target takes its place: it starts from the target's frame and the value at that moment.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.dsp.kernel import Addresses, Doubles, Scalar, Singles, kernel

SET, LINEAR, EXPONENTIAL, TARGET, CURVE = range(5)
KINDS = {"set": SET, "linear": LINEAR, "exponential": EXPONENTIAL, "target": TARGET, "curve": CURVE}
_NO_EVENTS = np.zeros(0, np.int64)


class Timeline:
    """The automation of one parameter, evaluated in order or from any block on.

    Parameters
    ----------
    value
        The value before the first event.
    events
        Events of a compiled graph, in order of their frames.
    sample_rate
        In Hz.
    k_rate
        One value a block, that of its first frame, instead of one a frame.
    """

    def __init__(
        self, value: float, events: Sequence[Mapping[str, Any]], sample_rate: int, *, k_rate: bool = False
    ) -> None:
        ordered = sorted(events, key=lambda event: int(event["frame"]))
        self.value, self.sample_rate = np.float32(value), sample_rate
        self.events = ordered
        self._per_block = 1 if k_rate else 128
        self._kinds = _NO_EVENTS
        if not ordered:
            return
        kinds = [KINDS[event["type"]] for event in ordered]
        if kinds and kinds[0] in (LINEAR, EXPONENTIAL):
            ordered = [{"type": "set", "frame": 0, "value": float(value)}, *ordered]
            kinds = [SET, *kinds]
        self._kinds = np.array(kinds, np.int64)
        self._frames = np.array([event["frame"] for event in ordered], np.int64)
        curves = [event.get("values", ()) for event in ordered]
        self._values = np.array(
            [curve[-1] if curve else event["value"] for event, curve in zip(ordered, curves, strict=True)], np.float32
        )
        self._extra = np.array(
            [event.get("time_constant", event.get("duration", 0.0)) for event in ordered], np.float64
        )
        self._begins = np.cumsum([0, *map(len, curves)]).astype(np.int64)
        self._points = np.array([point for curve in curves for point in curve], np.float32)
        self._starts: dict[int, NDArray[np.float64]] = {}

    def fill(self, start: int, frames: int) -> NDArray[np.float32]:
        """Return the values of ``frames`` frames from ``start`` on (both multiples of 128)."""
        out = np.empty(frames // 128 * self._per_block, np.float32)
        if not len(self._kinds):
            out[:] = self.value
            return out
        state = self._state_at(start)
        self._run(out, start, state)
        self._starts[start + frames] = state
        return out

    def steady(self, start: int, frames: int) -> np.float32 | None:
        """Return the one value of all these frames where nothing moves, else None."""
        if not len(self._kinds):
            return self.value
        current = int(np.searchsorted(self._frames, start, side="right")) - 1
        following = current + 1
        if following < len(self._kinds) and (
            self._kinds[following] in (LINEAR, EXPONENTIAL) or self._frames[following] < start + frames
        ):
            return None
        if current >= 0 and self._kinds[current] in (TARGET, CURVE):
            return None
        value: np.float32 = self._values[current] if current >= 0 else self.value
        self._starts[start + frames] = np.array([value, value], np.float64)
        return value

    def _run(self, out: NDArray[np.float32], start: int, state: NDArray[np.float64]) -> None:
        fill_values(
            out, start, self._per_block, float(self.sample_rate), self._kinds, self._frames, self._values,
            self._extra, self._begins, self._points, state,
        )  # fmt: skip

    def _state_at(self, start: int) -> NDArray[np.float64]:
        """Return the running value before ``start``: remembered, or run up to from the nearest remembered start."""
        known = max((frame for frame in list(self._starts) if frame <= start), default=0)
        state = self._starts.get(known, np.array([self.value, self.value], np.float64)).copy()
        if known < start and len(self._kinds):
            self._run(np.empty((start - known) // 128 * self._per_block, np.float32), known, state)
        return state


@kernel
def fill_values(
    out: Singles,
    start: int,
    per_block: int,
    rate: Scalar,
    kinds: Addresses,
    frames: Addresses,
    values: Singles,
    extra: Doubles,
    begins: Addresses,
    points: Singles,
    state: Doubles,
) -> None:
    """Fill ``out`` with the values from frame ``start`` on, block by block.

    ``per_block`` is 128, a value a frame, or 1, the value at the start of each block (the parameter is k-rate).
    ``state`` (float64) is the last value, and the value when the current event began.
    """
    count = len(kinds)
    control = rate if per_block > 1 else rate / 128.0
    current = -1
    while current + 1 < count and frames[current + 1] < start:
        current += 1
    for first in range(0, len(out), per_block):
        block = start + first // per_block * 128
        stop = block + min(per_block, len(out) - first)
        f = block
        while f < stop:
            while current + 1 < count and frames[current + 1] <= f:
                current += 1
                if kinds[current] <= 2:
                    state[0] = values[current]
                state[1] = state[0]
            following = current + 1
            end = min(stop, frames[following]) if following < count else stop
            ramp = following < count and (kinds[following] == 1 or kinds[following] == 2)
            piece = out[first + f - block : first + end - block]
            if current < 0:
                piece[:] = np.float32(state[0])
            elif kinds[current] == 3 and not ramp:
                _target(piece, f, rate, control, frames[current], values[current], extra[current], state[0])
            elif kinds[current] == 4 and (f < frames[current] + np.int64(extra[current]) or not ramp):
                end = min(end, frames[current] + np.int64(extra[current])) if ramp else end
                piece = out[first + f - block : first + end - block]
                _curve(piece, f, frames[current], extra[current], points[begins[current] : begins[current + 1]])
            elif ramp:
                begin = frames[current] + (np.int64(extra[current]) if kinds[current] == 4 else 0)
                value = state[1] if kinds[current] == 3 else values[current]
                _ramp(piece, kinds[following], f, rate, begin, value, frames[following], values[following])
            else:
                piece[:] = values[current]
            state[0] = piece[len(piece) - 1]
            f = end


@kernel
def _ramp(
    piece: Singles, kind: int, f: int, rate: Scalar, begin: int, value1: Scalar, end: int, value2: Scalar
) -> None:
    time1, time2 = begin / rate, end / rate
    v1, v2 = np.float32(value1), np.float32(value2)
    if kind == 2:
        if v1 * v2 <= np.float32(0.0):
            piece[:] = v1
            return
        x = (f / rate - time1) / (time2 - time1)
        value = np.float64(np.float32(np.float64(v1) * math.pow(np.float64(v2) / np.float64(v1), x)))
        factor = math.pow(np.float64(np.float32(v2 / v1)), 1.0 / ((time2 - time1) * rate))
        for i in range(len(piece)):
            piece[i] = np.float32(value)
            value = value * factor
        return
    k, dv = np.float32(1.0 / (time2 - time1)), np.float32(v2 - v1)
    slope = np.float32(k * dv)
    base = np.float32(f / rate - time1)
    step = np.float32(np.float32(np.float32(4.0 / rate) * k) * dv)
    whole = len(piece) // 4 * 4
    for lane in range(min(4, whole)):
        seconds = np.float32(np.float32(np.float32(1.0 / rate) * np.float32(lane)) + base)
        v = np.float32(v1 + np.float32(seconds * slope))
        for i in range(lane, whole, 4):
            piece[i] = v
            v = np.float32(v + step)
    for i in range(whole, len(piece)):
        x = np.float32(((f + i) / rate - time1) * np.float64(k))
        piece[i] = np.float32(v1 + np.float32(x * dv))


@kernel
def _target_next(
    value: Scalar, target: Scalar, constant: Scalar, f: int, begin: int, rate: Scalar, control: Scalar
) -> Scalar:
    """Return the value of an approach at the frame after the one whose value is known."""
    if constant <= 0.0:
        return target
    v, to = np.float32(value), np.float32(target)
    if f < begin + 1:
        return np.float32(to + np.float64(v - to) * math.exp(-(f - begin) / rate / constant))
    c = np.float32(1.0 - math.exp(-1.0 / (control * constant)))
    return np.float32(v + np.float32(np.float32(to - v) * c))


@kernel
def _target(
    piece: Singles, f: int, rate: Scalar, control: Scalar, begin: int, target: Scalar, constant: Scalar, value: Scalar
) -> None:
    to = np.float32(target)
    v = np.float32(_target_next(value, target, constant, f, begin, rate, control))
    near = 4.5399929762484854e-05
    close = abs(v) < near if to == np.float32(0.0) else abs(np.float64(to - v)) < near * abs(np.float64(v))
    if constant <= 0.0 or close or (f - begin) / rate > 10.0 * constant:
        piece[:] = to
        return
    c = np.float32(1.0 - math.exp(-1.0 / (control * constant)))
    two, three, four, six = np.float32(2), np.float32(3), np.float32(4), np.float32(6)
    c2 = c * (two - c)
    c3 = c * ((c - three) * c + three)
    whole = len(piece) // 4 * 4
    for i in range(0, whole, 4):
        d = to - v
        piece[i], piece[i + 1], piece[i + 2], piece[i + 3] = v, v + d * c, v + d * c2, v + d * c3
        v = v + d * (c * (c * (c * (four - c) - six) + four))
    for i in range(whole, len(piece)):
        piece[i] = v
        v = v + (to - v) * c


@kernel
def _curve(piece: Singles, f: int, begin: int, duration: Scalar, points: Singles) -> None:
    last = len(points) - 1
    step = last / duration
    base = (f - begin) * step
    whole = len(piece) // 4 * 4
    for i in range(whole):
        x = np.float32(base) + np.float32(i) * np.float32(step)
        k = np.int64(min(x, np.float32(last)))
        a, b = points[k], points[k + 1 if k < last else k]
        piece[i] = a + (b - a) * min(x - np.float32(k), np.float32(1.0))
    for i in range(whole, len(piece)):
        x = base + i * step
        k = np.int64(x)
        if k >= last:
            piece[i] = points[last]
        else:
            a, b = np.float64(points[k]), np.float64(points[k + 1])
            piece[i] = np.float32(a + (b - a) * (x - k))
