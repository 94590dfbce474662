"""Ctrl-C from the first moment on: one line, exit code 130, nothing half written.

While a command is only being loaded there is nothing to take back, and the process ends at once. Afterwards the first
signal is a KeyboardInterrupt, which takes back what is half written; the second waits for that; the third does not.
"""

from __future__ import annotations

import os
import signal
import sys

INTERRUPTED = 130
MESSAGE = "interrupted; nothing half written was left"
SIGNALS = (signal.SIGINT, signal.SIGTERM)
_ASKED: list[int] = []


def end_at_once() -> None:
    """End the process when it is interrupted: it has begun nothing yet, or has nothing left to do."""
    for number in SIGNALS:
        signal.signal(number, _end)
    sys.unraisablehook = _say_others


def raise_once() -> None:
    """Let the first interrupt raise KeyboardInterrupt in the main thread, also where Python would swallow it."""
    for number in SIGNALS:
        signal.signal(number, _raise)
    sys.unraisablehook = _raise_again


def asked() -> bool:
    """Tell whether the process was interrupted, whatever has become of the exception on its way."""
    return bool(_ASKED)


def _end(_number: int, _frame: object) -> None:
    os.write(2, f"{MESSAGE}\n".encode())
    os._exit(INTERRUPTED)


def _raise(number: int, frame: object) -> None:
    _ASKED.append(number)
    if len(_ASKED) == 1:
        raise KeyboardInterrupt
    if len(_ASKED) > 2:  # who asks three times does not want to wait
        _end(number, frame)


def _raise_again(unraisable: sys.UnraisableHookArgs) -> None:
    """Take a KeyboardInterrupt that a destructor or a callback swallowed to where it is heard."""
    if isinstance(unraisable.exc_value, KeyboardInterrupt):
        _ASKED.clear()
        signal.raise_signal(signal.SIGINT)
    _say_others(unraisable)


def _say_others(unraisable: sys.UnraisableHookArgs) -> None:
    """Say what a destructor or a callback swallowed, but for an interrupt that was heard."""
    if not isinstance(unraisable.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)
