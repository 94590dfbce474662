"""``maxbooster ingest``: a folder of audio and a cover to a draft release."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from maxbooster_kernel.cli.output import print_json, say
from maxbooster_kernel.cli.target import check_target


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def ingest(
        folder: Annotated[Path, typer.Argument(help="Audio files and a cover.")],
        output: Annotated[Path, typer.Option("-o", "--output", help="The draft to write, RELEASE.json.")],
        force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
        json: Annotated[bool, typer.Option("--json", help="Print the draft and the findings as JSON.")] = False,
    ) -> int:
        """Make a draft release from a folder. The exit code is 1 if a file is not fit for delivery."""
        from maxbooster_kernel.catalogue.findings_table import summary
        from maxbooster_kernel.catalogue.release_file import release_to_dict, write_release
        from maxbooster_kernel.delivery.ingest import ingest_folder
        from maxbooster_kernel.errors import OutputExistsError

        check_target(output, ending=".json")
        if output.exists() and not force:
            raise OutputExistsError(output)
        found = ingest_folder(folder, base=output.absolute().parent)
        write_release(output, found.release, force=force)
        if json:
            problems = [problem.to_dict() for problem in found.problems]
            print_json({"file": str(output), "release": release_to_dict(found.release), "problems": problems})
        else:
            release = found.release
            count = len(release.tracks)
            say(f"{output}: {release.title}, {count} track{'s' * (count != 1)}; {summary(found.problems)}")
            for problem in found.problems:
                say(f"  {problem}")
        return 0 if found.problems.ok else 1
