"""Tables of money: recipients, prices, statements, the ledger, payouts, imports and the audit log.

The ledger is double entry: entries of a transaction are inserted first, then the transaction itself; a trigger lets it
in only if its entries sum to zero in every currency, and none can follow. Entries, transactions, published statements
and the audit log are append-only.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from maxbooster_kernel.catalogue.models import Json
from maxbooster_kernel.catalogue.models_base import (
    Base,
    Id,
    ScaledInt,
    UtcTime,
    is_one_of,
    is_period,
    new_id,
    utc_now,
)

Serial = BigInteger().with_variant(Integer(), "sqlite")
PAYOUT_STATES = ("planned", "sending", "paid", "failed", "unknown")
RUN_STATES = ("planned", "executing", "done", "stopped")


class Recipient(Base):
    """Someone who is paid: tax, country and how to pay."""

    __tablename__ = "recipients"
    __table_args__ = (
        CheckConstraint("withholding BETWEEN 0 AND 1000000", name="withholding_range"),
        CheckConstraint("minimum_payout >= 0", name="minimum_payout_range"),
    )

    id: Mapped[str] = mapped_column(String, primary_key=True)
    name: Mapped[str] = mapped_column(String, default="", server_default="")
    country: Mapped[str] = mapped_column(String(2), default="", server_default="")
    tax_form: Mapped[str] = mapped_column(String(16), default="", server_default="")
    withholding: Mapped[Decimal] = mapped_column(ScaledInt(4), default=Decimal(0), server_default="0")
    minimum_payout: Mapped[Decimal] = mapped_column(ScaledInt(9), default=Decimal(0), server_default="0")
    currency: Mapped[str] = mapped_column(String(3), default="USD", server_default="USD")
    payout_method: Mapped[str] = mapped_column(String(16), default="", server_default="")
    payout_details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


class Rate(Base):
    """What one stream on a platform earns; period ``''`` holds when no other does. ``rate`` is decimal text."""

    __tablename__ = "rates"
    __table_args__ = (is_period("period", optional=True),)

    platform: Mapped[str] = mapped_column(String, primary_key=True)
    period: Mapped[str] = mapped_column(String(7), primary_key=True, default="", server_default="")
    rate: Mapped[str] = mapped_column(String(32))


class Multiplier(Base):
    """Factor of a country; country ``''`` is the default. ``multiplier`` is decimal text."""

    __tablename__ = "multipliers"

    country: Mapped[str] = mapped_column(String(2), primary_key=True)
    multiplier: Mapped[str] = mapped_column(String(32))


class Advance(Base):
    """Money paid before it was earned."""

    __tablename__ = "advances"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("recoup_rate BETWEEN 0 AND 1000000", name="recoup_rate_range"),
        is_period("period"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    recipient_id: Mapped[str] = mapped_column(ForeignKey("recipients.id"))
    currency: Mapped[str] = mapped_column(String(3))
    amount: Mapped[Decimal] = mapped_column(ScaledInt(9))
    recoup_rate: Mapped[Decimal] = mapped_column(ScaledInt(4), default=Decimal(100), server_default="1000000")
    period: Mapped[str] = mapped_column(String(7))


class Statement(Base):
    """One recipient's published statement of one period; ``id`` is the hash of what it was computed from.

    Rows are never changed: a correction is a row that ``reverses`` the wrong one, all its amounts negated, and a row
    with the right ones. ``revision`` counts them, so that two writers cannot both publish a statement.
    """

    __tablename__ = "statements"
    __table_args__ = (
        UniqueConstraint("period", "recipient_id", "currency", "revision"),
        UniqueConstraint("reverses"),
        CheckConstraint("net_paid_minor >= 0 OR reverses IS NOT NULL", name="net_paid_range"),
        CheckConstraint("revision > 0", name="revision_positive"),
        is_period("period"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    run_id: Mapped[str] = mapped_column(String(64))
    recipient_id: Mapped[str] = mapped_column(String)
    period: Mapped[str] = mapped_column(String(7))
    currency: Mapped[str] = mapped_column(String(3))
    opening: Mapped[Decimal] = mapped_column(ScaledInt(9))
    earned: Mapped[Decimal] = mapped_column(ScaledInt(9))
    recouped: Mapped[Decimal] = mapped_column(ScaledInt(9))
    gross_paid: Mapped[Decimal] = mapped_column(ScaledInt(9))
    tax_withheld: Mapped[Decimal] = mapped_column(ScaledInt(9))
    net_paid_minor: Mapped[int] = mapped_column(BigInteger)
    closing: Mapped[Decimal] = mapped_column(ScaledInt(9))
    advance_left: Mapped[Decimal] = mapped_column(ScaledInt(9))
    reverses: Mapped[str | None] = mapped_column(ForeignKey("statements.id"))
    costs: Mapped[Decimal] = mapped_column(ScaledInt(9), default=Decimal(0), server_default="0")
    reserved: Mapped[Decimal] = mapped_column(ScaledInt(9), default=Decimal(0), server_default="0")
    released: Mapped[Decimal] = mapped_column(ScaledInt(9), default=Decimal(0), server_default="0")
    reserve_held: Mapped[Decimal] = mapped_column(ScaledInt(9), default=Decimal(0), server_default="0")
    revision: Mapped[int] = mapped_column(Integer, default=1, server_default="1")


class LedgerTransaction(Base):
    """What closes a set of ledger entries; ``id`` is the hash of what was posted."""

    __tablename__ = "ledger_transactions"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    posted_at: Mapped[datetime] = mapped_column(UtcTime, default=utc_now, server_default=text("CURRENT_TIMESTAMP"))
    memo: Mapped[str] = mapped_column(String, default="", server_default="")
    reverses: Mapped[str | None] = mapped_column(ForeignKey("ledger_transactions.id"), unique=True)


class LedgerEntry(Base):
    """One posting: an amount in or out of one account."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        Index("ix_ledger_entries_txn_id", "txn_id"),
        Index("ix_ledger_entries_account", "account", "currency"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        CheckConstraint("length(account) > 0", name="account_given"),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    txn_id: Mapped[str] = mapped_column(
        ForeignKey("ledger_transactions.id", deferrable=True, initially="DEFERRED"), nullable=False
    )
    account: Mapped[str] = mapped_column(String)
    currency: Mapped[str] = mapped_column(String(3))
    nanos: Mapped[int] = mapped_column(BigInteger)


class PayoutRun(Base):
    """A plan of payouts that is executed as one."""

    __tablename__ = "payout_runs"
    __table_args__ = (is_one_of("state", RUN_STATES),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    provider: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), default="planned", server_default="planned")
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=utc_now, server_default=text("CURRENT_TIMESTAMP"))


