"""The servers the rooms are compared with, installed from npm into a temporary folder: y-websocket and hocuspocus."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from maxbooster_kernel.server.launch import RoomServer, free_port

PACKAGES = ("y-websocket@2", "@hocuspocus/server@2", "yjs@13", "ws@8")
HOCUSPOCUS = """
import {{ Server }} from "@hocuspocus/server";
Server.configure({{ port: {port}, quiet: true, address: "127.0.0.1" }}).listen();
"""
BROWSER = """
import * as Y from "yjs";
import {{ WebsocketProvider }} from "y-websocket";
import WebSocket from "ws";
const doc = new Y.Doc();
const provider = new WebsocketProvider({url!r}, {room!r}, doc, {{
  WebSocketPolyfill: WebSocket, params: {{ sessionId: {session!r}, token: {token!r} }},
  maxBackoffTime: 500, disableBc: true,
}});
let count = 0;
let timer;
provider.once("synced", () => {{
  timer = setInterval(() => {{
    const track = doc.getMap("tracks").get({track!r});
    if (track) {{ count += 1; track.set("gain", count); }}
  }}, 20);
}});
process.stdin.on("data", (said) => {{
  clearInterval(timer);
  if (String(said).includes("show")) {{
    console.log(JSON.stringify({{ count, connected: provider.wsconnected, tracks: doc.getMap("tracks").toJSON() }}));
  }}
}});
"""


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
def browser(folder: Path, server: RoomServer, room: str, session: str, track: str) -> Iterator[subprocess.Popen[str]]:
    """Yield a scripted client with a browser's libraries that moves a fader of its own 50 times a second."""
    url = f"ws{server.url[4:]}api/collaboration/room"
    script = folder / f"browser-{track}.mjs"
    script.write_text(BROWSER.format(url=url, room=room, session=session, token=server.token, track=track))
    pipe = subprocess.PIPE
    process = subprocess.Popen(["node", script.name], cwd=folder, stdin=pipe, stdout=pipe, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def _process(command: list[str], folder: Path, environ: dict[str, str], port: int) -> Iterator[None]:
    import os

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
