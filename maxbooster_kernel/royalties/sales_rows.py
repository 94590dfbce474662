"""Read a delimited sales file into normal lines: blocks are cut and read in threads, and come back in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.royalties.blocks import Block, lines_in
from maxbooster_kernel.royalties.normal import Normal, RawTexts, Rows, Rules, normalise
from maxbooster_kernel.royalties.scan import AMOUNT, CODE, QUANTITY, SKIP, SPAN, TEXT, Scan, scan
from maxbooster_kernel.royalties.sniff import Layout, cells_of

TEXTS = ("month", "platform", "country", "currency", "isrc", "sign", "reported")
SPANS = ("title", "artist")
WORKERS = 2
AHEAD = 2
"""How many blocks are read ahead of each worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which columns are read as what."""

    layout: Layout
    kinds: NDArray[np.int16]
    texts: tuple[str, ...]
    point: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trailer:
    """What a last line says: the kind of total, and its text."""

    total: str
    text: str
    line: int


Part = Normal | Trailer


def plan(layout: Layout, rules: Rules) -> Plan:
    """Return which columns of a layout are read as what."""
    columns = layout.format.columns
    texts = tuple(role for role in TEXTS if columns.get(role) in layout.header)
    kinds = np.full(len(layout.header), SKIP, np.int16)
    wanted = {"amount": AMOUNT, "quantity": QUANTITY, "upc": CODE}
    wanted |= {role: SPAN + place for place, role in enumerate(SPANS)}
    wanted |= {role: TEXT + place for place, role in enumerate(texts)}
    for role, kind in wanted.items():
        if columns.get(role) in layout.header:
            kinds[layout.header.index(columns[role])] = kind
    return Plan(layout=layout, kinds=kinds, texts=texts, point="," if rules.decimal == "comma" else ".")


def read_rows(first: Block, blocks: Iterator[Block], layout: Layout, rules: Rules) -> Iterator[Part]:
    """Yield the normal lines and trailers of a file, in order.

    Parameters
    ----------
    first, blocks
        The block the layout was found in, and the ones after it.
    layout, rules
        How the file is laid out and read.
    """
    how = plan(layout, rules)
    source = chain([first], blocks)
    waiting: deque[tuple[Block, Future[tuple[list[Part], int]]]] = deque()
    with ThreadPoolExecutor(WORKERS) as pool:

        def send(block: Block, start: int) -> tuple[Block, Future[tuple[list[Part], int]]]:
            return block, pool.submit(_read_block, block, start, how, rules)

        try:
            start = layout.start
            while True:
                while len(waiting) < WORKERS * AHEAD and (block := next(source, None)) is not None:
                    waiting.append(send(block, start))
                    start = 0
                if not waiting:
                    return
                block, future = waiting.popleft()
                parts, end = future.result()
                yield from parts
                if end < len(block.data):
                    waiting.appendleft(send(_joined(block, end, waiting, source, rules), 0))
        finally:
            for _, future in waiting:
                future.cancel()


def _joined(
    block: Block,
    end: int,
    waiting: deque[tuple[Block, Future[tuple[list[Part], int]]]],
    source: Iterator[Block],
    rules: Rules,
) -> Block:
    """Return what is left of a block from an open quote on, with the next block behind it."""
    line = block.lines_before + lines_in(block.data, end) + 1
    following = waiting.popleft()[0] if waiting else next(source, None)
    if following is None or len(block.data) - end > max(len(following.data), 1 << 20):
        raise RoyaltyError(f"{rules.name}, line {line}: a quote is opened and never closed; export the file again")
    return replace(following, data=block.data[end:] + following.data, lines_before=line - 1)


def _read_block(block: Block, start: int, how: Plan, rules: Rules) -> tuple[list[Part], int]:
    parts: list[Part] = []
    while start < len(block.data):
        found = scan(block.data, start, delimiter=how.layout.delimiter, point=how.point, kinds=how.kinds)
        if found.rows:
            trailers = _trailers(block, found, how)
            parts.append(normalise(_rows(block, found, how, skip=set(trailers)), rules))
            parts += trailers.values()
        start = found.end
        if found.open_quote:
            break
    return parts, start


def _trailers(block: Block, found: Scan, how: Plan) -> dict[int, Trailer]:
    """Return what the block's last lines say, by row."""
    trailers: dict[int, Trailer] = {}
    for name, total in how.layout.format.trailers.items():
        mark = name.encode() + how.layout.delimiter.encode()
        place = block.data.find(mark)
        while place >= 0:
            row = int(np.searchsorted(found.begins, place))
            if row < found.rows and int(found.begins[row]) == place:
                end = block.data.find(b"\n", place)
                text = block.data[place + len(mark) : None if end < 0 else end].decode(block.encoding)
                cells = [cell.strip() for cell in text.split(how.layout.delimiter)]
                if not any(cells[1:]):
                    trailers[row] = Trailer(
                        total=total, text=cells[0], line=block.lines_before + lines_in(block.data, place) + 1
                    )
            place = block.data.find(mark, place + 1)
    return trailers


