"""Migrations make exactly the tables of the models, and keep the triggers."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, text

from maxbooster_kernel.catalogue import models_delivery, models_triggers
from maxbooster_kernel.catalogue.models_money import AuditLog
from maxbooster_kernel.catalogue.store_engine import migrate, open_engine
from maxbooster_kernel.errors import CatalogueError


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/c.sqlite"
    server = request.getfixturevalue("postgres")
    name = "migrations_" + "".join(c if c.isalnum() else "_" for c in request.node.name.lower())[:40]
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.rsplit("/", 1)[0] + f"/{name}"


def test_migrations_make_the_models(place: str) -> None:
    engine = open_engine(place)
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        tables = [d for d in compare_metadata(context, AuditLog.metadata) if "alembic_version" not in str(d)]
        assert tables == []
        assert models_triggers.missing(connection) == []
    engine.dispose()


def test_deliveries_made_before_their_migration_are_taken_over(place: str) -> None:
    engine = open_engine(place)
    tables = (models_delivery.DeliveryRow, models_delivery.DeliveryEvent, models_delivery.GivenIdentifier)
    names = [table.__tablename__ for table in tables]
    assert set(names) <= set(inspect(engine).get_table_names())
    with engine.begin() as connection:
        for statement in (
            "DROP INDEX ix_deliveries_upc",
            "DROP INDEX ix_delivery_events_delivery",
            "DROP TABLE identifiers_given",
            (
                "CREATE TABLE identifiers_given (kind VARCHAR(8) NOT NULL, value VARCHAR(18) NOT NULL, "
                "purpose VARCHAR(255) NOT NULL, CONSTRAINT uq_identifiers_given_kind_value UNIQUE (kind, value))"
            ),
            "INSERT INTO identifiers_given VALUES ('upc', '700000000009', 'an old one')",
            "INSERT INTO delivery_events (delivery, at, event, detail) VALUES (1, 'then', 'packaged', '')",
            "UPDATE alembic_version SET version_num = '0002'",
        ):
            connection.execute(text(statement))
    migrate(engine)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT value FROM identifiers_given")).scalar() == "700000000009"
        assert connection.execute(text("SELECT count(*) FROM delivery_events")).scalar() == 1
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert [d for d in compare_metadata(context, AuditLog.metadata) if "alembic_version" not in str(d)] == []
    engine.dispose()


def test_a_lost_trigger_is_put_back_at_start(place: str) -> None:
    engine = open_engine(place)
    with engine.begin() as connection:
        table = " ON revenue_splits" if connection.dialect.name == "postgresql" else ""
        name = "splits_sum" if table else "splits_sum_insert"
        connection.execute(text(f"DROP TRIGGER {name}{table}"))
        assert models_triggers.missing(connection) == [name]
    engine.dispose()
    engine = open_engine(place)
    with engine.begin() as connection:
        assert models_triggers.missing(connection) == []
    engine.dispose()


def down(engine: Engine, revision: str) -> None:
    from alembic import command
    from alembic.config import Config

    from maxbooster_kernel.catalogue.store_engine import MIGRATIONS

    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


STATEMENT = (
    "INSERT INTO statements (id, run_id, recipient_id, period, currency, opening, earned, recouped, gross_paid, "
    "tax_withheld, net_paid_minor, closing, advance_left) "
    "VALUES ('s', 'r', 'a', '2026-07', 'USD', 0, 5, 0, 0, 0, 0, 5, 0)"
)


def test_statements_of_an_older_database_are_kept(place: str) -> None:
    engine = open_engine(place)
    down(engine, "0001")
    with engine.begin() as connection:
        connection.execute(text(STATEMENT))
    migrate(engine)
    with engine.begin() as connection:
        row = connection.execute(text("SELECT earned, costs, revision FROM statements")).one()
        assert tuple(row) == (5, 0, 1)
        assert models_triggers.missing(connection) == []
    down(engine, "0001")
    with engine.begin() as connection:
        assert connection.execute(text("SELECT earned FROM statements")).scalar() == 5
    engine.dispose()


def test_down_and_up_again(place: str) -> None:
    engine = open_engine(place)
    down(engine, "base")
    migrate(engine)
    with engine.begin() as connection:
        assert models_triggers.missing(connection) == []
    engine.dispose()


def test_a_newer_database_is_refused(place: str) -> None:
    engine = open_engine(place)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(CatalogueError, match="newer"):
        open_engine(place)
