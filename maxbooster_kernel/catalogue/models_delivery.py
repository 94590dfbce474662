"""Tables of what goes out: deliveries, their events, and identifiers given out."""

from __future__ import annotations

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from maxbooster_kernel.catalogue.models_base import Base


class DeliveryRow(Base):
    """One batch to one destination; ``key`` is the hash of what it says, so that nothing is sent twice."""

    __tablename__ = "deliveries"
    __table_args__ = (Index("ix_deliveries_upc", "upc", "destination"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(64))
    destination: Mapped[str] = mapped_column(Text)
    store: Mapped[str] = mapped_column(String(64))
    upc: Mapped[str] = mapped_column(String(14))
    version: Mapped[str] = mapped_column(String(16))
    action: Mapped[str] = mapped_column(String(16))
    batch: Mapped[str] = mapped_column(String(64))
    message_id: Mapped[str] = mapped_column(String(128))
    created: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(16))


class DeliveryEvent(Base):
    """What happened to a delivery; rows are never changed."""

    __tablename__ = "delivery_events"
    __table_args__ = (Index("ix_delivery_events_delivery", "delivery"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    delivery: Mapped[int] = mapped_column(Integer)
    at: Mapped[str] = mapped_column(String(40))
    event: Mapped[str] = mapped_column(String(32))
    detail: Mapped[str] = mapped_column(Text)


class GivenIdentifier(Base):
    """An ISRC or UPC that was given out; it stays, whatever becomes of it."""

    __tablename__ = "identifiers_given"

    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    value: Mapped[str] = mapped_column(String(18), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(255))
