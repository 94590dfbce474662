"""Write files whole or not at all: a temporary name beside the target, then a rename. Read only what is a file."""

from __future__ import annotations

import errno
import os
import signal
import stat
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from maxbooster_kernel.errors import OutputExistsError, expect_path


def plain_file(path: str | os.PathLike[str], *, or_pipe: bool = False) -> Path:
    """Return a path that may be opened to read: a device may never end, and a pipe may never begin.

    Parameters
    ----------
    path
        What is to be read.
    or_pipe
        Take a pipe too: the reader goes through it once and keeps little.

    Raises
    ------
    OSError
        A device, a pipe, a socket or a window into the system (as below ``/proc``) is there. What is not there at
        all, or a folder, says so when it is opened.

    Examples
    --------
    >>> plain_file("/dev/zero")
    Traceback (most recent call last):
    OSError: [Errno 22] a device, a pipe or a socket, no file; copy what it holds to a file: '/dev/zero'
    """
    file = Path(path)
    try:
        mode = file.stat().st_mode
    except OSError:
        return file
    if or_pipe and stat.S_ISFIFO(mode):
        return file
    made_by_the_system = any(file.resolve().is_relative_to(root) for root in ("/proc", "/sys"))
    if stat.S_ISDIR(mode) or (stat.S_ISREG(mode) and not made_by_the_system):
        return file
    raise OSError(errno.EINVAL, "a device, a pipe or a socket, no file; copy what it holds to a file", str(file))


@contextmanager
def writing(path: str | os.PathLike[str], *, force: bool = True) -> Iterator[Path]:
    """Yield a temporary path that becomes ``path`` when the block ends without an exception.

    Parameters
    ----------
    path
        The file to make; missing parent folders are made.
    force
        Replace an existing file. If false, an existing file raises before anything is written.

    Raises
    ------
    OutputExistsError
        ``path`` exists and ``force`` is false.
    OSError
        Nothing can be written there, or a folder or a device is; it names ``path``, not the temporary file.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> with writing(folder / "a.txt") as temporary:
    ...     _ = temporary.write_text("whole")
    >>> (folder / "a.txt").read_text()
    'whole'
    """
    target = expect_path(path, "a file to make")
    if not force and target.exists():
        raise OutputExistsError(target)
    if target.exists() and not target.is_file():  # a rename would put a file in the place of a device
        raise OSError(errno.EINVAL, "it is there already, and no file", str(target))
    made = [folder for folder in target.parents if not folder.exists()]
    name: str | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.stem}.", suffix=target.suffix)
        os.close(handle)
        yield Path(name)
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
        Path(name).replace(target)
    except BaseException as error:
        if name is not None:
            Path(name).unlink(missing_ok=True)
        for folder in made:
            with suppress(OSError):  # what others put there meanwhile stays
                folder.rmdir()
        if isinstance(error, OSError) and (name is None or error.filename in (None, name)):
            raise OSError(error.errno, error.strerror, str(target)) from error
        raise


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C and SIGTERM back until the block has ended: what several files need to appear together."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are none of its business
        return
    came: list[int] = []
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    known = {number: handler for number, handler in handlers.items() if handler is not None}  # None is not Python's
    for number in known:
        signal.signal(number, lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        for number, handler in known.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])


def is_utf8(name: str) -> bool:
    r"""Tell whether a file's name can be written into a text: a name may hold any bytes.

    >>> is_utf8("caf\N{LATIN SMALL LETTER E WITH ACUTE}.wav"), is_utf8("caf\udce9.wav")
    (True, False)
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def write_bytes(path: str | os.PathLike[str], data: bytes, *, force: bool = True) -> None:
    """Write ``data`` to ``path`` whole or not at all (see :func:`writing`)."""
    with writing(path, force=force) as temporary:
        temporary.write_bytes(data)


def write_text(path: str | os.PathLike[str], text: str, *, force: bool = True) -> None:
    """Write ``text`` to ``path`` as UTF-8, whole or not at all (see :func:`writing`)."""
    write_bytes(path, text.encode("utf-8"), force=force)
