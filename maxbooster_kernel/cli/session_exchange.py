"""``maxbooster session export|import``: exchange a session with other studios as a DAWproject file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from maxbooster_kernel.cli.output import print_json, say
from maxbooster_kernel.cli.session import group_of
from maxbooster_kernel.cli.target import check_target
from maxbooster_kernel.problems import Problem

DAWPROJECT = ".dawproject"
SESSION = ".mbsession"


def register(app: typer.Typer) -> None:
    """Add the two commands to the group ``session``."""
    group = group_of(app, "session", "Mix sessions: make, show, share, exchange.")

    @group.command("export")
    def export(
        file: Annotated[Path, typer.Argument(help="The session, or the .dawproject to make beside its session.")],
        out: Annotated[
            Path | None, typer.Argument(help="The .dawproject to make; by default beside the session.")
        ] = None,
        force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
        json: Annotated[bool, typer.Option("--json", help="Print what the format could not keep as JSON.")] = False,
    ) -> None:
        """Write a session with its media as a DAWproject file."""
        from maxbooster_kernel.session.dawproject_file import export_dawproject
        from maxbooster_kernel.session.file import check_media, read_session

        source, target = (file.with_suffix(SESSION), file) if file.suffix == DAWPROJECT else (file, out)
        target = target or source.with_suffix(DAWPROJECT)
        check_target(target, source, ending=DAWPROJECT)
        session = read_session(source)
        check_media(session, source.resolve().parent)
        _report(export_dawproject(session, source.resolve().parent, target, force=force), target, json=json)

    @group.command("import")
    def import_(
        file: Annotated[Path, typer.Argument(help="The DAWproject file.")],
        out: Annotated[Path | None, typer.Argument(help="The session to make; by default beside the file.")] = None,
        force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
        json: Annotated[bool, typer.Option("--json", help="Print what a session could not keep as JSON.")] = False,
    ) -> None:
        """Make a session and its media from a DAWproject file."""
        from maxbooster_kernel.errors import OutputExistsError
        from maxbooster_kernel.session.dawproject_file import import_dawproject

        target = out or file.with_suffix(SESSION)
        check_target(target, file, ending=SESSION)
        if target.exists() and not force:
            raise OutputExistsError(target)
        _, problems = import_dawproject(file, target.resolve().parent, force=force, session_file=target)
        _report(problems, target, json=json)


def _report(problems: list[Problem], target: Path, *, json: bool) -> None:
    if json:
        print_json([problem.to_dict() for problem in problems])
        return
    for problem in problems:
        say(str(problem))
    say(f"wrote {target}")