def _rows(block: Block, found: Scan, how: Plan, *, skip: set[int]) -> Rows:
    keep = None
    begins, cells, spans = found.begins, found.cells, found.spans
    codes, numbers = found.codes, [found.nanos, found.residue, found.quantities]
    status, odd = found.status, found.odd
    if skip:
        keep = np.ones(found.rows, np.bool_)
        keep[list(skip)] = False
        begins, cells, spans, codes = begins[keep], cells[keep], spans[:, keep], codes[:, keep]
        status, odd = status[keep], odd[keep]
        numbers = [column[keep] for column in numbers]
    wrong = np.flatnonzero(cells != len(how.layout.header))
    if wrong.size:
        codes = codes.copy()
        codes[:, wrong] = 0
    texts = {role: _texts(block, found, place, codes[place]) for place, role in enumerate(how.texts)}
    places = {"amount": AMOUNT, "quantity": QUANTITY, "upc": CODE, "title": SPAN, "artist": SPAN + 1}
    given = {role for role in places if how.layout.format.columns.get(role) in how.layout.header}

    def cell(role: str, row: int) -> str:
        if role not in given:
            return ""
        start, stop = spans[places[role], row]
        return _unquoted(block.data[start:stop].decode(block.encoding))

    def raw(row: int) -> str:
        start = int(begins[row])
        stop = int(begins[row + 1]) if row + 1 < begins.size else found.end
        return block.data[start:stop].decode(block.encoding).rstrip("\r\n")

    return Rows(
        count=begins.size,
        texts=texts,
        nanos=numbers[0],
        residue=numbers[1],
        status=status,
        quantities=_counts(numbers[2], "quantity" in given),
        odd_upcs=np.flatnonzero(odd),
        cell=cell,
        raw=raw,
        line=_line_counter(block, begins),
        cells=dict(zip(wrong.tolist(), cells[wrong].tolist(), strict=True)),
    )


def _line_counter(block: Block, begins: NDArray[np.int32]) -> Callable[[int], int]:
    """Return what gives a row's line in the file; the block's line ends are found when a line is first asked for."""

    @cache
    def ends() -> NDArray[np.int64]:
        bytes_ = np.frombuffer(block.data, np.uint8)
        found = np.flatnonzero(bytes_ == ord("\n"))
        return found if found.size else np.flatnonzero(bytes_ == ord("\r"))

    return lambda row: block.lines_before + int(np.searchsorted(ends(), begins[row])) + 1


def _counts(quantities: NDArray[np.int64], given: bool) -> NDArray[np.int64]:
    return quantities if given else np.zeros_like(quantities)


def _texts(block: Block, found: Scan, place: int, codes: NDArray[np.int32]) -> RawTexts:
    count = int(found.different[place])
    data = block.data
    bounds = zip(found.starts[place, :count].tolist(), found.stops[place, :count].tolist(), strict=True)
    return RawTexts(
        codes=codes,
        cells=[data[start:stop] for start, stop in bounds] or [b""],
        read=lambda cell: _unquoted(cell.decode(block.encoding)),
    )


def _unquoted(text: str) -> str:
    if text.startswith('"') and text.count('"') > 1:
        return (cells_of(text) or [text])[0]
    return text.replace('""', '"') if '"' in text else text
