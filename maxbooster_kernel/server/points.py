"""Where Jupyter finds the server extension; nothing of it is imported before the server loads it."""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Return the extension's module, as jupyter_server asks."""
    return [{"module": "maxbooster_kernel.server"}]


def _load_jupyter_server_extension(serverapp: Any) -> None:
    """Load the extension into a server."""
    from maxbooster_kernel.server.extension import load

    load(serverapp)
