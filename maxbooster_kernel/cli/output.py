"""What every command prints: JSON or a table on stdout, messages and progress on stderr."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Sequence
from typing import Any


def finite(value: Any) -> Any:
    """Return ``value`` with every NaN or infinity replaced by None, as JSON has neither."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def print_json(value: Any) -> None:
    """Print one JSON value on stdout and nothing else."""
    json.dump(finite(value), sys.stdout, indent=2, ensure_ascii=False, allow_nan=False)
    sys.stdout.write("\n")


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows in aligned columns on stdout; numbers to the right."""
    cells = [[_text(cell) for cell in row] for row in rows]
    raw = [list(headings), *cells]
    widths = [max(len(row[column]) for row in raw) for column in range(len(headings))]
    print("  ".join(head.ljust(width) for head, width in zip(headings, widths, strict=True)).rstrip())
    for row in cells:
        print("  ".join(_align(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip())


def say(message: str) -> None:
    """Print a message for the person on stderr."""
    print(message, file=sys.stderr)


def _text(cell: object) -> str:
    if cell is None:
        return "-"
    return f"{cell:z.2f}" if isinstance(cell, float) else str(cell)


def _align(cell: str, width: int) -> str:
    number = cell.replace("-", "").replace(".", "").replace("+", "").isdigit()
    return cell.rjust(width) if number else cell.ljust(width)
