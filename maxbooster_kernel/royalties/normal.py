"""Turn rows as they stand in a sales file into normal lines: exact, with control totals, damaged rows told apart."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, Inexact, InvalidOperation
from functools import lru_cache
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.money import EXACT, NANO
from maxbooster_kernel.royalties.faults import Damaged, Fault
from maxbooster_kernel.royalties.formats import SalesFormat
from maxbooster_kernel.royalties.numbers import mangled, read_isrc, read_month, read_number, read_upc
from maxbooster_kernel.royalties.text import BAD, ODD, decimals

ATTO = 10**18
MOST_SEEN = 1 << 18
RETURNS = ("R", "RETURN")
Ints = NDArray[np.int64]
Codes = NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """A column of text: its different values, and for every row the place of its value."""

    codes: Codes
    values: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTexts:
    """A column as it stands in the file: its different cells (as text or as bytes), and how to read one of them."""

    codes: Codes
    cells: Sequence[Hashable]
    read: Callable[[Any], str] = str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Some rows as they stand in the file.

    ``texts`` holds columns by role; amounts are nanos, a part below in 1e-18, and whether they were read (``status``).
    ``odd_upcs`` are the rows whose UPC is not all digits; ``cells`` counts the cells of rows that have not as many as
    the header. The functions give a cell by role and row, a row's text, and its line in the file.
    """

    count: int
    texts: Mapping[str, RawTexts]
    nanos: Ints
    residue: Ints
    status: NDArray[np.uint8]
    quantities: Ints
    odd_upcs: NDArray[np.intp]
    cell: Callable[[str, int], str]
    raw: Callable[[int], str]
    line: Callable[[int], int]
    cells: Mapping[int, int] = field(default_factory=dict)
    has_money: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How a file's rows are read: its format and header by role, and what the caller has said about it.

    ``suspense`` tells that lines whose code is damaged may pass, to be matched by hand; ``identify`` asks for the title
    and artist of every track that ``known`` does not hold. ``seen`` keeps what cells have been read as, by role.
    """

    name: str
    format: SalesFormat
    headers: Mapping[str, str]
    currency: str
    width: int = 0
    decimal: str = "point"
    aliases: Mapping[str, str] = field(default_factory=dict)
    damaged: Damaged = "refuse"
    suspense: bool = False
    identify: bool = False
    known: Mapping[str, Any] = field(default_factory=dict)
    seen: dict[str, dict[Hashable, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a file says about a track: how its line is known, and its codes, title and artist."""

    isrc: str
    upc: str
    title: str
    artist: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Normal:
    """Normal lines and what they add up to: ``totals`` exact in 1e-18, ``nanos`` as the lines have it."""

    table: Any
    lines: Callable[[Ints], list[int]]
    streams: int
    totals: dict[str, int]
    nanos: dict[str, int]
    periods: frozenset[str]
    reported: frozenset[str]
    without_isrc: int
    faults: tuple[Fault, ...]
    tracks: dict[str, Identity]


def normalise(rows: Rows, rules: Rules) -> Normal:
    """Return the normal lines of some rows.

    Raises
    ------
    RoyaltyError
        A row is damaged and damaged rows are refused.
    """
    bad: dict[int, tuple[str, str, str]] = {
        row: ("bad_columns", "", f"{count} of {rules.width}") for row, count in rows.cells.items()
    }
    whole = np.ones(rows.count, np.bool_)
    whole[list(rows.cells)] = False
    month = _mapped(rows, rules, "month", read_month, "", bad, "bad_month", whole)
    quantities = _quantities(rows, rules, bad, whole)
    nanos, residue = _amounts(rows, rules, bad, whole)
    currency = _mapped(
        rows, rules, "currency", lambda text: _currency(text, rules), rules.currency, bad, "bad_currency", whole
    )
    isrc = _mapped(
        rows, rules, "isrc", lambda text: None if mangled(text) else read_isrc(text), "", bad, "mangled_isrc", whole
    )
    _check_upcs(rows, rules, isrc, bad, whole)
    _check_signs(rows, nanos, quantities, bad, whole)
    faults = _faults(rows, rules, bad)
    keep = np.flatnonzero(_without(rows.count, bad)) if bad else None
    track, lacking, tracks = _tracks(rows, rules, isrc, keep)
    platform = _mapped(rows, rules, "platform", rules.format.platform_of, rules.format.platform, {}, "", whole)
    country = _mapped(rows, rules, "country", lambda text: _country(text, rules.aliases), "", {}, "", whole)
    reported = _mapped(rows, rules, "reported", lambda text: read_month(text) or "", "", {}, "", whole)
    columns = [track, platform, country, month, currency, reported]
    if keep is not None:
        columns = [Texts(codes=column.codes[keep], values=column.values) for column in columns]
        nanos, residue, quantities = nanos[keep], residue[keep], quantities[keep]
    half = np.abs(residue) * 2
    rounded = nanos + np.sign(residue) * ((half > NANO) | ((half == NANO) & (nanos % 2 != 0)))
    totals, sums = _totals(columns[4], nanos, residue, rounded) if rows.has_money else ({}, {})
    line = rows.line  # what is kept keeps no other column of the rows
    return Normal(
        table=_table(columns, quantities, rounded, money=rows.has_money),
        lines=lambda chosen: [line(int(row if keep is None else keep[row])) for row in chosen],
        streams=_sum(quantities),
        totals=totals,
        nanos=sums,
        periods=_used(columns[3]),
        reported=_used(columns[5]) - {""},
        without_isrc=lacking,
        faults=faults,
        tracks=tracks,
    )


