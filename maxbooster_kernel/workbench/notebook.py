"""``%load_ext maxbooster_kernel``: the names of the package in a notebook. The launcher's tile loads it by itself."""

from __future__ import annotations

from typing import Any


def load_ipython_extension(shell: Any) -> None:
    """Put ``mb`` into the notebook's namespace."""
    import maxbooster_kernel

    shell.push({"mb": maxbooster_kernel})


def unload_ipython_extension(shell: Any) -> None:
    """Take ``mb`` out of the namespace, if it is still the package."""
    import maxbooster_kernel

    shell.drop_by_id({"mb": maxbooster_kernel})
