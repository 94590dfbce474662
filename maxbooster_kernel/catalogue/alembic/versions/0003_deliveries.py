"""Deliveries, their events and identifiers given out; tables that programs before this revision made are taken over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    there = set(sa.inspect(op.get_bind()).get_table_names())
    if "deliveries" not in there:
        op.create_table(
            "deliveries",
            sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
            sa.Column("key", sa.String(length=64), nullable=False),
            sa.Column("destination", sa.Text(), nullable=False),
            sa.Column("store", sa.String(length=64), nullable=False),
            sa.Column("upc", sa.String(length=14), nullable=False),
            sa.Column("version", sa.String(length=16), nullable=False),
            sa.Column("action", sa.String(length=16), nullable=False),
            sa.Column("batch", sa.String(length=64), nullable=False),
            sa.Column("message_id", sa.String(length=128), nullable=False),
            sa.Column("created", sa.String(length=40), nullable=False),
            sa.Column("state", sa.String(length=16), nullable=False),
            sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        )
    op.create_index("ix_deliveries_upc", "deliveries", ["upc", "destination"])
    if "delivery_events" not in there:
        op.create_table(
            "delivery_events",
            sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
            sa.Column("delivery", sa.Integer(), nullable=False),
            sa.Column("at", sa.String(length=40), nullable=False),
            sa.Column("event", sa.String(length=32), nullable=False),
            sa.Column("detail", sa.Text(), nullable=False),
            sa.PrimaryKeyConstraint("id", name="pk_delivery_events"),
        )
    op.create_index("ix_delivery_events_delivery", "delivery_events", ["delivery"])
    if "identifiers_given" not in there:
        op.create_table(
            "identifiers_given",
            sa.Column("kind", sa.String(length=8), nullable=False),
            sa.Column("value", sa.String(length=18), nullable=False),
            sa.Column("purpose", sa.String(length=255), nullable=False),
            sa.PrimaryKeyConstraint("kind", "value", name="pk_identifiers_given"),
        )
        return
    with op.batch_alter_table("identifiers_given") as table:
        table.drop_constraint("uq_identifiers_given_kind_value", type_="unique")
        table.create_primary_key("pk_identifiers_given", ["kind", "value"])


def downgrade() -> None:
    """Go back."""
    for table in ("delivery_events", "deliveries", "identifiers_given"):
        op.drop_table(table)
