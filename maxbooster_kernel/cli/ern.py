"""``maxbooster ern``: build and validate messages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from maxbooster_kernel.cli.output import print_json, say
from maxbooster_kernel.cli.session import group_of


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = group_of(app, "ern", "ERN messages: build, read, validate, convert, compare.")

    @group.command()
    def build(
        file: Annotated[Path, typer.Argument(help="The release, RELEASE.json.")],
        output: Annotated[Path, typer.Option("-o", "--output", help="The message to write, OUT.xml.")],
        version: Annotated[str, typer.Option(help="3.8.2, 3.8.3, 4.3 or 4.3.2.")] = "3.8.2",
        action: Annotated[str, typer.Option(help="initial, update, takedown or purge.")] = "initial",
        force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
        json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
    ) -> None:
        """Write the message of a release."""
        from maxbooster_kernel.ddex.write import ACTIONS
        from maxbooster_kernel.errors import MessageError
        from maxbooster_kernel.workbench.release import Release, ern

        chosen = next((known for known in ACTIONS if known == action), None)
        if chosen is None:
            raise MessageError(f'expected an action of {", ".join(ACTIONS)}, got "{action}"')
        message = ern(Release.from_json(file), version=version, action=chosen)
        message.write(output, force=force)
        if json:
            print_json({"file": str(output), "version": version, "action": action, "bytes": len(message)})
        else:
            say(f"{output}: ERN {version}, {len(message)} bytes")

    @group.command()
    def validate(
        files: Annotated[list[Path], typer.Argument(help="Messages.")],
        json: Annotated[bool, typer.Option("--json", help="Print a JSON list, one object a file.")] = False,
    ) -> int:
        """Judge messages alone; the exit code is 1 if a finding is fatal or an error."""
        from maxbooster_kernel.catalogue.findings_table import summary
        from maxbooster_kernel.ddex.validate import validate_file

        results = [validate_file(file) for file in files]
        if json:
            print_json([result.to_dict() for result in results])
        else:
            for result in results:
                print(f"{result.file}: {'valid' if result.valid else 'NOT valid'}, {summary(result.problems)}")
                for problem in result.problems:
                    print(f"  {problem}")
        bad = [result.file for result in results if not result.valid]
        if bad:
            say(f"{len(bad)} of {len(results)} messages are not valid: {', '.join(bad[:5])}")
        return 1 if bad else 0
