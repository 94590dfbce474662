"""What all tables share: names of constraints, exact decimals as scaled integers, ids and times."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Dialect, MetaData, String
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint has a name, so that a migration can drop it."""

_EXACT = Context(prec=40, traps=[Inexact, InvalidOperation])


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(naming_convention=NAMES)


class ScaledInt(TypeDecorator[Decimal]):
    """A Decimal with a fixed number of places, kept as a 64-bit integer.

    SQLite keeps NUMERIC as a binary float and loses digits silently; an integer is exact on every database and can be
    summed there.
    """

    impl = BigInteger
    cache_ok = True

    def __init__(self, places: int) -> None:
        super().__init__()
        self.places = places

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy calls it so
        """Return the integer to store; anything that is not exact at this scale is refused."""
        if value is None:
            return None
        if isinstance(value, float | bool):
            raise TypeError(f"expected Decimal, int or text, got {value!r}")
        try:
            scaled = int(Decimal(value).scaleb(self.places, _EXACT).to_integral_exact(context=_EXACT))
        except (Inexact, InvalidOperation):
            raise ValueError(f"expected a number with at most {self.places} decimals, got {value!r}") from None
        if not -(1 << 63) <= scaled < 1 << 63:
            raise ValueError(f"expected a number that fits 64 bits at {self.places} decimals, got {value!r}")
        return scaled

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002 - SQLAlchemy calls it so
        """Return the Decimal of a stored integer."""
        return None if value is None else Decimal(value).scaleb(-self.places, _EXACT)


class UtcTime(TypeDecorator[datetime]):
    """A point in time, always with the zone UTC, on databases with and without zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy calls it so
        """Return the time to store."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy calls it so
        """Return the stored time."""
        return None if value is None else value.replace(tzinfo=UTC)


def new_id() -> str:
    """Return a fresh id."""
    return str(uuid.uuid4())


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


Id = String(36)


def is_period(column: str, *, optional: bool = False) -> CheckConstraint:
    """Return the check that a column holds ``YYYY-MM`` (or nothing)."""
    test = (
        f"length({column}) = 7 AND substr({column}, 5, 1) = '-' AND substr({column}, 6, 2) BETWEEN '01' AND '12' "
        f"AND substr({column}, 1, 4) BETWEEN '1000' AND '9999'"
    )
    return CheckConstraint(f"{column} = '' OR ({test})" if optional else test, name=f"{column}_is_month")


def is_one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """Return the check that a column holds one of some words."""
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=f"{column}_is_known")
