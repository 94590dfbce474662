"""Alembic's environment: migrates the connection it is given, then puts triggers and views in place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from maxbooster_kernel.catalogue import models_delivery, models_triggers  # noqa: F401 - its tables are in the metadata
from maxbooster_kernel.catalogue.models_money import AuditLog

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=AuditLog.metadata,
    render_as_batch=True,
    compare_type=True,
    transaction_per_migration=False,
)
context.run_migrations()
if sa.inspect(connection).has_table("revenue_splits"):
    models_triggers.install(connection)
