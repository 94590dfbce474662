"""A real JupyterLab with collaboration on loopback, and pages of a real browser in it."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import numpy as np
import soundfile
from playwright.sync_api import Browser, Page

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-features=LocalNetworkAccessChecks",
]
RATE = 44100
STUDIO = '.mb-studio[data-status="synced"]'
# Lab brings a Yjs of its own; a second copy on the page is harmless while their documents are not mixed.
HARMLESS = re.compile(r"Yjs was already imported|Failed to load resource|favicon")


class Lab:
    """A running JupyterLab: its folder, its address and its token."""

    def __init__(self, root: Path, port: int, token: str, process: subprocess.Popen[bytes]) -> None:
        self.root = root
        self.url = f"http://127.0.0.1:{port}/"
        self.token = token
        self.process = process

    def address(self, path: str) -> str:
        return f"{self.url}{path}{'&' if '?' in path else '?'}token={self.token}"

    def api(self, path: str, method: str = "GET", body: object = None) -> object:
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")


@contextmanager
def running_lab(root: Path, private: Path) -> Iterator[Lab]:
    """Start JupyterLab on a folder, with its own settings and runtime files in another one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    settings = private / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    quiet = {"fetchNews": "false", "checkForUpdates": False}
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(quiet))
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(private / "config"),
        "JUPYTER_RUNTIME_DIR": str(private / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(private / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(private / "workspaces"),
        "MAXBOOSTER_TOKEN": "",
    }
    environment.pop("MAXBOOSTER_SERVER_URL", None)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.root_dir={root}"]
    command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"]
    command += ["--LabApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly"]
    command += [f"--SQLiteYStore.db_path={private / 'ystore.db'}"]
    log = (private / "lab.log").open("wb")
    process = subprocess.Popen(command, cwd=private, env=environment, stdout=log, stderr=log, start_new_session=True)
    lab = Lab(root, port, token, process)
    try:
        deadline = time.monotonic() + 90
        while True:
            try:
                lab.api("api/status")
                break
            except OSError as error:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((private / "lab.log").read_text()[-4000:]) from error
                time.sleep(0.1)
        yield lab
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        log.close()


def write_stems(folder: Path, seconds: float = 6.0) -> list[Path]:
    """Write four stems that sound different: 24 bit, 16 bit, float, and a mono one."""
    folder.mkdir(parents=True, exist_ok=True)
    time_s = np.arange(int(seconds * RATE)) / RATE
    rng = np.random.default_rng(7)
    beat = np.exp(-8 * (time_s % 0.5)) * np.sin(2 * np.pi * 60 * time_s)
    hat = np.exp(-40 * ((time_s + 0.25) % 0.5)) * rng.standard_normal(time_s.size) * 0.3
    bass = 0.4 * np.sign(np.sin(2 * np.pi * 55 * time_s)) * np.exp(-3 * (time_s % 0.25))
    chord = sum(np.sin(2 * np.pi * f * time_s) for f in (220.0, 277.2, 329.6)) * 0.12 * (1 - (time_s % 2) / 2)
    lead = 0.3 * np.sin(2 * np.pi * 440 * time_s + 3 * np.sin(2 * np.pi * 5 * time_s))
    stems = {
        "drums": (np.stack([0.8 * beat + hat, 0.8 * beat - hat]), "PCM_24"),
        "bass": (bass[None], "PCM_16"),
        "chords": (np.stack([chord, np.roll(chord, 400)]), "FLOAT"),
        "lead": (np.stack([lead, lead * 0.6]), "PCM_24"),
    }
    paths = []
    for name, (samples, subtype) in stems.items():
        path = folder / f"{name}.wav"
        soundfile.write(path, samples.T, RATE, subtype=subtype)
        paths.append(path)
    return paths


def write_notebook(path: Path, *cells: str) -> None:
    """Write a notebook of code cells for the installed Python."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)


class Seen:
    """Errors a page logged, for tests to hold against it."""

    def __init__(self, page: Page) -> None:
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self.take(message.type, message.text))

    def take(self, kind: str, text: str) -> None:
        if kind == "error" and not HARMLESS.search(text):
            self.errors.append(text)


def open_notebook(
    browser: Browser, lab: Lab, name: str, *, workspace: str, dark: bool = False, shows: str = STUDIO
) -> Page:
    """Open a notebook in a browser of its own, run it all, and return the page with its studio, or what it shows."""
    context = browser.new_context(viewport={"width": 1360, "height": 1000}, base_url=lab.url)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(lab.address(f"lab/workspaces/{workspace}/tree/{name}?reset"))
    page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.context?.isReady", timeout=60_000)
    if dark:
        page.evaluate("() => window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
        page.wait_for_function("() => document.body.dataset.jpThemeLight === 'false'")
    page.evaluate("() => window.jupyterapp.shell.currentWidget.context.sessionContext.ready")
    page.evaluate("() => window.jupyterapp.commands.execute('application:toggle-left-area')")
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.locator(shows).first.wait_for()
    return page
