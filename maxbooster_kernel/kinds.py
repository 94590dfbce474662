"""Answer a value of another kind than a public function takes in one line, by what its own annotations say.

Options, which are given by name, are checked whatever they are; other parameters where they are text, numbers, paths
or choices. Records such as a buffer a function checks itself: only it can say how to get one.
"""

from __future__ import annotations

import functools
import inspect
import os
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from maxbooster_kernel.errors import WrongKindError, kind_of

Function = TypeVar("Function", bound=Callable[..., Any])
PLAIN: dict[type, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "True or False",
    bytes: "bytes",
}
FIXES: dict[Any, str] = {
    str: "give it as text",
    **dict.fromkeys((str | os.PathLike[str], Path | str), "give its name as text or a Path"),
}
SHAPES: dict[Any, str] = {Callable: "a function", os.PathLike: "a path", Mapping: "a dict", Iterable: "a list"}


def checked(function: Function) -> Function:
    """Return a function that first checks the kinds of what it is given.

    Raises
    ------
    WrongKindError
        A value is of another kind than its parameter's annotation says.

    Examples
    --------
    >>> @checked
    ... def fade(name: str, *, seconds: float | None = None) -> None: ...
    >>> fade("drums", seconds="long")
    Traceback (most recent call last):
    maxbooster_kernel.errors.WrongKindError: expected a number or None for seconds, got the str 'long'; see help(fade)
    """
    if isinstance(function, type):  # a record: its fields are checked
        function.__init__ = checked(function.__init__)  # type: ignore[misc]
        return function
    called = function.__qualname__.removesuffix(".__init__")

    @functools.cache
    def parameters() -> tuple[list[str], dict[str, Any]]:  # at the first call: annotations may name what comes later
        known = inspect.signature(function).parameters
        kinds = {name: kind_named(str(one.annotation), function.__globals__) for name, one in known.items()}
        options = {name for name, one in known.items() if one.kind is one.KEYWORD_ONLY}
        return list(known), {name: kind for name, kind in kinds.items() if name in options or is_plain(kind)}

    @functools.wraps(function)
    def call(*values: Any, **options: Any) -> Any:
        order, kinds = parameters()
        for name, value in (*options.items(), *zip(order, values, strict=False)):
            if name in kinds and not fits(value, kinds[name]):
                said = f"expected {words_for(kinds[name])} for {name}, got {kind_of(value)}"
                raise WrongKindError(f"{said}; {FIXES.get(kinds[name], f'see help({called})')}")
        return function(*values, **options)

    return call  # type: ignore[return-value]


def kind_named(annotation: str, known: Mapping[str, Any]) -> Any:
    """Return what an annotation means where these names are known; anything, where it needs others.

    >>> kind_named("int | None", {}), kind_named("pd.DataFrame", {})
    (int | None, typing.Any)
    """
    try:
        return eval(annotation, dict(known))  # noqa: S307 - the package's own source
    except (AttributeError, NameError, SyntaxError):  # imported for type checkers only, or no annotation
        return Any


def is_plain(kind: Any) -> bool:
    """Tell whether a kind is text, a number, a path, a choice, or one of several such."""
    if get_origin(kind) in (Union, types.UnionType):
        return all(map(is_plain, get_args(kind)))
    return kind in (*PLAIN, None, types.NoneType, Path) or get_origin(kind) in (Literal, os.PathLike)


def fits(value: Any, kind: Any) -> bool:
    """Tell whether a value is of a kind: a class, one of several, a choice of words, or a list or dict of such.

    >>> fits(3, float), fits(True, int), fits(["a"], list[str]), fits("a", Sequence[str])
    (True, False, True, False)
    """
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        value = value.item()  # NumPy's numbers are numbers
    origin, inside = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return any(fits(value, one) for one in inside)
    if origin is Literal:
        return type(value) in {type(word) for word in inside}
    if kind in (int, float):
        return isinstance(value, int if kind is int else int | float) and not isinstance(value, bool)
    if kind in (Any, None) or isinstance(kind, TypeVar):
        return kind is not None or value is None
    if getattr(kind, "_is_protocol", False) and origin is None:
        return all(hasattr(value, name) for name in vars(kind) if name == "__call__" or not name.startswith("_"))
    return isinstance(value, origin or kind) and _holds(value, origin, inside)


def _holds(value: Any, origin: Any, inside: tuple[Any, ...]) -> bool:
    """Tell whether what a list or dict holds is of the kinds that it says."""
    if isinstance(value, Mapping) and len(inside) == 2:
        return all(fits(key, inside[0]) and fits(item, inside[1]) for key, item in value.items())
    if origin is not None and isinstance(value, str | bytes):
        return False  # a list of letters is hardly meant
    if isinstance(value, Sequence) and inside:
        return all(fits(item, inside[0] if len(inside) < 3 else Any) for item in value)
    return True


def words_for(kind: Any) -> str:
    """Return a kind in words.

    >>> words_for(str | os.PathLike[str] | None), words_for(Literal["tpdf", "shaped"] | None), words_for(Sequence[int])
    ('a text, a path or None', "'tpdf', 'shaped' or None", 'a list')
    """
    *others, last = dict.fromkeys(_names(kind))
    return f"{', '.join(others)} or {last}" if others else last


def _names(kind: Any) -> list[str]:
    origin, inside = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return [name for one in inside for name in _names(one)]
    if origin is Literal:
        return [repr(word) for word in inside]
    if kind in PLAIN:
        return [PLAIN[kind]]
    name = "None" if kind in (None, types.NoneType) else str(kind.__name__)
    for base, words in SHAPES.items():
        if isinstance(origin or kind, type) and issubclass(origin or kind, base):
            return [words]
    return [name if name == "None" else f"an {name}" if name[0] in "AEIOU" else f"a {name}"]
