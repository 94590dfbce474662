"""The journal of deliveries: the state of each, and every event for ever, in the catalogue's database."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Engine, insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from maxbooster_kernel.catalogue.models_delivery import DeliveryEvent, DeliveryRow
from maxbooster_kernel.catalogue.store_engine import open_engine, reason
from maxbooster_kernel.delivery.alone import alone
from maxbooster_kernel.errors import DeliveryError

State = Literal[
    "draft",
    "validated",
    "packaged",
    "uploading",
    "committed",
    "acknowledged",
    "rejected",
    "live",
    "taken_down",
    "superseded",
]
NEXT: dict[str, tuple[str, ...]] = {
    "draft": ("validated",),
    "validated": ("packaged",),
    "packaged": ("uploading", "superseded"),
    "uploading": ("uploading", "committed", "superseded"),
    "committed": ("acknowledged", "rejected"),
    "acknowledged": ("live", "taken_down", "rejected"),
    "live": ("taken_down",),
    "rejected": (),
    "taken_down": (),
    "superseded": (),
}
# The founding document's status column: pending, processing, live, failed.
STATUS = {
    "draft": "pending",
    "validated": "pending",
    "packaged": "processing",
    "uploading": "processing",
    "committed": "processing",
    "acknowledged": "processing",
    "live": "live",
    "rejected": "failed",
    "taken_down": "live",
    "superseded": "processing",
}
DELIVERIES: Any = DeliveryRow.__table__
EVENTS: Any = DeliveryEvent.__table__


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One delivery of the journal."""

    id: int
    key: str
    destination: str
    store: str
    upc: str
    version: str
    action: str
    batch: str
    message_id: str
    created: datetime
    state: str

    @property
    def status(self) -> str:
        """Return the state in the founding document's four words."""
        return STATUS[self.state]

    def to_dict(self) -> dict[str, Any]:
        """Return the delivery as a JSON object."""
        names = ("store", "destination", "upc", "version", "action", "batch", "message_id", "state", "status", "key")
        return {name: getattr(self, name) for name in names} | {"created": self.created.isoformat()}


class Journal:
    """Deliveries and their events; the events are append-only, the database itself refuses to change them."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, place: str | os.PathLike[str] | None = None) -> Journal:
        """Open the journal in the catalogue's database at a URL or an SQLite path."""
        return cls(open_engine(place))

    def find(self, key: str, destination: str) -> Entry | None:
        """Return the delivery of a content to a destination that was not rejected or superseded."""
        wanted = (DELIVERIES.c.key == key) & (DELIVERIES.c.destination == destination)
        rows = self._entries(wanted & DELIVERIES.c.state.not_in(("rejected", "superseded")))
        return rows[-1] if rows else None

    def entries(self, *, upc: str | None = None, destination: str | None = None) -> list[Entry]:
        """Return deliveries in the order they were made."""
        wanted = text("1 = 1")
        if upc is not None and destination is not None:
            return self._entries((DELIVERIES.c.upc == upc) & (DELIVERIES.c.destination == destination))
        if upc is not None:
            return self._entries(DELIVERIES.c.upc == upc)
        if destination is not None:
            return self._entries(DELIVERIES.c.destination == destination)
        return self._entries(wanted)

    def add(self, *, now: datetime, **values: str) -> Entry:
        """Add a delivery in state packaged; what was not yet committed for the same release and place is superseded."""
        with self.engine.begin() as connection:
            older = (
                (DELIVERIES.c.upc == values["upc"])
                & (DELIVERIES.c.destination == values["destination"])
                & DELIVERIES.c.state.in_(("packaged", "uploading"))
            )
            for row in connection.execute(select(DELIVERIES.c.id).where(older)).all():
                _move(connection, row[0], "superseded", "a newer message of the release", now)
            result = connection.execute(insert(DELIVERIES).values(state="packaged", **values))
            number = int((result.inserted_primary_key or (0,))[0])
            _event(connection, number, "packaged", values["batch"], now)
        return self.get(number)

    def get(self, number: int) -> Entry:
        """Return one delivery."""
        return self._entries(DELIVERIES.c.id == number)[0]

    def move(self, entry: Entry, state: State, detail: str = "", *, now: datetime | None = None) -> Entry:
        """Move a delivery to a state it may go to, and write the event."""
        with self.engine.begin() as connection:
            row = connection.execute(select(DELIVERIES.c.state).where(DELIVERIES.c.id == entry.id)).one()
            if state not in NEXT[row[0]]:
                raise DeliveryError(f"batch {entry.batch}: a delivery that is {row[0]} cannot become {state}")
            _move(connection, entry.id, state, detail, now or datetime.now(UTC))
        return self.get(entry.id)

    def note(self, entry: Entry, event: str, detail: str, *, now: datetime | None = None) -> None:
        """Write an event without a change of state, such as a file sent."""
        with self.engine.begin() as connection:
            _event(connection, entry.id, event, detail, now or datetime.now(UTC))

    def events(self, entry: Entry) -> list[dict[str, str]]:
        """Return the events of a delivery in their order."""
        query = select(EVENTS.c.at, EVENTS.c.event, EVENTS.c.detail).where(EVENTS.c.delivery == entry.id)
        with self.engine.connect() as connection:
            return [dict(row._mapping) for row in connection.execute(query.order_by(EVENTS.c.id))]  # noqa: SLF001 - documented by SQLAlchemy in spite of its name

    def alone(self, upc: str, destination: str) -> AbstractContextManager[None]:
        """Hold the lock of a release and a place: one delivery at a time, whatever process makes it."""
        return alone(self.engine, upc, destination)

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def _entries(self, wanted: Any) -> list[Entry]:
        try:
            with self.engine.connect() as connection:
                rows = connection.execute(select(DELIVERIES).where(wanted).order_by(DELIVERIES.c.id)).mappings().all()
        except SQLAlchemyError as error:
            raise DeliveryError(f"the journal cannot be read: {reason(error)}") from None
        return [Entry(**{**row, "created": datetime.fromisoformat(row["created"])}) for row in rows]


def _move(connection: Any, number: int, state: str, detail: str, now: datetime) -> None:
    connection.execute(update(DELIVERIES).where(DELIVERIES.c.id == number).values(state=state))
    _event(connection, number, state, detail, now)


def _event(connection: Any, number: int, event: str, detail: str, now: datetime) -> None:
    connection.execute(insert(EVENTS).values(delivery=number, at=now.isoformat(), event=event, detail=detail))
