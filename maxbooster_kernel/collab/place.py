"""Where the server's own data are."""

from __future__ import annotations

import os
from pathlib import Path


def store_path() -> Path:
    """Return the database of updates, roles and versions: ``MAXBOOSTER_STORE``, or in Jupyter's data folder.

    Jupyter keeps the ids of files there too, by which the rooms are named.
    """
    if chosen := os.environ.get("MAXBOOSTER_STORE"):
        return Path(chosen)
    from jupyter_core.paths import jupyter_data_dir

    return Path(jupyter_data_dir()) / "maxbooster" / "rooms.sqlite"
