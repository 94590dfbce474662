"""``maxbooster studio``: JupyterLab as the studio, with collaboration, on a notebook or session."""

from __future__ import annotations

import os
import shutil
import sys
from importlib import resources
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from maxbooster_kernel.cli.interrupt import end_at_once
from maxbooster_kernel.cli.output import say
from maxbooster_kernel.errors import MaxBoosterError

TOUR = "00_tour.ipynb"


def tour_source() -> Path:
    """Return the tour notebook: beside the package in a checkout, among the data files of an installed wheel."""
    checkout = Path(str(resources.files("maxbooster_kernel"))).parent / "notebooks" / TOUR
    installed = Path(sys.prefix) / "share" / "maxbooster" / "notebooks" / TOUR
    for candidate in (checkout, installed):
        if candidate.is_file():
            return candidate
    raise MaxBoosterError(f"the tour notebook is missing: expected it at {checkout} or {installed}; install again")


def lab_arguments(root: Path, document: Path | None, *, port: int | None, browser: bool) -> list[str]:
    """Return the arguments with which JupyterLab serves ``root`` with ``document`` open."""
    arguments = [f"--ServerApp.root_dir={root}"]
    if document is not None:
        name = quote(document.relative_to(root).as_posix(), errors="surrogateescape")  # a name may hold any bytes
        arguments.append(f"--LabApp.default_url=/lab/tree/{name}")
    if port is not None:
        arguments.append(f"--ServerApp.port={port}")
    if not browser:
        arguments.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--allow-root")
    return arguments


def place(path: Path | None) -> tuple[Path, Path | None]:
    """Return (the folder to serve, the document to open) for ``path``; the tour is copied to a working folder.

    Raises
    ------
    MaxBoosterError
        ``path`` is neither a folder nor a file.
    """
    if path is None:
        folder = Path.cwd() / "maxbooster-studio"
        folder.mkdir(exist_ok=True)
        document = folder / TOUR
        if not document.exists():
            shutil.copyfile(tour_source(), document)
        return folder, document
    if path.is_dir():
        return path.resolve(), None
    if path.is_file():
        return path.resolve().parent, path.resolve()
    raise MaxBoosterError(f"expected a folder, a notebook or a .mbsession file, but there is nothing at {path}")


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def studio(
        path: Annotated[Path | None, typer.Argument(help="A folder, notebook or session; the tour if missing.")] = None,
        no_browser: Annotated[bool, typer.Option("--no-browser", help="Start the server only.")] = False,
        port: Annotated[int | None, typer.Option(help="The port to listen on.", min=1, max=65535)] = None,
    ) -> None:
        """Open JupyterLab as the studio, with collaboration on."""
        root, document = place(path)
        say(f"serving {root}" + (f", opening {document.name}" if document else ""))
        end_at_once()  # until Lab, which takes a while to load, hears of interrupts itself
        from jupyterlab.labapp import LabApp

        LabApp.launch_instance(argv=lab_arguments(root, document, port=port, browser=not no_browser))
