"""Do the same with many files: progress on stderr, a bad file is one sentence, the others are still done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from maxbooster_kernel.cli.output import say
from maxbooster_kernel.errors import MaxBoosterError

Result = TypeVar("Result")


def each_file(paths: Sequence[Path], work: Callable[[Path], Result]) -> tuple[list[Result], int]:
    """Return the results of ``work`` on each file it could be done with, and the exit code (1 if any was bad)."""
    results: list[Result] = []
    code = 0
    for number, path in enumerate(paths, 1):
        if len(paths) > 1:
            say(f"{number}/{len(paths)} {path.name}")
        try:
            results.append(work(path))
        except MaxBoosterError as error:
            say(f"maxbooster: {error}" if str(path) in str(error) else f"maxbooster: {path}: {error}")
            code = 1
    return results, code
