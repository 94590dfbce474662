"""The public names of the package: what ``__init__.pyi`` declares, read when the first of them is asked for."""

from __future__ import annotations

import sys

PACKAGE = "maxbooster_kernel"


def load(name: str) -> object:
    """Return a public name of the package, from the layer that owns it.

    Raises
    ------
    AttributeError
        There is no such name.
    """
    import lazy_loader  # reading the stub takes longer than all else that a command does before it hears an interrupt

    package = sys.modules[PACKAGE]
    get, names, public = lazy_loader.attach_stub(PACKAGE, package.__file__)
    vars(package).update(__getattr__=get, __dir__=names, __all__=public)
    return public if name == "__all__" else get(name)


def names() -> list[str]:
    """Return all public names of the package."""
    load("__all__")
    found: list[str] = vars(sys.modules[PACKAGE])["__all__"]
    return found
