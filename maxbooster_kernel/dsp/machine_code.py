"""Machine code of kernels: kept in files, linked into a process, called.

A kernel's native function has the calling convention of Numba's nopython functions::

    int32 status = kernel(result *, exception **, arguments...)

where a number is itself, a tuple is its items, and an array is ``parent, parent's object, items, bytes an item,
address, shape..., strides...``; the first two are null here, so nothing is ever counted or freed.
``compilation.py`` checks each of these when it compiles.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

NUMBERS: dict[str, Any] = {
    "b1": ctypes.c_uint8,
    **{f"i{size}": kind for size, kind in ((1, ctypes.c_int8), (2, ctypes.c_int16), (4, ctypes.c_int32))},
    **{f"u{size}": kind for size, kind in ((1, ctypes.c_uint8), (2, ctypes.c_uint16), (4, ctypes.c_uint32))},
    "i8": ctypes.c_int64, "u8": ctypes.c_uint64, "f4": ctypes.c_float, "f8": ctypes.c_double,
}  # fmt: skip
HEAD = b"maxbooster kernel 1\n"
_LINKED: list[Any] = []  # execution engines: code lives as long as the process


class Unlinkable(Exception):  # noqa: N818 - no error: the function is run in another way
    """A function that cannot be run from its machine code alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """An object file, its function's name there, what it returns, and the symbols it takes from the process."""

    code: bytes
    entry: str
    returns: str
    needs: tuple[str, ...]


NONE = Compiled(code=b"", entry="", returns="none", needs=())
"""Kept of a function that is run in another way, so that it is not compiled in vain again."""


class Routine:
    """A linked kernel for one signature."""

    def __init__(self, address: int, signature: str, returns: str) -> None:
        self._flatten = [_flattener(kind) for kind in split(signature)]
        kinds = [kind for kind in split(signature) for kind in native(kind)]
        prototype = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, *kinds)
        self._function = prototype(address)
        self._result, self._value = _returning(returns)

    def __call__(self, *arguments: Any) -> Any:
        """Run without the interpreter's lock.

        Raises
        ------
        ValueError
            The kernel raised: what it did until then is done.
        """
        flat: list[Any] = []
        for flatten, argument in zip(self._flatten, arguments, strict=True):
            flatten(argument, flat)
        result, exception = self._result(), ctypes.c_void_p()
        status = self._function(ctypes.addressof(result), ctypes.addressof(exception), *flat)
        if status:
            raise ValueError(f"a kernel gave up with status {status}: its arrays do not fit one another")
        return self._value(result)


def split(signature: str) -> list[str]:
    """Return the kinds of a signature's arguments."""
    return signature.split(" ") if signature else []


def native(kind: str) -> list[Any]:
    """Return the C types that an argument of a kind is passed as."""
    if kind.startswith("("):
        return [NUMBERS[item] for item in kind[1:-1].split(",") if item]
    if ":" in kind:
        dimensions = int(kind.split(":")[1])
        sizes = [ctypes.c_int64] * (2 * dimensions)
        return [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p, *sizes]
    return [NUMBERS[kind]]


def _flattener(kind: str) -> Callable[[Any, list[Any]], None]:
    if kind.startswith("("):
        return lambda argument, flat: flat.extend(argument)
    if ":" in kind:
        return _flatten_array
    if kind.startswith("f"):
        return lambda argument, flat: flat.append(float(argument))
    return lambda argument, flat: flat.append(int(argument))


def _flatten_array(array: Any, flat: list[Any]) -> None:
    flat += (None, None, array.size, array.itemsize, array.ctypes.data, *array.shape, *array.strides)


class _Nothing(ctypes.Structure):
    _fields_ = (("none", ctypes.c_void_p),)


def _returning(returns: str) -> tuple[Any, Callable[[Any], Any]]:
    """Return the C type of a result, and what makes a Python value of one."""
    if returns == "none":
        return _Nothing, lambda _: None
    if returns.startswith("("):
        kinds = returns[1:-1].split(",")
        fields = [(f"item{number}", NUMBERS[kind]) for number, kind in enumerate(kinds)]
        struct = type("Result", (ctypes.Structure,), {"_fields_": fields})
        truths = [kind == "b1" for kind in kinds]

        def values(result: Any) -> tuple[Any, ...]:
            found = (getattr(result, name) for name, _ in fields)
            return tuple(bool(value) if truth else value for value, truth in zip(found, truths, strict=True))

        return struct, values
    if returns == "b1":
        return NUMBERS[returns], lambda result: bool(result.value)
    return NUMBERS[returns], lambda result: result.value


