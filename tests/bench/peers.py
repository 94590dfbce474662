"""The servers the rooms are compared with, installed from npm into a temporary folder: y-websocket and hocuspocus."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from maxbooster_kernel.collab.room import Room
from maxbooster_kernel.server.launch import RoomServer, free_port

PACKAGES = ("y-websocket@2", "@hocuspocus/server@2", "yjs@13", "ws@8")
HOCUSPOCUS = """
import {{ Server }} from "@hocuspocus/server";
Server.configure({{ port: {port}, quiet: true, address: "127.0.0.1" }}).listen();
"""
WIDGETS = Path(__file__).parents[2] / "widgets"


@contextlib.contextmanager
def node_folder() -> Iterator[Path]:
    """Yield a folder with the packages installed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "package.json").write_text('{"type": "module", "private": true}')
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", *PACKAGES]
        subprocess.run(command, cwd=folder, check=True)
        yield folder


@contextlib.contextmanager
def y_websocket(folder: Path) -> Iterator[str]:
    """Yield the address of a room on a y-websocket server."""
    port = free_port()
    command = ["npx", "--no-install", "y-websocket"]
    script = folder / "node_modules" / "y-websocket" / "bin" / "server.cjs"
    command = ["node", str(script)] if script.exists() else command
    with _process(command, folder, {"PORT": str(port), "HOST": "127.0.0.1"}, port):
        yield f"ws://127.0.0.1:{port}/bench"


@contextlib.contextmanager
def hocuspocus(folder: Path) -> Iterator[str]:
    """Yield the address of a hocuspocus server."""
    port = free_port()
    (folder / "hocuspocus.mjs").write_text(HOCUSPOCUS.format(port=port))
    with _process(["node", "hocuspocus.mjs"], folder, {}, port):
        yield f"ws://127.0.0.1:{port}/bench"


@contextlib.contextmanager
def browser(folder: Path, server: RoomServer, room: Room, track: str) -> Iterator[subprocess.Popen[str]]:
    """Yield a scripted browser (browser_peer.mjs) that moves a fader of its own 50 times a second."""
    bundle = folder / "browser_peer.mjs"
    if not bundle.exists():
        command = [str(WIDGETS / "node_modules" / ".bin" / "esbuild"), str(Path(__file__).with_name(bundle.name))]
        command += ["--bundle", "--platform=node", "--format=esm", "--external:ws", f"--outfile={bundle}"]
        subprocess.run(command, check=True, env={**os.environ, "NODE_PATH": str(WIDGETS / "node_modules")})
    given = {"server": server.url, "token": server.token, "room": room.name, "session": room.session_id}
    given |= {"path": room.path, "track": track}
    pipe = subprocess.PIPE
    command = ["node", bundle.name, json.dumps(given)]
    process = subprocess.Popen(command, cwd=folder, stdin=pipe, stdout=pipe, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def _process(command: list[str], folder: Path, environ: dict[str, str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, cwd=folder, env={**os.environ, **environ}, stdout=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with contextlib.suppress(urllib.error.URLError, OSError):
                with contextlib.suppress(urllib.error.HTTPError):
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1).close()
                break
            time.sleep(0.1)
        yield
    finally:
        process.kill()
        process.wait()
