"""Open the catalogue's database: SQLite in a file of the user's, or PostgreSQL by URL; migrate it; check it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from maxbooster_kernel.catalogue import models_triggers
from maxbooster_kernel.errors import CatalogueError, MissingExtraError
from maxbooster_kernel.files import is_utf8

MIGRATIONS = Path(__file__).parent / "alembic"
VARIABLE = "MAXBOOSTER_DATABASE_URL"
_LOCK = 0x6D61_7862  # PostgreSQL advisory lock: one migration at a time


def database_url(place: str | os.PathLike[str] | None = None) -> URL:
    """Return the URL of a database.

    Parameters
    ----------
    place
        A URL, or the path of an SQLite file. None takes ``MAXBOOSTER_DATABASE_URL``, or else a file of the user's.
    """
    chosen = os.fspath(place) if place is not None else os.environ.get(VARIABLE) or ""
    if not chosen:
        import platformdirs

        chosen = str(Path(platformdirs.user_data_dir("maxbooster")) / "catalogue.sqlite")
    if not is_utf8(chosen):
        raise CatalogueError(f"database: expected a path or a URL in UTF-8, got {chosen!r}")
    if "://" not in chosen:
        return URL.create("sqlite+pysqlite", database=str(Path(chosen)))
    try:
        url = make_url(chosen)
    except ArgumentError:
        raise CatalogueError(
            f"database: expected a path or a URL such as postgresql://host/name, got {chosen!r}"
        ) from None
    if url.drivername in {"postgresql", "postgres"}:
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise CatalogueError(f"database: expected SQLite or PostgreSQL, got {url.get_backend_name()!r}")
    return url


def open_engine(place: str | os.PathLike[str] | None = None) -> Engine:
    """Return an engine on a database at the newest migration, with its triggers in place.

    Raises
    ------
    CatalogueError
        The database cannot be opened, is newer than this program, or lacks a trigger.
    MissingExtraError
        PostgreSQL is asked for and its driver is not installed.
    """
    url = database_url(place)
    if url.get_backend_name() == "sqlite" and url.database not in {None, "", ":memory:"}:
        Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    try:
        # A connection a thread and no pool: SQLite files are cheap to open, and no handle outlives its use.
        engine = create_engine(url, poolclass=NullPool) if url.get_backend_name() == "sqlite" else create_engine(url)
    except ModuleNotFoundError:
        raise MissingExtraError("postgres", "a PostgreSQL catalogue") from None
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
    try:
        migrate(engine)
    except SQLAlchemyError as error:
        engine.dispose()
        raise CatalogueError(f"database {url.render_as_string()} cannot be opened: {reason(error)}") from None
    except CatalogueError:
        engine.dispose()
        raise
    return engine


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring a database to a revision (the newest by default) and check that its triggers are there."""
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    script = ScriptDirectory.from_config(config)
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        current = MigrationContext.configure(connection).get_current_revision()
        if current is not None and current not in {item.revision for item in script.walk_revisions()}:
            raise CatalogueError(
                f"database {engine.url.render_as_string()}: its revision {current!r} is newer than this program; "
                "update Max Booster"
            )
        if current != script.get_current_head() or revision != "head":
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
        lost = models_triggers.missing(connection)
        if lost:
            models_triggers.install(connection)
        lost = models_triggers.missing(connection)
        if lost:
            raise CatalogueError(f"database {engine.url.render_as_string()}: triggers are missing: {', '.join(lost)}")


def reason(error: SQLAlchemyError) -> str:
    """Return the database's own words in one line."""
    origin = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return str(origin).strip().splitlines()[0] if str(origin).strip() else type(origin).__name__


def _prepare_sqlite(connection: Any, record: object) -> None:  # noqa: ARG001 - SQLAlchemy calls it so
    connection.isolation_level = None  # SQLAlchemy's own BEGIN is used, see below
    cursor = connection.cursor()
    for pragma in ("busy_timeout = 30000", "journal_mode = WAL", "foreign_keys = ON", "synchronous = NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock at once: a transaction that starts reading cannot be refused when it writes."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
