"""Hands out tiles of rendered sound: what a kernel on this machine made for its pages."""

from __future__ import annotations

import asyncio

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from maxbooster_kernel.audio.tile_store import TileStore

A_YEAR_S = 31536000


class TileHandler(APIHandler):
    """One tile by its name, which says what it holds: it never changes."""

    auth_resource = "contents"

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Answer the samples, 404 where there are none."""
        data = await asyncio.to_thread(TileStore().read, name)
        if data is None:
            raise web.HTTPError(404, f"there is no tile {name}")
        self.set_header("Cache-Control", f"private, max-age={A_YEAR_S}, immutable")
        self.finish(data, set_content_type="application/octet-stream")
