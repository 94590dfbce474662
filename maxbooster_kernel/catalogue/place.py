"""Read JSON objects field by field and say where a wrong one stands."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from maxbooster_kernel.errors import ReleaseError


class Place:
    """A JSON object at a path; fields are read once, what is left over is kept by :meth:`rest`.

    Parameters
    ----------
    value
        The decoded JSON; anything but an object is refused.
    path
        Where it stands, such as ``tracks[2]``; empty for the root.
    """

    def __init__(self, value: object, path: str = "") -> None:
        if not isinstance(value, Mapping):
            raise ReleaseError(f"{path or 'release'}: expected an object, got {_show(value)}")
        self._left: dict[str, Any] = dict(value)
        self.path = path

    def where(self, name: str) -> str:
        """Return the path of a field."""
        return f"{self.path}.{name}" if self.path else name

    def fail(self, name: str, expected: str, value: object) -> ReleaseError:
        """Return the error of a field that has the wrong type."""
        return ReleaseError(f"{self.where(name)}: expected {expected}, got {_show(value)}")

    def text(self, name: str) -> str | None:
        """Return a string; None if the field is missing or null."""
        value = self._left.pop(name, None)
        if value is None or isinstance(value, str):
            return value
        raise self.fail(name, "a string", value)

    def flag(self, name: str, default: bool) -> bool:
        """Return a boolean."""
        value = self._left.pop(name, None)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        raise self.fail(name, "true or false", value)

    def maybe_flag(self, name: str) -> bool | None:
        """Return a boolean; None if the field is missing or null."""
        return None if self._left.get(name) is None else self.flag(name, default=False)

    def integer(self, name: str) -> int | None:
        """Return a whole number; None if the field is missing or null."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise self.fail(name, "a whole number", value)

    def number(self, name: str) -> float | None:
        """Return a finite number; None if the field is missing or null."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not _finite(value):
            raise self.fail(name, "a number", value)
        return float(value)

    def decimal(self, name: str) -> Decimal | None:
        """Return an exact decimal written as a string (or as a JSON number); None if missing or null."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if isinstance(value, bool | float) or not isinstance(value, str | int | Decimal):
            raise self.fail(name, 'a decimal in quotes, such as "12.5"', value)
        try:
            number = Decimal(value)
        except InvalidOperation:
            raise self.fail(name, 'a decimal in quotes, such as "12.5"', value) from None
        if not number.is_finite() or abs(number.adjusted()) > 30:
            raise self.fail(name, "a finite decimal", value)
        return number

    def texts(self, name: str) -> tuple[str, ...] | None:
        """Return a list of strings; None if the field is missing or null."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, list | tuple):
            raise self.fail(name, "a list of strings", value)
        for index, item in enumerate(value):
            if not isinstance(item, str):
                raise self.fail(f"{name}[{index}]", "a string", item)
        return tuple(value)

    def child(self, name: str) -> Place | None:
        """Return an object; None if the field is missing or null."""
        value = self._left.pop(name, None)
        return None if value is None else Place(value, self.where(name))

    def children(self, name: str) -> list[Place]:
        """Return a list of objects; empty if the field is missing or null."""
        value = self._left.pop(name, None)
        if value is None:
            return []
        if not isinstance(value, list | tuple):
            raise self.fail(name, "a list of objects", value)
        return [Place(item, f"{self.where(name)}[{index}]") for index, item in enumerate(value)]

    def rest(self) -> dict[str, Any]:
        """Return the fields that were not read, as plain JSON values."""
        return {name: plain(value) for name, value in self._left.items()}


def plain(value: Any) -> Any:
    """Return JSON values with every Decimal as a float, lists as lists."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def _finite(value: float | Decimal) -> bool:
    return value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)


def _show(value: object) -> str:
    text = repr(value) if not isinstance(value, str) else f'"{value}"'
    names = {"None": "null", "True": "true", "False": "false"}
    text = names.get(text, text)
    return text if len(text) <= 60 else text[:57] + "..."
