"""The broadcast-WAV chunk: who made a recording, when, where it lies in time, and how loud it is.

Source: EBU Tech 3285 (*Specification of the Broadcast Wave Format*), version 2: fixed-length ASCII fields, loudness
values as hundredths in signed 16-bit words, 0x7FFF where a value is not given.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

from maxbooster_kernel.errors import AudioError

_LAYOUT = struct.Struct("<256s32s32s10s8sQH64shhhhh180s")
NOT_GIVEN = 0x7FFF
SIZE = _LAYOUT.size


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastInfo:
    """The fields of a ``bext`` chunk; ``time_reference`` counts frames since midnight.

    Loudness is in LUFS and LU, the true peak in dBTP; None or infinity is written as "not given".
    ``date`` is ``YYYY-MM-DD``, ``time`` is ``HH:MM:SS``; pass them in, so that equal input gives equal bytes.
    """

    description: str = ""
    originator: str = ""
    originator_reference: str = ""
    date: str = ""
    time: str = ""
    time_reference: int = 0
    integrated_lufs: float | None = None
    range_lu: float | None = None
    true_peak_dbtp: float | None = None
    momentary_max_lufs: float | None = None
    short_term_max_lufs: float | None = None
    coding_history: str = ""


def encode_bext(info: BroadcastInfo) -> bytes:
    """Return the body of a ``bext`` chunk, version 2.

    Raises
    ------
    AudioError
        A text is longer than its field, or the time reference is negative.

    Examples
    --------
    >>> body = encode_bext(BroadcastInfo(originator="North Pier", integrated_lufs=-14.0))
    >>> decode_bext(body).integrated_lufs, len(body)
    (-14.0, 602)
    """
    if not 0 <= info.time_reference < 1 << 64:
        raise AudioError(f"expected a time reference of 0 or more frames, got {info.time_reference}")
    history = info.coding_history.encode("ascii", "replace")
    return (
        _LAYOUT.pack(
            _text(info.description, 256, "description"),
            _text(info.originator, 32, "originator"),
            _text(info.originator_reference, 32, "originator_reference"),
            _text(info.date, 10, "date"),
            _text(info.time, 8, "time"),
            info.time_reference,
            2,
            bytes(64),
            _hundredths(info.integrated_lufs),
            _hundredths(info.range_lu),
            _hundredths(info.true_peak_dbtp),
            _hundredths(info.momentary_max_lufs),
            _hundredths(info.short_term_max_lufs),
            bytes(180),
        )
        + history
    )


def decode_bext(body: bytes) -> BroadcastInfo:
    """Return the fields of a ``bext`` chunk of any version; loudness is None before version 2.

    Raises
    ------
    AudioError
        The chunk is shorter than its fixed part.
    """
    if len(body) < SIZE:
        raise AudioError(f"expected a bext chunk of at least {SIZE} bytes, got {len(body)}")
    fields = _LAYOUT.unpack_from(body)
    texts = [value.split(b"\0")[0].decode("ascii", "replace").rstrip() for value in fields[:5]]
    loudness = [None if fields[6] < 2 or value == NOT_GIVEN else value / 100.0 for value in fields[8:13]]
    return BroadcastInfo(
        description=texts[0],
        originator=texts[1],
        originator_reference=texts[2],
        date=texts[3],
        time=texts[4],
        time_reference=int(fields[5]),
        integrated_lufs=loudness[0],
        range_lu=loudness[1],
        true_peak_dbtp=loudness[2],
        momentary_max_lufs=loudness[3],
        short_term_max_lufs=loudness[4],
        coding_history=body[SIZE:].split(b"\0")[0].decode("ascii", "replace"),
    )


def _text(value: str, size: int, name: str) -> bytes:
    data = value.encode("ascii", "replace")
    if len(data) > size:
        raise AudioError(f"bext {name}: expected at most {size} characters, got {len(data)}")
    return data


def _hundredths(value: float | None) -> int:
    if value is None or not math.isfinite(value) or abs(value) > 320.0:
        return NOT_GIVEN
    return round(value * 100.0)
