"""Cut a block of a sales file into rows and cells, and read its numbers, in one pass over the bytes.

Text cells become numbers of the block's different texts, so that a store's name is looked at once a block and not once
a row; amounts become nanos and quantities whole numbers where they are written plainly, the rest is left to the caller.
Cells are written as RFC 4180 says: a cell may be quoted, a quote in it is doubled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numba import int16, int32, int64, njit, types, uint8, uint64
from numpy.typing import NDArray

from maxbooster_kernel.royalties.kernels import given
from maxbooster_kernel.royalties.text import BAD, ODD, PLAIN

MOST_ROWS = 1 << 17
"""How many rows one pass takes; the caller goes on where it ended."""
SKIP, AMOUNT, QUANTITY, CODE, SPAN, TEXT = -1, 0, 1, 2, 3, 16
"""What a column is: not wanted, amount, quantity, a code of digits, a span (from 3 on), a text (from 16 on)."""

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]
Bytes = NDArray[np.uint8]

_QUOTE, _LF, _CR, _MINUS, _PLUS = 34, 10, 13, 45, 43


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """Rows of a block: where each begins, what is wrong with its shape, and its cells.

    ``spans`` holds start and stop of amount, quantity, code and the other spans; ``odd`` marks codes that are not all
    digits; ``starts`` and ``stops`` hold those of each text column's different texts. ``end`` is where the next row
    begins; ``open_quote``: a quoted cell does not end.
    """

    rows: int
    end: int
    open_quote: bool
    begins: Codes
    cells: NDArray[np.int16]
    spans: Codes
    codes: Codes
    starts: Codes
    stops: Codes
    different: Ints
    nanos: Ints
    residue: Ints
    status: Bytes
    quantities: Ints
    odd: Bytes


_THREE = cast("Any", types).UniTuple(int64, 3)


@njit([_THREE(given(uint8), int64, int64, uint8)], cache=True, nogil=True)
def _decimal(data: Bytes, start: int, stop: int, point: int) -> Any:
    """Return nanos, the part below in 1e-18, and whether the text is plain."""
    negative = start < stop and data[start] == _MINUS
    if negative or (start < stop and data[start] == _PLUS):
        start += 1
    whole, fraction, rest = np.int64(0), np.int64(0), np.int64(0)
    digits, places = 0, -1
    for place in range(start, stop):
        byte = data[place]
        if byte == point and places < 0:
            places = 0
            continue
        digit = np.int64(byte) - 48
        if digit < 0 or digit > 9:
            return 0, 0, ODD
        digits += 1
        if places < 0:
            whole = whole * 10 + digit
            if whole > 9_000_000_000:
                return 0, 0, ODD
        else:
            places += 1
            if places <= 9:
                fraction = fraction * 10 + digit
            elif places <= 18:
                rest = rest * 10 + digit
            elif digit != 0:
                return 0, 0, ODD
    if digits == 0:
        return 0, 0, ODD
    for _ in range(max(places, 0), 9):
        fraction *= 10
    for _ in range(max(places, 9), 18):
        rest *= 10
    value = whole * 1_000_000_000 + fraction
    return (-value if negative else value), (-rest if negative else rest), PLAIN


@njit([int64(given(uint8), int64, int64)], cache=True, nogil=True)
def _integer(data: Bytes, start: int, stop: int) -> Any:
    negative = start < stop and data[start] == _MINUS
    if negative or (start < stop and data[start] == _PLUS):
        start += 1
    if start >= stop or stop - start > 18:
        return BAD
    value = np.int64(0)
    for place in range(start, stop):
        digit = np.int64(data[place]) - 48
        if digit < 0 or digit > 9:
            return BAD
        value = value * 10 + digit
    return -value if negative else value


@njit([uint64(given(uint8), int64, int64)], cache=True, nogil=True)
def _hash(data: Bytes, start: int, stop: int) -> Any:
    value, word = np.uint64(stop - start), np.uint64(0)
    for place in range(start, stop):
        word = (word << np.uint64(8)) | np.uint64(data[place])
        if (place - start) & 7 == 7:
            value = (value ^ word) * np.uint64(0x9E3779B97F4A7C15)
            value ^= value >> np.uint64(32)
            word = np.uint64(0)
    value = (value ^ word) * np.uint64(0x9E3779B97F4A7C15)
    return value ^ (value >> np.uint64(32))


@njit(
    [_THREE(
        given(uint8), int64, uint8, uint8, given(int16), int32[::1], int16[::1], int32[:, :, ::1], int32[:, ::1],
        int32[:, ::1], int32[:, ::1], int64[::1], int32[:, ::1], int64[::1], int64[::1], uint8[::1], int64[::1],
        uint8[::1],
    )],
    cache=True,
    nogil=True,
)  # fmt: skip
def _scan(
    data: Bytes, place: int, delimiter: int, point: int, kinds: NDArray[np.int16], begins: Codes,
    cells: NDArray[np.int16], spans: Codes, codes: Codes, starts: Codes, stops: Codes, different: Ints,
    tables: Codes, nanos: Ints, residue: Ints, status: Bytes, quantities: Ints, odd: Bytes,
) -> Any:  # fmt: skip
    size, columns, texts, room = data.size, kinds.size, codes.shape[0], begins.size
    special = np.zeros(256, np.uint8)
    special[delimiter] = special[_LF] = special[_CR] = 1
    masks = np.full(max(texts, 1), 1023, np.int64)
    last = np.full(max(texts, 1), -1, np.int64)
    from_, to = np.zeros(max(texts, 1), np.int64), np.zeros(max(texts, 1), np.int64)
    row = 0
    while place < size and row < room:
        if data[place] == _LF or data[place] == _CR:
            place += 1
            continue
        begin, column = place, 0
        while True:
            if place < size and data[place] == _QUOTE:
                start = place + 1
                stop = start
                while stop < size and not (data[stop] == _QUOTE and not (stop + 1 < size and data[stop + 1] == _QUOTE)):
                    stop += 2 if data[stop] == _QUOTE else 1
                if stop >= size:
                    return row, begin, 1
                place = stop + 1
                if place < size and special[data[place]] == 0:
                    start -= 1
                    while place < size and special[data[place]] == 0:
                        place += 1
                    stop = place
            else:
                start = place
                while place < size and special[data[place]] == 0:
                    place += 1
                stop = place
            if column < columns:
                kind = kinds[column]
                if kind >= TEXT:
                    from_[kind - TEXT], to[kind - TEXT] = start, stop
                elif kind >= 0:
                    spans[kind, row, 0], spans[kind, row, 1] = start, stop
            column += 1
            if place < size and data[place] == delimiter:
                place += 1
                continue
            break
        if place < size:
            place += 2 if data[place] == _CR and place + 1 < size and data[place + 1] == _LF else 1
        begins[row], cells[row] = begin, min(column, 32767)
        if column == columns:
            for text in range(texts):
                start, stop = from_[text], to[text]
                code = last[text]
                same = code >= 0 and stops[text, code] - starts[text, code] == stop - start
                if same:
                    shift = starts[text, code] - start
                    for at in range(start, stop):
                        if data[at] != data[at + shift]:
                            same = False
                            break
                if not same:
                    mask = masks[text]
                    slot = np.int64(_hash(data, start, stop) & np.uint64(mask))
                    while True:
                        code = np.int64(tables[text, slot]) - 1
                        if code < 0:
                            break
                        same = stops[text, code] - starts[text, code] == stop - start
                        if same:
                            shift = starts[text, code] - start
                            for at in range(start, stop):
                                if data[at] != data[at + shift]:
                                    same = False
                                    break
                        if same:
                            break
                        slot = (slot + 1) & mask
                    if code < 0:
                        code = different[text]
                        different[text] += 1
                        starts[text, code], stops[text, code] = start, stop
                        tables[text, slot] = code + 1
                        if 2 * different[text] > mask:
                            mask = 2 * (mask + 1) - 1
                            masks[text] = mask
                            for old in range((mask + 1) // 2):
                                tables[text, old] = 0
                            for known in range(different[text]):
                                slot = np.int64(_hash(data, starts[text, known], stops[text, known]) & np.uint64(mask))
                                while tables[text, slot] != 0:
                                    slot = (slot + 1) & mask
                                tables[text, slot] = known + 1
                    last[text] = code
                codes[text, row] = code
            nanos[row], residue[row], plain = _decimal(data, spans[AMOUNT, row, 0], spans[AMOUNT, row, 1], point)
            status[row] = plain
            for at in range(spans[CODE, row, 0], spans[CODE, row, 1]):
                if data[at] < 48 or data[at] > 57:
                    odd[row] = 1
            quantities[row] = _integer(data, spans[QUANTITY, row, 0], spans[QUANTITY, row, 1])
        row += 1
    return row, place, 0


def scan(data: bytes, start: int, *, delimiter: str, point: str, kinds: NDArray[np.int16]) -> Scan:
    r"""Return the rows of a block from ``start`` on, at most ``MOST_ROWS`` of them.

    Parameters
    ----------
    data
        Bytes of whole rows, in an encoding that has ASCII's bytes for ASCII.
    start
        Where the first row begins.
    delimiter, point
        What stands between cells, and between a number's units and its decimals.
    kinds
        What each column is: ``SKIP``, ``AMOUNT``, ``QUANTITY``, ``CODE``, ``SPAN + n`` or ``TEXT + n``, n from 0 on
        without gaps.

    Examples
    --------
    >>> kinds = np.array([TEXT, AMOUNT, QUANTITY], np.int16)
    >>> found = scan(b'US,0.5,1\n"US",1.25,x\n', 0, delimiter=",", point=".", kinds=kinds)
    >>> found.rows, found.codes.tolist(), found.nanos.tolist()
    (2, [[0, 0]], [500000000, 1250000000])
    """
    view = np.frombuffer(data, np.uint8)
    room = min(MOST_ROWS, (len(data) - start) // 2 + 1)
    texts = max(0, int(kinds.max(initial=SKIP)) - TEXT + 1)
    others = max((int(kind) for kind in kinds if kind < TEXT), default=SKIP)
    begins, cells = np.empty(room, np.int32), np.empty(room, np.int16)
    spans = np.zeros((max(others, CODE) + 1, room, 2), np.int32)
    codes, starts, stops = (np.empty((texts, room), np.int32) for _ in range(3))
    tables = np.zeros((texts, max(1024, 1 << (4 * room - 1).bit_length())), np.int32)
    different = np.zeros(texts, np.int64)
    nanos, residue, quantities = (np.zeros(room, np.int64) for _ in range(3))
    status, odd = np.zeros(room, np.uint8), np.zeros(room, np.uint8)
    rows, end, open_quote = _scan(
        view, start, ord(delimiter), ord(point), kinds, begins, cells, spans, codes, starts, stops, different, tables,
        nanos, residue, status, quantities, odd,
    )  # fmt: skip
    return Scan(
        rows=rows,
        end=end,
        open_quote=bool(open_quote),
        begins=begins[:rows],
        cells=cells[:rows],
        spans=spans[:, :rows],
        codes=codes[:, :rows],
        starts=starts,
        stops=stops,
        different=different,
        nanos=nanos[:rows],
        residue=residue[:rows],
        status=status[:rows],
        quantities=quantities[:rows],
        odd=odd[:rows],
    )