class Payout(Base):
    """One transfer; its state is stored before anything is sent."""

    __tablename__ = "payouts"
    __table_args__ = (
        UniqueConstraint("idempotency_key"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("attempt > 0", name="attempt_positive"),
        is_one_of("state", PAYOUT_STATES),
        Index("ix_payouts_run_id", "run_id"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("payout_runs.id"))
    statement_id: Mapped[str] = mapped_column(String(64))
    recipient_id: Mapped[str] = mapped_column(String)
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    destination: Mapped[str] = mapped_column(String, default="", server_default="")
    idempotency_key: Mapped[str] = mapped_column(String(255))
    attempt: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    state: Mapped[str] = mapped_column(String(16), default="planned", server_default="planned")
    provider_ref: Mapped[str | None] = mapped_column(String(255))
    message: Mapped[str] = mapped_column(String, default="", server_default="")
    period: Mapped[str] = mapped_column(String(7), default="", server_default="")
    updated_at: Mapped[datetime] = mapped_column(UtcTime, default=utc_now, server_default=text("CURRENT_TIMESTAMP"))


class AuditLog(Base):
    """What was done, each row sealed by the hash of the one before it."""

    __tablename__ = "audit_log"
    __table_args__ = (UniqueConstraint("previous"), UniqueConstraint("hash"))

    id: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    action: Mapped[str] = mapped_column(String(32))
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class ImportFile(Base):
    """A sales file that was imported: its content's hash and its control totals."""

    __tablename__ = "import_files"
    __table_args__ = (UniqueConstraint("sha256"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    sha256: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String, default="", server_default="")
    rows: Mapped[int] = mapped_column(BigInteger)
    totals: Mapped[dict[str, Any]] = mapped_column(Json)
    imported_at: Mapped[datetime] = mapped_column(UtcTime, default=utc_now, server_default=text("CURRENT_TIMESTAMP"))
