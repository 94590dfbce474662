"""What a frame from a client is, and who may send it: pure functions on bytes, suspicious of every one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final, Literal

from pycrdt import Decoder

Kind = Literal["question", "write", "awareness", "save", "confirm", "other"]

SYNC: Final = 0
AWARENESS: Final = 1
RAW: Final = 2
STEP1: Final = 0
WRITES: Final = (1, 2)
MAX_AWARENESS: Final = 64 * 1024
MAX_CLIENT: Final = 2**53 - 1
MAX_CLOCK: Final = 2**32 - 1


def kind_of(frame: object) -> Kind:
    """Return what a frame asks for; anything that is not exactly one well-formed message is ``other``.

    Examples
    --------
    >>> kind_of(bytes([0, 0, 1, 0])), kind_of(bytes([0, 2, 2, 0, 0])), kind_of(bytes([0x80, 0, 0])), kind_of("text")
    ('question', 'write', 'other', 'other')
    """
    if not isinstance(frame, bytes) or len(frame) < 2:
        return "other"
    try:
        if frame[0] == SYNC and frame[1] in (STEP1, *WRITES):
            content = _only(frame[2:])
            if frame[1] in WRITES:
                return "write"
            _check_state_vector(content)
            return "question"
        if frame[0] == AWARENESS and len(frame) <= MAX_AWARENESS:
            states(frame)
            return "awareness"
        if frame[0] == RAW:
            return _request(frame)
    except (ValueError, IndexError, KeyError, RuntimeError, RecursionError, OverflowError):
        return "other"
    return "other"


def states(frame: bytes) -> dict[int, tuple[int, object]]:
    """Return the clock and state of each client in an awareness frame.

    Raises
    ------
    ValueError
        The frame is malformed.
    """
    decoder = Decoder(_only(frame[1:]))
    found: dict[int, tuple[int, object]] = {}
    for _ in range(decoder.read_var_uint()):
        client, clock, text = decoder.read_var_uint(), decoder.read_var_uint(), decoder.read_var_string()
        state = json.loads(text)
        if state is not None and not isinstance(state, dict):
            raise ValueError("a state must be an object or null")
        found[client] = clock, state
    return found


def number_in(frame: bytes) -> int:
    """Return the number of a request to save or to confirm, with which it is answered.

    >>> number_in(bytes([2, 4]) + b"save" + bytes([7]))
    7
    """
    decoder = Decoder(frame[1:])
    decoder.read_var_string()
    return decoder.read_var_uint()


def may_send(kind: Kind, role: str) -> bool:
    """Tell whether a role may send a kind of frame: viewers ask and are seen, and nothing else."""
    return kind in ("question", "awareness", "confirm") or (kind in ("write", "save") and role in ("owner", "editor"))


@dataclass(slots=True)
class Budget:
    """How much one client may send: a bucket that fills at ``rate`` a second, up to ``burst``.

    Examples
    --------
    >>> budget = Budget(rate=1.0, burst=2.0)
    >>> [budget.take(1.0, now=0.0) for _ in range(3)], budget.take(1.0, now=1.5)
    ([True, True, False], True)
    """

    rate: float
    burst: float
    level: float = -1.0
    filled_at: float = 0.0

    def take(self, amount: float, *, now: float) -> bool:
        """Take an amount out, if it is there; ``now`` is in seconds and never goes back."""
        level = self.burst if self.level < 0 else min(self.burst, self.level + (now - self.filled_at) * self.rate)
        self.filled_at = now
        self.level = level - amount if level >= amount else level
        return level >= amount


def _check_state_vector(content: bytes) -> None:
    """Raise ValueError unless ``content`` is one state vector: a count, then that many (client, clock) pairs."""
    numbers: list[int] = []
    value = shift = 0
    for byte in content:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(value)
            value = shift = 0
    if shift or not numbers or len(numbers) != 1 + 2 * numbers[0]:
        raise ValueError("the state vector is not as long as it says")
    if any(client > MAX_CLIENT for client in numbers[1::2]) or any(clock > MAX_CLOCK for clock in numbers[2::2]):
        raise ValueError("the state vector holds a number that is too large")


def _only(data: bytes) -> bytes:
    """Return the content of a frame that is a length and that many bytes, and nothing after them."""
    length = shift = 0
    for index, byte in enumerate(data[:6]):
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            content = data[index + 1 :]
            if len(content) != length:
                raise ValueError("the frame's length is not what it says")
            return content
    raise ValueError("the frame has no length")


def _request(frame: bytes) -> Kind:
    word = Decoder(frame[1:]).read_var_string()
    if word not in ("save", "confirm") or number_in(frame) > MAX_CLIENT:
        return "other"
    return "save" if word == "save" else "confirm"
