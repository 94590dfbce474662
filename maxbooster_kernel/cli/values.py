"""Turn the words of a command line into values: paths, numbers, choices.

Typer has Pydantic do this, and loading Pydantic takes longer than most commands; plain values need neither.
Parameters of other kinds, and those of a Typer that is another inside, are left as they are.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import typer

TRUTHS = {"": False} | {
    word: truth
    for truth, words in ((True, "1 true t yes y on"), (False, "0 false f no n off"))
    for word in words.split()
}

SHOWN = {"str": "text", "int": "number", "float": "number", "int range": "number", "float range": "number"}
"""What help calls the kinds that Python calls otherwise."""


class Reader:
    """Reads the values of one parameter, in place of what Typer would build for it.

    Parameters
    ----------
    read
        Makes a value of a word; raises ValueError with a message for who typed it.
    """

    def __init__(self, read: Callable[[str], Any]) -> None:
        self.read = read

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value of a word, or of each of several words; of what is no word, itself."""
        many = bool(param.multiple) or param.nargs != 1
        if value is None:
            return () if many else None
        try:
            return [self._one(item) for item in value] if many else self._one(value)
        except ValueError as error:
            raise typer.BadParameter(str(error), ctx=ctx, param=param) from None

    def _one(self, value: Any) -> Any:
        return self.read(value) if isinstance(value, str) else value


def read_plainly(command: Any) -> Any:
    """Give the plain parameters of a command, and of all below it, readers of their own; return the command."""
    known = command.get_params

    def get_params(ctx: Any) -> list[Any]:
        parameters: list[Any] = known(ctx)  # with the one for help, which is made there
        for parameter in parameters:
            _give_reader(parameter)
        return parameters

    command.get_params = get_params
    for below in getattr(command, "commands", {}).values():
        read_plainly(below)
    return command


def _give_reader(parameter: Any) -> None:
    if shown := getattr(parameter, "display_type", None):
        parameter.display_type = lambda ctx: _in_words(shown(ctx))
    descriptor = getattr(parameter, "type_descriptor", None)
    read = _reader(descriptor.annotation, descriptor.parameter_info) if descriptor is not None else None
    if read is not None:
        reader = Reader(read)
        parameter.get_runtime_param = lambda: reader


def _in_words(label: str) -> str:
    """Return how help names the kind of a parameter.

    >>> _in_words("<list[Path]>"), _in_words("<int range>"), _in_words("<16|24|32f>")
    ('<path>', '<number>', '<16|24|32f>')
    """
    kind = label.strip("<>").removeprefix("list[").removesuffix("]")
    return f"<{SHOWN.get(kind, 'path' if kind == 'Path' else kind)}>"


def _reader(kind: Any, info: Any) -> Callable[[str], Any] | None:
    """Return what reads a word as a kind of value, or None where Typer must."""
    if get_origin(kind) is list:
        kind = get_args(kind)[0]
    if info.parser is not None or info.clamp or info.exists or info.resolve_path or info.path_type is not None:
        return None
    if kind is str:
        return str
    if kind is bool:
        return _truth
    if kind is Path and info.file_okay and info.dir_okay and not info.allow_dash:
        return _path
    if kind in (int, float):
        return lambda word: _number(word, kind, info.min, info.max)
    if get_origin(kind) is Literal and info.case_sensitive:
        return lambda word: _choice(word, get_args(kind))
    return None


def _truth(word: str) -> bool:
    if word.strip().lower() not in TRUTHS:
        raise ValueError(f"expected true or false, got {word!r}.")
    return TRUTHS[word.strip().lower()]


def _path(word: str) -> Path:
    path = Path(word)
    if path.exists() and not os.access(path, os.R_OK):
        raise ValueError(f"path {word!r} is not readable.")
    return path


def _number(word: str, kind: type[int | float], least: float | None, most: float | None) -> float:
    named = "a whole number" if kind is int else "a number"
    try:
        number = kind(word)
    except ValueError:
        raise ValueError(f"expected {named}, got {word!r}.") from None
    low, high = least is None or number >= least, most is None or number <= most
    if not (low and high):
        bounds = [f"from {least} on" if most is None else f"from {least}"] if least is not None else []
        bounds += [f"to {most}"] if most is not None else []
        raise ValueError(f"expected {named} {' '.join(bounds)}, got {word}.")
    return number


def _choice(word: str, words: tuple[str, ...]) -> str:
    if word not in words:
        raise ValueError(f"expected one of {', '.join(words)}, got {word!r}.")
    return word
