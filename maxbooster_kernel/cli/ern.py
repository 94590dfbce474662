"""``maxbooster ern``: build, read, convert, compare and validate messages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from maxbooster_kernel.cli.choices import Action, Version
from maxbooster_kernel.cli.output import print_json, print_table, say
from maxbooster_kernel.cli.session import group_of
from maxbooster_kernel.cli.target import check_target


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = group_of(app, "ern", "ERN messages: build, read, validate, convert, compare.")

    @group.command()
    def build(
        file: Annotated[Path, typer.Argument(help="The release, RELEASE.json.")],
        output: Annotated[Path, typer.Option("-o", "--output", help="The message to write, OUT.xml.")],
        version: Annotated[Version, typer.Option(help="The version of ERN.")] = "3.8.2",
        action: Annotated[Action, typer.Option(help="What it asks the store to do.")] = "initial",
        force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
        json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
    ) -> None:
        """Write the message of a release."""
        from maxbooster_kernel.workbench.release import Release, ern

        check_target(output, file)
        message = ern(Release.from_json(file), version=version, action=action)
        message.write(output, force=force)
        if json:
            print_json({"file": str(output), "version": version, "action": action, "bytes": len(message)})
        else:
            say(f"{output}: ERN {version}, {len(message)} bytes")

    @group.command()
    def read(
        file: Annotated[Path, typer.Argument(help="A message of ERN 3.4.1 to 4.3.2.")],
        json: Annotated[bool, typer.Option("--json", help="Print everything as one JSON object.")] = False,
    ) -> None:
        """Show what a message says."""
        from maxbooster_kernel.ddex.read import read_ern

        message = read_ern(file)
        if json:
            print_json(message.to_dict())
            return
        release = message.release
        print(f"{message.root}, ERN {message.version}, message {message.summary['message_id'][0] or '(no id)'}")
        if release is not None:
            print(f"{release.full_title} by {release.artist_name}, {release.label}, {release.upc or 'no UPC'}")
            rows = [(track.place, track.isrc, track.full_title, track.duration_s) for track in release.tracks]
            print_table(("place", "ISRC", "title", "seconds"), rows)
            for deal in release.deals[:20]:
                where = ", ".join(deal.territories) or "all but " + ", ".join(deal.excluded_territories)
                print(f"{deal.commercial_model}: {', '.join(deal.use_types)} in {where} from {deal.start}")
        if message.kept:
            say(f"texts that are not part of the record: {len(message.kept)}; --json shows them")

    @group.command()
    def convert(
        file: Annotated[Path, typer.Argument(help="A message.")],
        output: Annotated[Path, typer.Option("-o", "--output", help="The message to write, OUT.xml.")],
        version: Annotated[Version, typer.Option(help="The version of ERN.")],
        force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
        json: Annotated[bool, typer.Option("--json", help="Print what was written and lost as JSON.")] = False,
    ) -> None:
        """Write a message in another version. Says what does not come along."""
        from maxbooster_kernel.ddex.convert import convert as convert_message

        check_target(output, file)
        result = convert_message(file, version=version)
        result.message.write(output, force=force)
        if json:
            lost, carried = list(result.lost), list(result.carried)
            print_json({"file": str(output), "version": version, "lost": lost, "carried": carried})
        else:
            kept = f", that came along beside the record: {len(result.carried)}" if result.carried else ""
            say(f"{output}: ERN {version}; details that did not come along as they were: {len(result.lost)}{kept}")
            for place in result.lost[:10]:
                say(f"  {place}")
            if len(result.lost) > 10:
                say(f"  and {len(result.lost) - 10} more; --json lists them all")

    @group.command()
    def diff(
        before: Annotated[Path, typer.Argument(help="The older message.")],
        after: Annotated[Path, typer.Argument(help="The newer message.")],
        json: Annotated[bool, typer.Option("--json", help="Print the changes as a JSON list.")] = False,
    ) -> None:
        """Say in words what changed from one message to another."""
        from maxbooster_kernel.ddex.diff import diff_messages

        changes = diff_messages(before, after)
        if json:
            print_json([{"kind": c.kind, "subject": c.subject, "words": c.words} for c in changes])
        elif not changes:
            say("the messages say the same")
        for change in changes if not json else []:
            print(change)

    @group.command()
    def validate(
        files: Annotated[list[Path], typer.Argument(help="Messages.")],
        json: Annotated[bool, typer.Option("--json", help="Print a JSON list, one object a file.")] = False,
    ) -> int:
        """Judge messages alone. The exit code is 1 if a finding is fatal or an error."""
        from maxbooster_kernel.catalogue.findings_table import summary
        from maxbooster_kernel.ddex.validate import validate_file

        results = [validate_file(file) for file in files]
        if json:
            print_json([result.to_dict() for result in results])
        else:
            for result in results:
                print(f"{result.file}: {result.verdict}; {summary(result.problems)}")
                for problem in result.problems:
                    print(f"  {problem}")
        bad = [result.file for result in results if not result.valid]
        if bad:
            say(f"not valid: {len(bad)} of {len(results)} messages: {', '.join(bad[:5])}")
        return 1 if bad else 0
