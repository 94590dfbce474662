"""Find the Jupyter server whose rooms this process should join."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from maxbooster_kernel.errors import RoomError

HELP = (
    "start one with `maxbooster studio`, or name it: set MAXBOOSTER_SERVER_URL and MAXBOOSTER_TOKEN, "
    "or give server_url=... and token=..."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A Jupyter server: its address with a final slash, the token (never shown), and its folder, if it is known."""

    url: str
    token: str = field(default="", repr=False)
    root: Path | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The headers that authenticate a request."""
        return {"Authorization": f"token {self.token}"} if self.token else {}

    @property
    def websocket_url(self) -> str:
        """The address for websockets."""
        return "ws" + self.url.removeprefix("http")


def find_server(
    server_url: str | None = None,
    token: str | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    running: Iterable[Mapping[str, Any]] | None = None,
) -> Server:
    """Return the server to use.

    In this order: the arguments; ``MAXBOOSTER_SERVER_URL`` and ``MAXBOOSTER_TOKEN``; JupyterHub's variables;
    the server that started this kernel; the only one that runs.

    Parameters
    ----------
    server_url, token
        The server, if it is known.
    environ
        The environment; by default this process's.
    running
        What ``jupyter server list`` knows; by default asked now.

    Raises
    ------
    RoomError
        There is none, or several and no way to choose.
    """
    environ = os.environ if environ is None else environ
    url = server_url or environ.get("MAXBOOSTER_SERVER_URL")
    secret = token if token is not None else environ.get("MAXBOOSTER_TOKEN", "")
    servers = [dict(info) for info in (_running() if running is None else running)]
    if url:
        known = next((info for info in servers if _same(str(info["url"]), url)), {})
        return _server(url, secret or str(known.get("token", "")), known.get("root_dir"))
    parent = environ.get("JPY_PARENT_PID", "")
    own = [info for info in servers if str(info.get("pid")) == parent] or (servers if len(servers) == 1 else [])
    if environ.get("JUPYTERHUB_API_TOKEN"):
        return _hub_server(environ, secret or environ["JUPYTERHUB_API_TOKEN"], own)
    if not own:
        found = (
            f"{len(servers)} Jupyter servers run, and none started this process"
            if servers
            else "no Jupyter server runs"
        )
        raise RoomError(f"{found} here; {HELP}")
    if not (secret or own[0].get("token")) and own[0].get("password"):
        raise RoomError(f"the server at {own[0]['url']} has a password and no token; {HELP}")
    return _server(str(own[0]["url"]), secret or str(own[0].get("token", "")), own[0].get("root_dir"))


def _hub_server(environ: Mapping[str, str], token: str, own: list[dict[str, Any]]) -> Server:
    prefix = environ.get("JUPYTERHUB_SERVICE_PREFIX", "/")
    root = own[0].get("root_dir") if own else None
    bound = urlsplit(environ.get("JUPYTERHUB_SERVICE_URL", ""))
    if bound.port is None and own:
        bound = urlsplit(str(own[0]["url"]))
    if bound.port is None:
        raise RoomError(f"JupyterHub's variables do not say where the server is (JUPYTERHUB_SERVICE_URL); {HELP}")
    host = bound.hostname if bound.hostname not in (None, "", "0.0.0.0", "::") else "127.0.0.1"  # noqa: S104 - compared with, not bound to
    return _server(f"{bound.scheme or 'http'}://{host}:{bound.port}{prefix}", token, root)


def _server(url: str, token: str, root: Any) -> Server:
    if urlsplit(url).scheme not in ("http", "https"):
        raise RoomError(f"expected the server's address as http://... or https://..., got {url!r}")
    return Server(url=url.rstrip("/") + "/", token=token, root=Path(str(root)) if root else None)


def _same(one: str, other: str) -> bool:
    local = {"localhost", "127.0.0.1", "::1"}
    a, b = urlsplit(one), urlsplit(other)
    hosts = a.hostname == b.hostname or {a.hostname, b.hostname} <= local
    return hosts and a.port == b.port and a.path.rstrip("/") == b.path.rstrip("/")


def _running() -> list[Mapping[str, Any]]:
    """Return what the running servers wrote about themselves; importing Jupyter's own listing costs seconds."""
    from jupyter_core.paths import jupyter_runtime_dir

    found: list[Mapping[str, Any]] = []
    for path in sorted(Path(jupyter_runtime_dir()).glob("jpserver-*.json")):
        with contextlib.suppress(OSError, ValueError):
            info = json.loads(path.read_text("utf-8"))
            if isinstance(info, dict) and isinstance(info.get("url"), str) and _is_alive(info.get("pid")):
                found.append(info)
    return found


def _is_alive(pid: Any) -> bool:
    if not isinstance(pid, int):
        return False
    if sys.platform == "win32":  # there, signal 0 is not a question
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
