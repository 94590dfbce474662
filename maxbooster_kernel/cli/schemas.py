"""``maxbooster schemas``: put DDEX's schemas, which you have, where messages are checked against them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from maxbooster_kernel.cli.output import print_json, say
from maxbooster_kernel.cli.session import group_of


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = group_of(app, "schemas", "DDEX schemas: import the ones you have.")

    @group.callback()
    def _group() -> None:
        """Keep the group a group while it has one command."""

    @group.command("import")
    def import_(
        source: Annotated[Path, typer.Argument(help="A folder or a ZIP file with .xsd files.")],
        json: Annotated[bool, typer.Option("--json", help="Print the files as a JSON list.")] = False,
    ) -> None:
        """Copy schemas to where messages are checked against them."""
        from maxbooster_kernel.ddex.schema_import import import_schemas

        written = import_schemas(source)
        if json:
            print_json([str(path) for path in written])
        else:
            kinds = sorted({f"{path.parent.parent.name}/{path.parent.name}" for path in written})
            say(f"{len(written)} files for {', '.join(kinds)}")
