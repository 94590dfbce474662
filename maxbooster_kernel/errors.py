"""Every error Max Booster raises on purpose.

.. code-block:: text

    MaxBoosterError
    ├── AudioError            an audio file or buffer cannot be used
    │   └── SampleRateError   sample rates differ and no conversion was asked for
    ├── ArtworkError          a cover picture cannot be used
    ├── SessionError          a mix session is malformed or an edit is impossible
    │   └── SessionVersionError   the file is newer than this program
    ├── RenderError           a graph cannot be rendered
    │   ├── PluginError       an insert raised or returned the wrong shape
    │   └── RenderCancelledError  a render was stopped by whoever had asked for it
    ├── AnalysisError         loudness or music analysis cannot be done
    ├── ReleaseError          a release's data cannot be used
    ├── MessageError          a DDEX message cannot be read or written
    ├── DeliveryError         a batch cannot be delivered
    ├── RoyaltyError          royalty tables cannot be read or computed
    │   ├── MoneyError        an amount, rate or currency is not exact or not known (a ValueError)
    │   └── FloatMoneyError   money came as a binary float (a TypeError)
    ├── CatalogueError        the catalogue database refuses
    ├── RoomError             the shared document on the server cannot be reached
    ├── WrongKindError        a value is of another kind than a function takes (a TypeError)
    ├── OutputExistsError     an output file exists and was not to be replaced
    └── MissingExtraError     an optional dependency is not installed

A message says what was expected, what came, where, and what to do; it is one line.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeVar

Kind = TypeVar("Kind")


class MaxBoosterError(Exception):
    """Base of all errors raised on purpose; catch it to catch them all."""


class AudioError(MaxBoosterError):
    """An audio file or buffer cannot be used as it is."""


class SampleRateError(AudioError):
    """Sample rates differ and no conversion was asked for."""


class ArtworkError(MaxBoosterError):
    """A cover picture cannot be used as it is."""


class SessionError(MaxBoosterError):
    """A mix session is malformed, or an edit of it is impossible."""


class SessionVersionError(SessionError):
    """A session file was written by a newer version of the program."""


class RenderError(MaxBoosterError):
    """A compiled graph cannot be rendered."""


class PluginError(RenderError):
    """An insert raised an exception or returned samples of the wrong shape.

    ``insert`` is the id of its node in the graph; it is empty where no graph is at hand.
    """

    def __init__(self, message: str, *, insert: str = "") -> None:
        super().__init__(message)
        self.insert = insert


class RenderCancelledError(RenderError):
    """A render was stopped by whoever had asked for it; nothing was written."""


class AnalysisError(MaxBoosterError):
    """Loudness or music analysis cannot be done on this input."""


class ReleaseError(MaxBoosterError):
    """A release record is malformed or refused by its own rules."""


class MessageError(MaxBoosterError):
    """A DDEX message cannot be read, written or trusted."""


class DeliveryError(MaxBoosterError):
    """A batch cannot be packaged, sent or acknowledged."""


class RoyaltyError(MaxBoosterError):
    """Royalty tables cannot be read or computed exactly."""


class MoneyError(RoyaltyError, ValueError):
    """An amount, a rate or a currency is not a number, not exact in nanos, or not known."""


class FloatMoneyError(RoyaltyError, TypeError):
    """Money came as a binary float, which cannot hold decimal amounts."""


class CatalogueError(MaxBoosterError):
    """The catalogue database refused a record or is not usable."""


class RoomError(MaxBoosterError):
    """The shared document on the Jupyter server cannot be reached."""


class WrongKindError(MaxBoosterError, TypeError):
    """A function was given a value of another kind than it takes, such as a path in place of a buffer."""


def expect(value: object, kind: type[Kind], what: str, fix: str) -> Kind:
    """Return a value of the kind that was expected; else raise one line that says what came and what to do.

    >>> expect("mix.wav", bytes, "the content of a file", "read it first")
    Traceback (most recent call last):
    maxbooster_kernel.errors.WrongKindError: expected the content of a file, got the str 'mix.wav'; read it first
    """
    if isinstance(value, kind):
        return value
    raise WrongKindError(f"expected {what}, got {kind_of(value)}; {fix}")


def expect_path(value: object, what: str) -> Path:
    """Return a value as the path it names; else raise one line that says what came."""
    if isinstance(value, str | os.PathLike):
        return Path(value)
    raise WrongKindError(f"expected the path of {what}, got {kind_of(value)}; give its name as text or a Path")


def kind_of(value: object) -> str:
    """Return in few words what a value is.

    >>> kind_of(None), kind_of("mix.wav"), kind_of([1, 2])
    ('None', "the str 'mix.wav'", 'a value of type list')
    """
    if value is None:
        return "None"
    plain = isinstance(value, str | int | float)
    return f"the {type(value).__name__} {str(value)[:60]!r}" if plain else f"a value of type {type(value).__name__}"


def words_of(error: BaseException) -> str:
    """Return in one line what an exception says; that of an operating system says it without number and path.

    >>> words_of(IsADirectoryError(21, "Is a directory", "sales")), words_of(ValueError())
    ('Is a directory', 'ValueError')
    """
    return str(getattr(error, "strerror", None) or (str(error).strip().splitlines() or [type(error).__name__])[0])


class OutputExistsError(MaxBoosterError):
    """An output file exists already and was not to be replaced."""

    def __init__(self, path: str | Path) -> None:
        super().__init__(f"{path} exists already; give --force (force=True) to replace it, or another name")


class MissingExtraError(MaxBoosterError):
    """An optional dependency is needed and not installed."""

    def __init__(self, extra: str, what: str) -> None:
        super().__init__(f"{what} needs the extra '{extra}'; install it with: pip install 'maxbooster[{extra}]'")
