"""``maxbooster session``: make a session from stems, show what is in it, share it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from maxbooster_kernel.cli.choices import Role
from maxbooster_kernel.cli.output import print_json, print_table, say
from maxbooster_kernel.cli.target import check_target
from maxbooster_kernel.units import gain_to_db


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = group_of(app, "session", "Mix sessions: make, show, share, exchange.")

    @group.command()
    def new(
        file: Annotated[Path, typer.Argument(help="The session file to make, NAME.mbsession.")],
        stems: Annotated[list[Path], typer.Argument(help="Audio files; each becomes a track.")],
        name: Annotated[str | None, typer.Option(help="The session's name; by default the file's.")] = None,
        tempo_bpm: Annotated[float, typer.Option("--tempo", help="The tempo in BPM.", min=1.0, max=1000.0)] = 120.0,
        force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
        json: Annotated[bool, typer.Option("--json", help="Print the session as JSON.")] = False,
    ) -> None:
        """Make a session from stems. A track's id and name are its file's stem."""
        from maxbooster_kernel.session.file import SUFFIX
        from maxbooster_kernel.workbench.session import Session

        check_target(file, ending=SUFFIX)
        session = Session.from_stems(stems, name=file.stem if name is None else name, tempo_bpm=tempo_bpm)
        session.save(file, force=force)
        if json:
            print_json(session.snapshot())
        else:
            count = len(session.tracks)
            say(f"{file}: {count} track{'' if count == 1 else 's'} at {session.sample_rate} Hz")

    @group.command()
    def show(
        file: Annotated[Path, typer.Argument(help="The session file.")],
        json: Annotated[bool, typer.Option("--json", help="Print the whole session, defaults filled in.")] = False,
    ) -> None:
        """Show what is in a session."""
        from maxbooster_kernel.session.file import check_media, read_session

        session = read_session(file)
        check_media(session, file.resolve().parent)
        if json:
            print_json(session)
            return
        beat = "/".join(str(number) for number in session["time_signature"])
        print(f"{session['name']}: {session['sample_rate']} Hz, {session['tempo_bpm']:g} BPM, {beat}")
        print_table(("strip", "kind", "gain dB", "pan", "state", "to"), [row(*strip) for strip in strips(session)])

    @group.command()
    def share(
        file: Annotated[Path, typer.Argument(help="The session file.")],
        user: Annotated[str, typer.Argument(help="The user's name on the Jupyter server.")],
        role: Annotated[Role, typer.Argument(help="What the user may do.")],
        json: Annotated[bool, typer.Option("--json", help="Print the roles as JSON.")] = False,
    ) -> None:
        """Give a user rights in a session. Once it has an owner, whoever is not listed may only view."""
        from maxbooster_kernel.collab.share import share as give

        roles = give(file, user, role)
        if json:
            print_json(roles)
        else:
            print_table(("user", "role"), sorted(roles.items()))


def group_of(app: typer.Typer, name: str, help_text: str) -> typer.Typer:
    """Return the command group of a name, made on first use, so that several modules may add to it."""
    for group in app.registered_groups:
        if group.name == name and group.typer_instance is not None:
            return group.typer_instance
    new = typer.Typer(no_args_is_help=True, help=help_text)
    app.add_typer(new, name=name)
    return new


def strips(session: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return every strip of a session with its kind."""
    master = {"name": "Master", "output": "-", "pan": None, "mute": False, "solo": False, **session["master"]}
    return [
        *(("track", track) for track in session["tracks"]),
        *(("bus", bus) for bus in session["buses"]),
        ("master", master),
    ]


def row(kind: str, strip: dict[str, Any]) -> tuple[object, ...]:
    """Return one line of the table of strips."""
    state = ", ".join(word for word in ("mute", "solo") if strip[word]) or "-"
    gain = gain_to_db(strip["gain"]) if strip["gain"] > 0 else "-inf"
    return strip["name"], kind, gain, strip["pan"], state, strip["output"]
