"""Published statements: costs and reserves, revisions instead of changes; the period of a payout."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from maxbooster_kernel.catalogue import models_triggers

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MONEY = ("costs", "reserved", "released", "reserve_held")
_BY_RUN = ("period", "recipient_id", "currency", "run_id")
_BY_REVISION = ("period", "recipient_id", "currency", "revision")


def _unique(columns: tuple[str, ...]) -> str:
    return f"uq_statements_{'_'.join(columns)}"


def upgrade() -> None:
    """Go to this revision."""
    with op.batch_alter_table("statements") as table:
        for name in _MONEY:
            table.add_column(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
        table.add_column(sa.Column("revision", sa.Integer(), server_default="1", nullable=False))
        table.drop_constraint(_unique(_BY_RUN), type_="unique")
        table.create_unique_constraint(_unique(_BY_REVISION), list(_BY_REVISION))
        table.create_unique_constraint("uq_statements_reverses", ["reverses"])
        table.drop_constraint("ck_statements_net_paid_range", type_="check")
        table.create_check_constraint("ck_statements_net_paid_range", "net_paid_minor >= 0 OR reverses IS NOT NULL")
        table.create_check_constraint("ck_statements_revision_positive", "revision > 0")
    op.add_column("payouts", sa.Column("period", sa.String(length=7), server_default="", nullable=False))


def downgrade() -> None:
    """Go back."""
    models_triggers.drop(op.get_bind(), "statements")
    op.drop_column("payouts", "period")
    with op.batch_alter_table("statements") as table:
        table.drop_constraint("ck_statements_revision_positive", type_="check")
        table.drop_constraint("ck_statements_net_paid_range", type_="check")
        table.create_check_constraint("ck_statements_net_paid_range", "net_paid_minor >= 0")
        table.drop_constraint("uq_statements_reverses", type_="unique")
        table.drop_constraint(_unique(_BY_REVISION), type_="unique")
        table.create_unique_constraint(_unique(_BY_RUN), list(_BY_RUN))
        for name in ("revision", *reversed(_MONEY)):
            table.drop_column(name)
