"""``maxbooster studio``: a real JupyterLab with the tour in its folder, our kernel and shared sessions."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

TOKEN = "studio-test"


def ask(port, path, method="GET", body=None):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"token {TOKEN}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


@pytest.fixture
def studio(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = tmp_path / "private"
    environment = {
        **os.environ,
        "JUPYTER_TOKEN": TOKEN,
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }
    command = [sys.executable, "-m", "maxbooster_kernel", "studio", "--no-browser", "--port", str(port)]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            deadline = time.monotonic() + 120
            while True:
                try:
                    ask(port, "api/status")
                    break
                except OSError:
                    if process.poll() is not None or time.monotonic() > deadline:
                        pytest.fail((tmp_path / "log").read_text(encoding="utf-8")[-3000:])
                    time.sleep(0.1)
            yield port
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


@pytest.mark.server
def test_the_studio_serves_the_tour_our_kernel_and_shared_sessions(studio, tmp_path):
    names = {entry["name"] for entry in ask(studio, "api/contents")["content"]}
    assert "00_tour.ipynb" in names
    assert ask(studio, "api/kernelspecs")["kernelspecs"]["maxbooster"]["spec"]["display_name"] == "Max Booster"
    session = {"format": "maxbooster-session", "version": 1, "name": "Song", "tracks": []}
    (tmp_path / "maxbooster-studio" / "song.mbsession").write_text(json.dumps(session), encoding="utf-8")
    room = ask(studio, "api/collaboration/session/song.mbsession", "PUT", {"format": "text", "type": "mbsession"})
    assert room["type"] == "mbsession"