def _mapped(
    rows: Rows, rules: Rules, role: str, work: Callable[[str], str | None], otherwise: str,
    bad: dict[int, tuple[str, str, str]], code: str, whole: NDArray[np.bool_],
) -> Texts:  # fmt: skip
    """Return a column with every different text replaced; rows whose text is not understood are put into ``bad``."""
    column = rows.texts.get(role)
    if column is None:
        return Texts(codes=np.zeros(rows.count, np.int32), values=[otherwise])
    seen = rules.seen.setdefault(role, {})
    if len(seen) > MOST_SEEN:
        seen.clear()
    values = [*map(seen.get, column.cells)]
    for place in [place for place, value in enumerate(values) if value is None] if None in values else ():
        text = column.read(column.cells[place])
        value = work(text)
        if value is None:
            for row in np.flatnonzero((column.codes == place) & whole).tolist():
                bad.setdefault(row, (code, role, text))
        else:
            seen[column.cells[place]] = value
        values[place] = value or ""
    return Texts(codes=column.codes, values=cast("list[str]", values))


def _currency(text: str, rules: Rules) -> str | None:
    plain = text.strip().upper()
    if len(plain) == 3 and plain.isalpha() and plain.isascii():
        return plain
    return rules.currency or None if not plain else None


def _country(text: str, aliases: Mapping[str, str]) -> str:
    plain = text.strip()
    code = plain.upper() if len(plain) == 2 else _country_code(plain)
    return aliases.get(code, code)


@lru_cache(maxsize=4096)
def _country_code(name: str) -> str:
    if not name:
        return ""
    import pycountry

    try:
        return str(pycountry.countries.lookup(name).alpha_2)
    except LookupError:
        return name


def _check_upcs(
    rows: Rows, rules: Rules, isrc: Texts, bad: dict[int, tuple[str, str, str]], whole: NDArray[np.bool_]
) -> None:
    """Put rows whose UPC a spreadsheet has damaged into ``bad``, unless they are known by something else."""
    for row in rows.odd_upcs.tolist():
        passes = rules.damaged == "quarantine" and (rules.suspense or isrc.values[isrc.codes[row]])
        if whole[row] and not passes and mangled(text := rows.cell("upc", row)):
            bad.setdefault(row, ("mangled_upc", "upc", text))


def _quantities(rows: Rows, rules: Rules, bad: dict[int, tuple[str, str, str]], whole: NDArray[np.bool_]) -> Ints:
    values = rows.quantities
    for row in np.flatnonzero((values == BAD) & whole).tolist():
        text = rows.cell("quantity", row)
        number = Decimal(0) if not text.strip() else _number(text, rules)
        if number is None or number != int(number) or abs(number) >= 10**18:
            bad.setdefault(row, ("ambiguous_number" if _ambiguous(text, rules) else "bad_quantity", "quantity", text))
            number = Decimal(0)
        values[row] = int(number)
    values[~whole] = 0
    return values


def _amounts(
    rows: Rows, rules: Rules, bad: dict[int, tuple[str, str, str]], whole: NDArray[np.bool_]
) -> tuple[Ints, Ints]:
    nanos, residue = rows.nanos, rows.residue
    for row in np.flatnonzero((rows.status == ODD) & whole).tolist() if rows.has_money else ():
        text = rows.cell("amount", row)
        number = _number(text, rules)
        attos = _attos(number)
        if attos is None or abs(attos) >= 9 * 10**27:
            bad.setdefault(row, ("ambiguous_number" if _ambiguous(text, rules) else "bad_amount", "amount", text))
            continue
        whole_part, rest = divmod(abs(attos), NANO)
        sign = -1 if attos < 0 else 1
        nanos[row], residue[row] = sign * whole_part, sign * rest
    return nanos, residue


def _attos(number: Decimal | None) -> int | None:
    """Return an amount in units of 1e-18, or None if it is no whole number of them."""
    try:
        return None if number is None else int(number.scaleb(18, EXACT).to_integral_exact(context=EXACT))
    except (Inexact, InvalidOperation):
        return None


def _ambiguous(text: str, rules: Rules) -> bool:
    """Return whether a comma may be thousands or decimals: nobody has said, and no point follows it."""
    return rules.decimal == "unsaid" and text.rfind(",") > text.rfind(".")


def _number(text: str, rules: Rules) -> Decimal | None:
    return None if _ambiguous(text, rules) else read_number(text, decimal_comma=rules.decimal == "comma")


