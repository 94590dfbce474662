"""Run a Jupyter server with rooms for a folder, without JupyterLab: for scripts, tests and benchmarks."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from maxbooster_kernel.errors import RoomError

ROOMS = "maxbooster_kernel.server"
# The grammar of IRIs, which an event schema never needs here, takes longer to load than all the rest of the server.
START = (
    "import sys; sys.modules['rfc3987_syntax'] = None; from jupyter_server.serverapp import main; "
    "sys.argv[0] = 'jupyter_server'; main()"
)
WANTED = ("jupyter_server_fileid", "jupyter_server_ydoc", ROOMS)
UNWANTED = ("jupyterlab", "jupyter_lsp", "jupyter_server_terminals", "notebook", "notebook_shim", "nbclassic")


class RoomServer:
    """A Jupyter server in a process of its own, on loopback.

    Parameters
    ----------
    folder
        The folder it serves; its state lives there too, in ``.jupyter``.
    port
        The port; 0 chooses a free one, and keeps it over :meth:`restart`.
    options
        More options of the command line, such as ``--YDocExtension.document_save_delay=0.5``.
    environ
        More environment variables.
    stock
        Leave Max Booster's own extension out.

    Examples
    --------
    ``with RoomServer(folder) as server: Session.join("song.mbsession", server_url=server.url, token=server.token)``
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        options: tuple[str, ...] = (),
        environ: Mapping[str, str] | None = None,
        stock: bool = False,
    ) -> None:
        self.folder = folder.resolve()
        self.port = port or free_port()
        self.token = secrets.token_hex(16)
        self.url = f"http://127.0.0.1:{self.port}/"
        self.log = self.folder / ".jupyter" / "server.log"
        self._options, self._environ, self._stock = options, dict(environ or {}), stock
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The server's process id."""
        if self._process is None:
            raise RoomError("the server is not running; start it first")
        return self._process.pid

    def start(self, timeout_s: float = 60.0) -> Self:
        """Start the server and wait until it answers."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        state = self.log.parent
        wanted = dict.fromkeys(WANTED, True) | dict.fromkeys(UNWANTED, False) | {ROOMS: not self._stock}
        extensions = ", ".join(f"{name!r}: {value}" for name, value in wanted.items())
        command = [
            sys.executable,
            "-c",
            START,
            f"--ServerApp.root_dir={self.folder}",
            f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0",
            "--ServerApp.ip=127.0.0.1",
            "--ServerApp.open_browser=False",
            f"--ServerApp.jpserver_extensions={{{extensions}}}",
            f"--SQLiteYStore.db_path={state / 'ystore.db'}",
            f"--BaseFileIdManager.db_path={state / 'fileid.db'}",
            f"--ArbitraryFileIdManager.db_path={state / 'fileid.db'}",
            f"--LocalFileIdManager.db_path={state / 'fileid.db'}",
            *(("--allow-root",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()),
            *self._options,
        ]
        environ = {
            **os.environ,
            "JUPYTER_CONFIG_DIR": str(state / "config"),
            "JUPYTER_RUNTIME_DIR": str(state / "runtime"),
        }
        environ |= {"JUPYTER_DATA_DIR": str(state / "data"), "JUPYTER_TOKEN": self.token}
        environ |= {"MAXBOOSTER_STORE": str(state / "rooms.sqlite"), **self._environ}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, env=environ, stdout=log, stderr=log, cwd=self.folder)  # noqa: S603 - our own interpreter and arguments
        self._wait(timeout_s)
        return self

    def stop(self, *, kill: bool = False) -> None:
        """End the server; ``kill`` gives it no time to save."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
            try:
                self._process.wait(10.0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _wait(self, timeout_s: float) -> None:
        end = time.monotonic() + timeout_s
        request = urllib.request.Request(f"{self.url}api/status", headers={"Authorization": f"token {self.token}"})  # noqa: S310 - the address is http on loopback
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(request, timeout=5.0):  # noqa: S310 - the address is http on loopback
                    return
            except (urllib.error.URLError, OSError):
                if self._process is None or self._process.poll() is not None:
                    break
                time.sleep(0.05)
        lines = self.log.read_text("utf-8", "replace").splitlines()[-1:] or ["it wrote nothing"]
        raise RoomError(f"the server on port {self.port} did not start: {lines[0]}; see {self.log}")


def free_port() -> int:
    """Return a port on loopback that nothing listens on."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
