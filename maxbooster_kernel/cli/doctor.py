"""``maxbooster doctor``: what is installed, what is missing, and what to do about it."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from maxbooster_kernel.cli.output import print_json, print_table

State = Literal["ok", "missing", "broken"]

EXTRAS: dict[str, tuple[tuple[str, ...], str]] = {
    "warehouse": (("duckdb", "ibis", "sqlglot"), "royalties on DuckDB, PostgreSQL or a warehouse"),
    "sftp": (("asyncssh",), "delivery over SFTP and the practice store"),
    "s3": (("boto3",), "delivery to S3"),
    "postgres": (("psycopg",), "the catalogue on PostgreSQL"),
    "spark": (("pyspark",), "royalties on Spark"),
    "redis": (("redis",), "one session across several Jupyter servers"),
    "stripe": (("stripe",), "payouts through Stripe Connect"),
    "dask": (("dask", "distributed"), "batches of audio on a cluster"),
    "schematron": (("saxonche",), "DDEX's own Schematron rules"),
    "spotify": (("spotipy",), "look-ups at Spotify"),
    "keyring": (("keyring",), "secrets from the system's keyring"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at: its name, its state, what was found, and what to do if it is missing."""

    name: str
    state: State
    found: str
    advice: str = ""


def examine() -> list[Finding]:
    """Return everything the doctor looks at, required things first."""
    checks: list[Callable[[], list[Finding]]] = [
        _python,
        _bundle,
        _extras,
        _java,
        _chromium,
        _schemas,
        _server,
        _database,
    ]
    return [finding for check in checks for finding in check()]


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def doctor(
        as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list.")] = False,
    ) -> None:
        """Say what is installed, and what to do where it is missing."""
        findings = examine()
        if as_json:
            print_json([asdict(finding) for finding in findings])
        else:
            print_table(
                ("what", "state", "found", "what to do"),
                [(f.name, f.state, f.found, f.advice) for f in findings],
            )
        if any(finding.state == "broken" for finding in findings):
            raise typer.Exit(1)


def _version(distribution: str) -> str | None:
    import importlib.metadata  # loads much that help does without

    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _python() -> list[Finding]:
    required = ("maxbooster", "numpy", "numba", "soundfile", "jupyterlab", "jupyter-collaboration", "pycrdt", "lxml")
    python = Finding(
        name="python",
        state="ok" if sys.version_info >= (3, 11) else "broken",
        found=f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        advice="" if sys.version_info >= (3, 11) else "Max Booster needs Python 3.11 or newer",
    )
    return [python, *map(_distribution, required)]


def _distribution(name: str) -> Finding:
    version = _version(name)
    if version is None:
        return Finding(name=name, state="broken", found="not installed", advice="pip install maxbooster")
    return Finding(name=name, state="ok", found=version)


def _bundle() -> list[Finding]:
    from maxbooster_kernel import widgets

    static = Path(str(widgets.__file__)).parent / "static"
    bundles = sorted(static.glob("*.js")) if static.is_dir() else []
    if not bundles:
        advice = "build the browser side: cd widgets && npm ci && npm run build, or install the wheel"
        return [Finding(name="studio bundle", state="broken", found="not built", advice=advice)]
    size = sum(path.stat().st_size for path in bundles)
    return [Finding(name="studio bundle", state="ok", found=f"{size / 1024:.0f} kB")]


def _extras() -> list[Finding]:
    findings = []
    for extra, (modules, purpose) in EXTRAS.items():
        absent = [module for module in modules if importlib.util.find_spec(module) is None]
        findings.append(
            Finding(
                name=f"extra {extra}",
                state="missing" if absent else "ok",
                found=purpose,
                advice=f"pip install 'maxbooster[{extra}]'" if absent else "",
            )
        )
    return findings


def _java() -> list[Finding]:
    """Look for what Spark runs on, where Spark is installed."""
    if importlib.util.find_spec("pyspark") is None:
        return []
    home = os.environ.get("JAVA_HOME")
    path = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if path and Path(path).is_file():
        return [Finding(name="java", state="ok", found=path)]
    advice = "Spark runs on it; Debian: apt-get install default-jre-headless"
    if home:
        return [Finding(name="java", state="broken", found=f"JAVA_HOME is {home}, without bin/java", advice=advice)]
    return [Finding(name="java", state="missing", found="not on PATH", advice=advice)]


def _chromium() -> list[Finding]:
    path = os.environ.get("MAXBOOSTER_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path:
        return [Finding(name="chromium", state="ok", found=path)]
    advice = "only the browser tests need it; Debian: apt-get install chromium"
    return [Finding(name="chromium", state="missing", found="not on PATH", advice=advice)]


def _schemas() -> list[Finding]:
    folder = os.environ.get("MAXBOOSTER_DDEX_SCHEMAS")
    if folder and not Path(folder).is_dir():
        advice = "point MAXBOOSTER_DDEX_SCHEMAS at the folder that holds the schemas"
        return [Finding(name="DDEX schemas", state="broken", found=f"{folder} is no folder", advice=advice)]
    if folder:
        return [Finding(name="DDEX schemas", state="ok", found=folder)]
    advice = "messages are checked by our own rules; for the XSD as well set MAXBOOSTER_DDEX_SCHEMAS"
    return [Finding(name="DDEX schemas", state="missing", found="none", advice=advice)]


def _server() -> list[Finding]:
    from maxbooster_kernel.collab.checkup import check_rooms

    url, problems = check_rooms()
    if not problems:
        return [Finding(name="Jupyter server", state="ok", found=url)]
    return [
        Finding(name="Jupyter server", state="missing", found=problem.message, advice=problem.fix)
        for problem in problems
    ]


def _database() -> list[Finding]:
    url = os.environ.get("MAXBOOSTER_DATABASE_URL")
    return [Finding(name="catalogue", state="ok", found=_without_password(url) if url else "SQLite file")]


def _without_password(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    credentials, at, host = rest.rpartition("@")
    user = credentials.partition(":")[0]
    return f"{scheme}{separator}{user}{at}{host}" if at else url