def link(made: Compiled, signature: str) -> Routine:
    """Link machine code into the process.

    Raises
    ------
    Unlinkable
        It calls what this process does not have, or there is none.
    """
    if not made.code:
        raise Unlinkable("expected machine code, it is run in another way")
    from llvmlite import binding

    engine = binding.create_mcjit_compiler(binding.parse_assembly(""), _target().create_target_machine(jit=True))
    if any(not binding.address_of_symbol(name) for name in made.needs):  # of the process, once there is an engine
        raise Unlinkable(f"expected {', '.join(made.needs)} in the process")
    engine.add_object_file(binding.ObjectFileRef.from_data(made.code))
    engine.finalize_object()
    _LINKED.append(engine)
    return Routine(engine.get_function_address(made.entry), signature, made.returns)


@cache
def _target() -> Any:
    """Get the linker ready; return the processor's kind."""
    from llvmlite import binding

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    return binding.Target.from_default_triple()


def link_kept(name: str, signature: str, digest: str) -> Routine | None:
    """Return a kernel's machine code from its file, linked; None where there is no file, or a damaged one.

    Raises
    ------
    Unlinkable
        The function is run in another way.
    """
    for folder in _folders():
        try:
            content = _file(folder, name, signature, digest).read_bytes()
        except OSError:
            continue
        made = _decoded(content)
        if made is not None:
            return link(made, signature)
    return None


def keep(name: str, signature: str, digest: str, made: Compiled) -> None:
    """Write machine code into the first folder that takes it, in place of that of an older kernel."""
    described = {"entry": made.entry, "returns": made.returns, "needs": made.needs}
    body = json.dumps(described).encode() + b"\n" + made.code
    content = HEAD + hashlib.sha256(body).digest() + body
    for folder in _folders():
        file = _file(folder, name, signature, digest)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=folder, prefix=".kernel", delete=False) as temporary:
                temporary.write(content)
            Path(temporary.name).chmod(0o644)
            Path(temporary.name).replace(file)
        except OSError:
            continue
        for other in folder.glob(f"{_stem(name, signature)}-*.o"):
            if other != file:
                with suppress(OSError):
                    other.unlink()
        return


def _decoded(content: bytes) -> Compiled | None:
    head, body = content[: len(HEAD) + 32], content[len(HEAD) + 32 :]
    if head != HEAD + hashlib.sha256(body).digest():
        return None
    described, _, code = body.partition(b"\n")
    fields = json.loads(described)
    return Compiled(code=code, entry=fields["entry"], returns=fields["returns"], needs=tuple(fields["needs"]))


def _folders() -> Iterator[Path]:
    """Yield where machine code may be kept: where Numba is told to, beside the sources, in the user's cache."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        yield Path(chosen) / "maxbooster"
        return
    yield Path(__file__).parent / "__pycache__"
    if sys.platform == "win32":
        yield Path(os.environ.get("LOCALAPPDATA", "~")).expanduser() / "maxbooster" / "kernels"
    else:
        yield Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "maxbooster" / "kernels"


def _file(folder: Path, name: str, signature: str, digest: str) -> Path:
    return folder / f"{_stem(name, signature)}-{digest[:24]}.o"


def _stem(name: str, signature: str) -> str:
    made_for = hashlib.sha256(repr([signature, processor()]).encode()).hexdigest()[:16]
    return f"{name.replace('<', '').replace('>', '')}-{made_for}"


@cache
def processor() -> tuple[str, ...]:
    """Return what machine code is made by and for: interpreter, compiler, its settings, and the processor."""
    from llvmlite import binding

    found = find_spec("numba")  # reading its record would take as long as all the rest
    numba = "" if found is None or found.origin is None else Path(found.origin).with_name("_version.py").read_text()
    settings = sorted(
        f"{name}={value}" for name, value in os.environ.items()
        if name.startswith("NUMBA_") and name != "NUMBA_CACHE_DIR"
    )  # fmt: skip
    features = ",".join(sorted(name for name, on in binding.get_host_cpu_features().items() if on))
    made_for = binding.get_host_cpu_name(), binding.get_default_triple(), features
    return sys.version, numba, *made_for, *settings