def _check_signs(
    rows: Rows, nanos: Ints, quantities: Ints, bad: dict[int, tuple[str, str, str]], whole: NDArray[np.bool_]
) -> None:
    column = rows.texts.get("sign")
    if column is None:
        return
    texts = [column.read(cell) for cell in column.cells]
    back = np.array([text.strip().upper() in RETURNS for text in texts], np.bool_)
    for row in np.flatnonzero(back[column.codes] & ((nanos > 0) | (quantities > 0)) & whole).tolist():
        bad.setdefault(row, ("bad_sign", "sign", texts[column.codes[row]]))


def _faults(rows: Rows, rules: Rules, bad: Mapping[int, tuple[str, str, str]]) -> tuple[Fault, ...]:
    found = []
    for row in sorted(bad):
        code, role, got = bad[row]
        fault = Fault(
            code=code,
            line=rows.line(row),
            column=rules.headers.get(role, ""),
            got=repr(got) if role else got,
            raw=rows.raw(row),
        )
        if rules.damaged == "refuse":
            raise fault.error(rules.name)
        found.append(fault)
    return tuple(found)


def _without(count: int, bad: Mapping[int, Any]) -> NDArray[np.bool_]:
    keep = np.ones(count, np.bool_)
    keep[list(bad)] = False
    return keep


def _tracks(rows: Rows, rules: Rules, isrc: Texts, keep: Ints | None) -> tuple[Texts, int, dict[str, Identity]]:
    """Return how each row's track is known, how many rows have no ISRC, and what is said about tracks not yet known."""
    named = np.array([bool(value) for value in isrc.values], np.bool_)[isrc.codes]
    if keep is not None:
        dropped = np.ones(rows.count, np.bool_)
        dropped[keep] = False
        named |= dropped
    without = np.flatnonzero(~named)
    codes, values = isrc.codes, isrc.values
    if without.size:
        codes = codes.copy()
        places: dict[str, int] = {}
        for row in without.tolist():
            code = read_upc(rows.cell("upc", row))
            text = f"UPC:{code}" if code else _work(rows, row)
            codes[row] = places.setdefault(text, len(values) + len(places))
        values = [*values, *places]
    track = Texts(codes=codes, values=values)
    return track, int(without.size), _identities(rows, rules, track, isrc, keep) if rules.identify else {}


def _work(rows: Rows, row: int) -> str:
    artist, title = rows.cell("artist", row).strip(), rows.cell("title", row).strip()
    return f"TITLE:{artist} / {title}" if artist or title else "UPC:"


def _identities(rows: Rows, rules: Rules, track: Texts, isrc: Texts, keep: Ints | None) -> dict[str, Identity]:
    chosen = np.arange(rows.count) if keep is None else keep
    first = np.full(len(track.values), -1, np.int64)
    first[track.codes[chosen[::-1]]] = chosen[::-1]
    found = {}
    for place, row in enumerate(first.tolist()):
        name = track.values[place]
        if row < 0 or name in rules.known:
            continue
        found[name] = Identity(
            isrc=isrc.values[isrc.codes[row]],
            upc=read_upc(rows.cell("upc", row)),
            title=rows.cell("title", row).strip(),
            artist=rows.cell("artist", row).strip(),
        )
    return found


def _totals(currency: Texts, nanos: Ints, residue: Ints, rounded: Ints) -> tuple[dict[str, int], dict[str, int]]:
    totals: dict[str, int] = {}
    sums: dict[str, int] = {}
    used = np.unique(currency.codes).tolist()
    for code in used:
        mine = slice(None) if len(used) == 1 else np.flatnonzero(currency.codes == code)
        name = currency.values[code]
        totals[name] = totals.get(name, 0) + _sum(nanos[mine]) * NANO + _sum(residue[mine])
        sums[name] = sums.get(name, 0) + _sum(rounded[mine])
    return totals, sums


def _table(columns: list[Texts], quantities: Ints, nanos: Ints, *, money: bool) -> Any:
    import pyarrow as pa

    track, platform, country, month, currency, reported = map(_dictionary, columns)
    table = {
        "track_id": track,
        "platform": platform,
        "country": country,
        "streams": pa.array(quantities),
        "period": month,
    }
    if money:
        table |= {"amount": decimals(nanos).view(pa.decimal128(19, 9)), "currency": currency}
    return pa.table({**table, "reported": reported})


def _used(column: Texts) -> frozenset[str]:
    return frozenset(column.values[code] for code in np.unique(column.codes).tolist())


def _dictionary(column: Texts) -> Any:
    """Return a column as an Arrow dictionary in which every value is used and stands once."""
    import pyarrow as pa

    used = np.zeros(len(column.values), np.bool_)
    used[column.codes] = True
    if used.all() and len(set(column.values)) == len(column.values):
        return pa.DictionaryArray.from_arrays(column.codes, pa.array(column.values, pa.string()))
    places: dict[str, int] = {}
    fresh = np.zeros(len(column.values), np.int32)
    for code in np.flatnonzero(used).tolist():
        fresh[code] = places.setdefault(column.values[code], len(places))
    return pa.DictionaryArray.from_arrays(fresh[column.codes], pa.array(list(places), pa.string()))


def _sum(values: Ints) -> int:
    return (int((values >> 32).sum()) << 32) + int((values & 0xFFFFFFFF).sum())
