"""What every test may use: the test data, a browser, the hypothesis profiles."""

from __future__ import annotations

import functools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from maxbooster_kernel import demo
from maxbooster_kernel.demo import DemoSong
from maxbooster_kernel.server.launch import RoomServer, free_port

settings.register_profile("dev", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "ci", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.register_profile("long", max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # a shell's background job: its children would ignore Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)

REQUIRED = bool(os.environ.get("MAXBOOSTER_REQUIRE_ALL"))


def missing(message: str) -> None:
    """Skip the test, or fail it where everything is required (``MAXBOOSTER_REQUIRE_ALL``, as in CI)."""
    if REQUIRED:
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Return the folder of test data (schemas, samples, labelled audio)."""
    wanted = "set MAXBOOSTER_TEST_DATA to the folder that holds ddex/, analysis/ and dawproject/"
    folder = os.environ.get("MAXBOOSTER_TEST_DATA")
    if not folder:
        pytest.skip(f"no test data: {wanted}")
    if not Path(folder).is_dir():
        missing(f"{folder} is no folder: {wanted}")
    return Path(folder)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of Chromium."""
    path = os.environ.get("MAXBOOSTER_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        missing("no Chromium: install it (Debian: apt-get install chromium) or set MAXBOOSTER_CHROMIUM")
    return str(path)


@pytest.fixture(scope="session")
def song(tmp_path_factory: pytest.TempPathFactory) -> DemoSong:
    """Make the demo song, once for all tests that only read it."""
    return demo.make(tmp_path_factory.mktemp("song"))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start Debian's PostgreSQL on loopback in a temporary folder and return the URL of its server."""
    found = shutil.which("initdb") or next(Path("/usr/lib/postgresql").glob("*/bin/initdb"), None)
    if not found:
        missing("no PostgreSQL: install it (Debian: apt-get install postgresql)")
    programs = Path(str(found)).resolve().parent
    user = "postgres" if os.getuid() == 0 else None  # the server refuses to run as root
    memory = Path("/dev/shm")  # a hundred databases are thirty thousand files, which some disks take minutes to remove
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 4 * 2**30
    folder = Path(tempfile.mkdtemp(prefix="mbpg", dir=memory if roomy else None))
    if user:
        shutil.chown(folder, user)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    run = functools.partial(subprocess.run, check=True, user=user, cwd=folder, capture_output=True)
    run([programs / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "--no-sync"])
    options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off"
    start = [programs / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-o", options, "start"]
    subprocess.run(start, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
    run([programs / "pg_ctl", "-D", folder / "data", "-w", "-m", "immediate", "stop"])
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RoomServer]:
    """Return a Jupyter server with rooms, on loopback, that serves a new folder."""
    with RoomServer(tmp_path_factory.mktemp("rooms")) as server:
        yield server


@pytest.fixture(scope="session")
def until() -> Callable[[Callable[[], object]], None]:
    """Return a function that waits until something becomes true, for as long as a busy machine may need."""

    def wait(condition: Callable[[], object]) -> None:
        pause, end = threading.Event(), threading.Event()
        timer = threading.Timer(60.0, end.set)
        timer.start()
        try:
            while not condition():
                assert not end.is_set(), "it did not happen in time"
                pause.wait(0.005)
        finally:
            timer.cancel()

    return wait


class Redis:
    """A Redis server on loopback that can be stopped and started again, empty each time."""

    def __init__(self, program: str) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self) -> None:
        """Kill it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def redis() -> Iterator[Redis]:
    """Return a real Redis server."""
    program = shutil.which("redis-server")
    if not program:
        missing("no Redis: install it (Debian: apt-get install redis-server)")
    server = Redis(str(program))
    server.start()
    yield server
    server.stop()
