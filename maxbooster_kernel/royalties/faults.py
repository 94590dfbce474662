"""What is wrong with a row of a sales file: a code, the line, the column, and a sentence.

A damaged row is refused with the whole file, or put in quarantine where it can be read and mended; it is never guessed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.problems import Problem

Damaged = Literal["refuse", "quarantine"]

EXPECTED = {
    "bad_columns": "a cell for every column of the header",
    "bad_month": "a month such as 2026-07",
    "bad_quantity": "a whole number",
    "bad_amount": "an amount below 9 billion with at most 18 decimals",
    "ambiguous_number": "a number that reads one way only",
    "bad_currency": "a currency such as USD",
    "bad_sign": "a return to take money back",
    "mangled_isrc": "an ISRC",
    "mangled_upc": "a UPC of 12 or 13 digits",
}
"""What stands where something else was found, by code."""
HINTS = {
    "mangled_isrc": "a spreadsheet has damaged it, export the file again",
    "mangled_upc": "a spreadsheet has damaged it, export the file again",
    "ambiguous_number": "say whether a comma or a point stands before the decimals",
}
LEADS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One damaged row: the line counts from 1 as an editor shows it, ``raw`` is the row as it stands in the file."""

    code: str
    line: int
    column: str
    got: str
    raw: str

    def __str__(self) -> str:
        """Return what was expected and what came, as a sentence."""
        hint = HINTS.get(self.code)
        where = f"line {self.line}" + (f", column {self.column}" if self.column else "")
        return f"{where}: expected {EXPECTED[self.code]}, got {self.got}" + (f"; {hint}" if hint else "")

    def error(self, name: object) -> RoyaltyError:
        """Return the error that refuses the file."""
        return RoyaltyError(f"{name}, {self} [{self.code}]")

    def problem(self, name: object) -> Problem:
        """Return the finding for a list of problems."""
        return Problem(
            code=self.code,
            severity="error",
            where=f"{name}, line {self.line}",
            message=str(self),
            fix=HINTS.get(self.code, "mend the row and import the file again"),
        )


def quarantine_csv(faults: Sequence[Fault]) -> str:
    """Return damaged rows as CSV, safe to open in a spreadsheet.

    >>> fault = Fault(code="bad_month", line=3, column="Month", got="'x'", raw="=1+1,x")
    >>> print(quarantine_csv([fault]).splitlines()[1])
    3,bad_month,Month,"line 3, column Month: expected a month such as 2026-07, got 'x'","'=1+1,x"
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["line", "code", "column", "sentence", "row"])
    for fault in faults:
        writer.writerow([fault.line, *map(_safe, (fault.code, fault.column, str(fault), fault.raw))])
    return out.getvalue()


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(LEADS) else text
