"""The command ``maxbooster``: one application, one file a command group.

Every command module has ``register(app)`` and imports the layers it needs inside its functions,
so that ``maxbooster --help`` stays fast.
"""

from __future__ import annotations

import atexit
import importlib
import os
import sys
import threading
from collections.abc import Callable
from io import TextIOWrapper
from typing import Annotated, Any

import typer

from maxbooster_kernel.cli.interrupt import INTERRUPTED, MESSAGE, asked, end_at_once, raise_once
from maxbooster_kernel.cli.values import read_plainly
from maxbooster_kernel.errors import MaxBoosterError

COMMANDS: tuple[str, ...] = (
    "demo",
    "studio",
    "session",
    "session_exchange",
    "render",
    "analyze",
    "loudness",
    "master",
    "ingest",
    "release",
    "ern",
    "deliver",
    "sandbox",
    "schemas",
    "royalties",
    "payouts",
    "doctor",
)


# Typer carries its own copy of click, so its exception is found through the one class both export.
USAGE_ERROR: Any = next(base for base in typer.BadParameter.__mro__ if base.__name__ == "UsageError")


def build_app(command: str | None = None) -> typer.Typer:
    """Return the application with every command registered, or with one and those of its family only.

    What a command's first word does is in files that begin with it; the others need not be read to run it.
    """
    app = typer.Typer(
        name="maxbooster",
        help="A music studio and a label's back office: mix, master, deliver and account.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback()
    def _root(
        version: Annotated[
            bool, typer.Option("--version", help="Print the version and end.", callback=_version, is_eager=True)
        ] = False,
    ) -> None:
        """Keep the application a group even while it has one command."""

    for name in COMMANDS if command not in COMMANDS else [name for name in COMMANDS if name.startswith(str(command))]:
        importlib.import_module(f"maxbooster_kernel.cli.{name}").register(app)
    return app


def _version(asked_for: bool) -> None:
    if asked_for:
        from maxbooster_kernel import __version__

        print(f"maxbooster {__version__}")
        raise typer.Exit


def run(arguments: list[str], *, begin: Callable[[], None] | None = None) -> int:
    """Run one command line and return its exit code: 0 done, 1 bad input, 2 wrong usage, 130 interrupted.

    ``begin`` is called when all is loaded and the command begins.
    """
    try:
        command = load(arguments)
        if begin is not None:
            begin()
        result = command.main(arguments, prog_name="maxbooster", standalone_mode=False)
        code = result if isinstance(result, int) else 0
    except (KeyboardInterrupt, typer.Abort) as error:
        early = error.__cause__  # click takes the end of a file that is cut off for the end of what is typed
        code = _failed(early) if isinstance(early, EOFError) and not asked() else INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last line of defence: no traceback reaches a user
        code = INTERRUPTED if asked() else _failed(error)
    if code == INTERRUPTED:  # what Typer returns, too, when it catches the interrupt itself
        print(MESSAGE, file=sys.stderr)
    return code


def load(arguments: list[str]) -> Any:
    """Return the command that a command line calls, ready to run it."""
    return read_plainly(typer.main.get_command(build_app(arguments[0] if arguments else None)))


def _failed(error: Exception) -> int:
    """Say what went wrong in one line, and return the exit code."""
    debugging = os.environ.get("MAXBOOSTER_DEBUG")
    if isinstance(error, USAGE_ERROR):
        error.show()
        return 2
    if isinstance(error, BrokenPipeError):
        return 1
    if isinstance(error, MaxBoosterError):
        said = str(error)
    elif debugging:
        raise error
    elif isinstance(error, OSError):
        what = f"{error.filename} cannot be read or written" if error.filename else "a file or connection failed"
        said = f"{what}: {error.strerror or error}; check the path, its rights and the disk"
    else:
        said = (
            f"unexpected {type(error).__name__}: {error} "
            "(a defect of this program; set MAXBOOSTER_DEBUG=1 to see where)"
        )
    print(f"maxbooster: {said}", file=sys.stderr)
    return 1


def main() -> None:
    """Run the command line of this process; being asked to end (SIGTERM) is an interrupt like Ctrl-C."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # file names may hold any bytes; in JSON that is their escape
    code = run(sys.argv[1:], begin=raise_once)
    end_at_once()
    leave(code)


def leave(code: int) -> None:
    """End the process as ``sys.exit`` does, but leave its memory to the system: nobody needs it taken apart."""
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - as the interpreter itself, in its order
    atexit._run_exitfuncs()  # noqa: SLF001
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):  # the interpreter says so
        sys.exit(code)
    os._exit(code)
