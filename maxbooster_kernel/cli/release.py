"""``maxbooster release``: check a release before anything is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from maxbooster_kernel.cli.output import print_json, print_table, say
from maxbooster_kernel.cli.session import group_of


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = group_of(app, "release", "Releases: check the data and the files.")

    @group.command()
    def check(
        file: Annotated[Path, typer.Argument(help="The release, RELEASE.json.")],
        store: Annotated[str | None, typer.Option(help="Also check what this store asks for.")] = None,
        json: Annotated[bool, typer.Option("--json", help="Print the findings as a JSON list.")] = False,
    ) -> int:
        """List every finding on a release. The exit code is 1 if one is fatal or an error."""
        from maxbooster_kernel.catalogue.findings_table import summary
        from maxbooster_kernel.workbench.release import Release

        problems = Release.from_json(file).check(store)
        if json:
            print_json([problem.to_dict() for problem in problems])
        elif problems:
            rows = [(p.severity, p.where, p.message, p.fix) for p in problems]
            print_table(("severity", "where", "what", "what to do"), rows)
        if not json or not problems.ok:
            say(f"{file}: {summary(problems)}")
        return 0 if problems.ok else 1
