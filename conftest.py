"""How the suite is run: the whole of it in two processes, any part asked for by path in one (``-n 0``: always one).

Tests go to the processes file by file; those of the browser go first and to one process, for they share a JupyterLab.
Tests marked ``quiet`` listen to what is played live: while they run, the other process waits.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

PROCESSES = 2
BROWSER = "tests/browser/"

if sys.dont_write_bytecode:  # the tests start some hundred processes: each would compile Jupyter and pandas anew
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(Path(__file__).parent / ".pytest_cache" / "bytecode")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Run in several processes what was not asked for by path."""
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    chosen = getattr(config.option, "numprocesses", 0)  # 0 where pytest-xdist is missing
    if whole and chosen is None and not is_worker(config) and not config.option.usepdb:
        config.option.numprocesses = PROCESSES


def is_worker(config: pytest.Config) -> bool:
    """Return whether this is one of several processes that run tests."""
    return hasattr(config, "workerinput")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of the browser first: the longest part must not be the last."""
    items.sort(key=lambda item: not item.nodeid.startswith(BROWSER))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """Hand out tests by file, in their order, and those of the browser as one."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return BROWSER if nodeid.startswith(BROWSER) else nodeid.partition("::")[0]

    config.option.loadscopereorder = False
    return ByFile(config, log)


@cache
def folder_of_locks() -> str:
    """Make a folder that all processes of this run know."""
    made = tempfile.mkdtemp(prefix="maxbooster-turns")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a process where the locks are."""
    node.workerinput["locks"] = folder_of_locks()


@pytest.hookimpl(wrapper=True, tryfirst=True)  # before pytest-timeout: waiting is no part of a test
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Run a quiet test while no other runs, any other while no quiet one does."""
    if not is_worker(item.config):
        return (yield)
    with turn(Path(item.config.workerinput["locks"]), alone=item.get_closest_marker("quiet") is not None):
        return (yield)


@contextmanager
def turn(folder: Path, *, alone: bool) -> Iterator[None]:
    """Hold the machine, alone or with others; who waits to be alone goes before those that come later."""
    import fcntl

    with (folder / "gate").open("w") as gate, (folder / "machine").open("w") as machine:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(machine, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield
