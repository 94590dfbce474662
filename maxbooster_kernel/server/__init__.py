"""The Jupyter server extension: rooms of mix sessions that survive crashes, guard rights and keep versions."""

from __future__ import annotations

from typing import Any

__all__ = ["_jupyter_server_extension_points", "_load_jupyter_server_extension"]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "maxbooster_kernel.server"}]


def _load_jupyter_server_extension(serverapp: Any) -> None:
    from maxbooster_kernel.server.extension import load

    load(serverapp)
