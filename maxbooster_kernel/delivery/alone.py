"""One at a time: deliveries of one release to one place wait for each other, across threads, processes and machines.

On SQLite a lock on a file beside the database, on PostgreSQL an advisory lock; either is let go when its process dies.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text


@contextmanager
def alone(engine: Engine, *names: str) -> Iterator[None]:
    """Hold the lock of these names while the block runs; wait for whoever holds it.

    Parameters
    ----------
    engine
        The journal's database: who shares it, shares its locks.
    names
        What is locked, such as a release and a destination.
    """
    key = hashlib.sha256("\0".join(names).encode("utf-8")).digest()
    if engine.dialect.name == "postgresql":
        number = int.from_bytes(key[:8], "big", signed=True)
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": number})
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": number})
        return
    with _file(engine, key.hex()[:32]).open("ab") as stream:
        _lock(stream.fileno())
        yield  # closing the file lets go of it


def _file(engine: Engine, name: str) -> Path:
    place = engine.url.database
    base = Path(place) if place and place != ":memory:" else Path(tempfile.gettempdir()) / f"maxbooster-{os.getpid()}"
    folder = base.with_name(f"{base.name}.locks")
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.lock"


def _lock(handle: int) -> None:
    """Lock a file for this opening of it; the system wakes whoever waits."""
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined,unused-ignore]  # - Windows only
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX)
