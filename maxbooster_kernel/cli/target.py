"""The file that a command is to make: of its kind, and none of those that it reads."""

from __future__ import annotations

from pathlib import Path

from maxbooster_kernel.errors import MaxBoosterError


def check_target(target: Path, *read: Path, ending: str = "") -> None:
    """Refuse the name of a file that the command reads, which ``--force`` would replace, or one of another kind.

    Parameters
    ----------
    target
        The file to make.
    read
        The files that it is made from.
    ending
        What its name must end in, ``.json``; anything if empty.

    Raises
    ------
    MaxBoosterError
        It is one of the files that are read, or its name has another ending.
    """
    if any(target.resolve() == path.resolve() for path in read):
        raise MaxBoosterError(f"{target}: expected the name of a file to make, got that of one to read; choose another")
    if ending and target.suffix.lower() != ending:
        raise MaxBoosterError(f"{target}: expected the name of a file to make, NAME{ending}; give it that ending")
