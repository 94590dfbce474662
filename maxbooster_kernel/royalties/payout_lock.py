"""One process at a time executes the payouts of a database; a process that dies lets go."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from sqlalchemy import text

from maxbooster_kernel.catalogue.store import Catalogue
from maxbooster_kernel.errors import RoyaltyError

_LOCK = 0x6D61_7870  # PostgreSQL advisory lock


@contextmanager
def alone(catalogue: Catalogue) -> Iterator[None]:
    """Hold the right to execute payouts.

    PostgreSQL keeps it with the connection; beside an SQLite file it is the lock of a small database of its own, which
    every operating system frees when a process ends.

    Raises
    ------
    RoyaltyError
        Another process has it.
    """
    url = catalogue.engine.url
    if url.get_backend_name() == "postgresql":
        with catalogue.engine.connect() as connection:
            if not connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _LOCK}).scalar():
                raise _taken()
            connection.commit()
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
        return
    with closing(sqlite3.connect(f"{url.database}.payouts", timeout=0, isolation_level=None)) as held:
        try:
            held.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            raise _taken() from None
        yield


def _taken() -> RoyaltyError:
    return RoyaltyError("payouts: another process is executing payouts of this database; wait until it is done")
