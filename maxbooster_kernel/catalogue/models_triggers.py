"""Triggers and views that SQLAlchemy does not describe, as text for SQLite and PostgreSQL.

They are put in after every migration: SQLite drops the triggers of a table that a migration rebuilds.
"""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

APPEND_ONLY = ("ledger_entries", "ledger_transactions", "audit_log", "statements", "delivery_events")

TRACKS_VIEW = """
CREATE VIEW tracks AS
SELECT r.id AS id, t.release_id AS release_id, r.isrc AS isrc, r.title AS title, r.duration AS duration,
       r.audio_file_url AS audio_file_url, t.position AS position
FROM release_tracks t JOIN recordings r ON r.id = t.recording_id
"""

_EXCEEDS = """
EXISTS (
    SELECT 1 FROM (SELECT DISTINCT valid_from AS at FROM revenue_splits WHERE track_id = NEW.track_id) edge
    WHERE (SELECT sum(s.percentage) FROM revenue_splits s
           WHERE s.track_id = NEW.track_id AND s.valid_from <= edge.at
             AND (s.valid_to = '' OR edge.at < s.valid_to)) > 1000000
)
"""
_UNBALANCED = """
EXISTS (SELECT 1 FROM ledger_entries WHERE txn_id = NEW.id GROUP BY currency HAVING sum(nanos) <> 0)
OR NOT EXISTS (SELECT 1 FROM ledger_entries WHERE txn_id = NEW.id)
"""
_CLOSED = "EXISTS (SELECT 1 FROM ledger_transactions WHERE id = NEW.txn_id)"

REFUSALS = {
    "splits_exceed_100": "revenue splits of a track exceed 100 percent",
    "ledger_unbalanced": "ledger entries of a transaction must sum to zero in every currency",
    "ledger_closed": "a posted ledger transaction takes no more entries",
    "append_only": "append-only: rows of this table are never changed or deleted; post a reversal",
}
"""What the database says when it refuses, by rule."""


def _sqlite_triggers() -> dict[str, str]:
    def refuse(name: str, when: str, condition: str, rule: str) -> str:
        return f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{REFUSALS[rule]}') WHERE {condition}; END"

    triggers = {
        "splits_sum_insert": refuse(
            "splits_sum_insert", "AFTER INSERT ON revenue_splits", _EXCEEDS, "splits_exceed_100"
        ),
        "splits_sum_update": refuse(
            "splits_sum_update", "AFTER UPDATE ON revenue_splits", _EXCEEDS, "splits_exceed_100"
        ),
        "ledger_balanced": refuse(
            "ledger_balanced", "BEFORE INSERT ON ledger_transactions", _UNBALANCED, "ledger_unbalanced"
        ),
        "ledger_closed": refuse("ledger_closed", "BEFORE INSERT ON ledger_entries", _CLOSED, "ledger_closed"),
    }
    for table in APPEND_ONLY:
        for verb in ("update", "delete"):
            name = f"{table}_no_{verb}"
            triggers[name] = refuse(name, f"BEFORE {verb.upper()} ON {table}", "1", "append_only")
    return triggers


def _postgres_triggers() -> dict[str, tuple[str, str]]:
    """Return for each trigger the body of its function and what it is called on."""

    def refuse(condition: str, rule: str) -> str:
        return f"IF {condition} THEN RAISE EXCEPTION '{REFUSALS[rule]}' USING ERRCODE = 'check_violation'; END IF;"

    # the foreign key of each writer's own split already holds KEY SHARE, on which FOR UPDATE would deadlock two writers
    lock = "PERFORM 1 FROM recordings WHERE id = NEW.track_id FOR NO KEY UPDATE;"
    triggers = {
        "splits_sum": (
            f"{lock} {refuse(_EXCEEDS, 'splits_exceed_100')} RETURN NULL;",
            "CONSTRAINT TRIGGER splits_sum AFTER INSERT OR UPDATE ON revenue_splits DEFERRABLE INITIALLY DEFERRED",
        ),
        "ledger_balanced": (
            f"{refuse(_UNBALANCED, 'ledger_unbalanced')} RETURN NEW;",
            "TRIGGER ledger_balanced BEFORE INSERT ON ledger_transactions",
        ),
        "ledger_closed": (
            f"{refuse(_CLOSED, 'ledger_closed')} RETURN NEW;",
            "TRIGGER ledger_closed BEFORE INSERT ON ledger_entries",
        ),
    }
    for table in APPEND_ONLY:
        name = f"{table}_append_only"
        triggers[name] = (
            refuse("TRUE", "append_only") + " RETURN NULL;",
            f"TRIGGER {name} BEFORE UPDATE OR DELETE ON {table}",
        )
    return triggers


_POSTGRES_THERE = """
SELECT tgname, prosrc FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid WHERE NOT tgisinternal AND tgenabled <> 'D'
"""
_TABLES = {"splits_sum": "revenue_splits", "ledger_balanced": "ledger_transactions", "ledger_closed": "ledger_entries"}


def _table_of(name: str) -> str:
    known = _TABLES.get(name.removesuffix("_insert").removesuffix("_update"))
    return known or name.removesuffix("_append_only").removesuffix("_no_update").removesuffix("_no_delete")


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def _source(body: str) -> str:
    return f" BEGIN {body} END "


def install(connection: Connection) -> None:
    """Make the triggers and the view afresh, as far as their tables are there."""
    there = _tables(connection)
    connection.execute(text("DROP VIEW IF EXISTS tracks"))
    connection.execute(text(TRACKS_VIEW))
    if connection.dialect.name == "sqlite":
        for name, statement in _sqlite_triggers().items():
            if _table_of(name) in there:
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
                connection.exec_driver_sql(statement)
        return
    for name, (body, statement) in _postgres_triggers().items():
        table = _table_of(name)
        if table not in there:
            continue
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON {table}")
        connection.exec_driver_sql(
            f"CREATE OR REPLACE FUNCTION maxbooster_{name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$body${_source(body)}$body$"
        )
        connection.exec_driver_sql(f"CREATE {statement} FOR EACH ROW EXECUTE FUNCTION maxbooster_{name}()")


def drop(connection: Connection, table: str) -> None:
    """Remove the triggers that keep a table's rows from being changed, before a migration copies them."""
    if connection.dialect.name == "sqlite":
        for verb in ("update", "delete"):
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
    else:
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}")


def missing(connection: Connection) -> list[str]:
    """Return the names of triggers that should be there, as their tables are, and are not or say something else."""
    tables = _tables(connection)
    if connection.dialect.name == "sqlite":
        found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        there = {row.name: row.sql for row in found}
        wanted = {name: statement for name, statement in _sqlite_triggers().items() if _table_of(name) in tables}
        return [name for name, statement in wanted.items() if there.get(name) != statement]
    rows = connection.execute(text(_POSTGRES_THERE)).all()
    sources = {row.tgname: row.prosrc for row in rows}
    bodies = {name: body for name, (body, _) in _postgres_triggers().items() if _table_of(name) in tables}
    return [name for name, body in bodies.items() if sources.get(name) != _source(body)]
