"""The Jupyter server extension: rooms of mix sessions that survive crashes, guard rights and keep versions."""

from maxbooster_kernel.server.points import _jupyter_server_extension_points, _load_jupyter_server_extension

__all__ = ["_jupyter_server_extension_points", "_load_jupyter_server_extension"]
