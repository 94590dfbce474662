"""``maxbooster demo``: the main job, headless, from the demo song's stems to its payouts."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from maxbooster_kernel.cli.output import print_json, print_table, say
from maxbooster_kernel.cli.studio import tour_source
from maxbooster_kernel.errors import MaxBoosterError

DEFAULT = Path("maxbooster-demo")


def make(folder: Path) -> None:
    """Execute the tour in ``folder``, whole or not at all: work in a folder beside it, then rename.

    Raises
    ------
    MaxBoosterError
        ``folder`` holds something already, nothing can be written there, or a cell of the tour failed.
    """
    place = folder.absolute()
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise MaxBoosterError(f"{folder}: expected a missing or empty folder; name another, or empty it")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists():
            tempfile.TemporaryFile(dir=place).close()  # before a minute of work, not after it
        beside = tempfile.TemporaryDirectory(dir=place.parent, prefix=f".{place.name}.")
    except OSError as error:
        raise MaxBoosterError(f"{folder} cannot be made: {error.strerror}; name another folder") from None
    with beside as name:
        work = Path(name) / place.name
        work.mkdir()
        shutil.copyfile(tour_source(), work / "tour.ipynb")
        execute_notebook(work / "tour.ipynb")
        if not place.exists():
            work.rename(place)
            return
        for made in sorted(work.iterdir()):  # into it, not in its stead: a shell may stand in it
            made.rename(place / made.name)


def execute_notebook(path: Path) -> None:
    """Execute a notebook in place, in its own folder, with this interpreter's kernel and a progress bar."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError
    from tqdm import tqdm

    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    )
    code = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    try:
        with (
            client.setup_kernel(stderr=subprocess.DEVNULL),
            tqdm(total=len(code), desc="tour", unit="cell", leave=False) as bar,
        ):
            for index in code:
                client.execute_cell(notebook.cells[index], index)
                bar.update()
    except CellExecutionError as error:
        raise MaxBoosterError(f"a cell of the tour failed: {error.ename}: {error.evalue}") from error
    nbformat.write(notebook, path)


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def demo(
        folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to put it; missing or empty.")] = DEFAULT,
        as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    ) -> None:
        """Make the demo: a song, from its stems to its payouts.

        It is mixed, measured, mastered, released, delivered and accounted for by the tour notebook.
        """
        from maxbooster_kernel.demo.summary import estimated_and_true, made

        make(folder)
        if as_json:
            print_json({"made": made(folder), "estimated": estimated_and_true(folder)})
            return
        print_table(("what", "where", "measured"), [(m["what"], m["where"], m["measured"]) for m in made(folder)])
        print()
        rows = [(e["quantity"], e["estimated"], e["true"], e["score"]) for e in estimated_and_true(folder)]
        print_table(("quantity", "estimated", "true", "how close"), rows)
        say(f"open it with: maxbooster studio {folder / 'tour.ipynb'}")
