"""File names of a release: plain relative paths, nothing else."""

from __future__ import annotations


def unsafe_path(path: str) -> str | None:
    """Return why a file name may not be used, None if it is a plain relative path."""
    if path.startswith(("/", "\\", "~")) or (len(path) > 1 and path[1] == ":") or "://" in path:
        return f'"{path[:60]}" is not a relative path'
    if ".." in path.replace("\\", "/").split("/"):
        return f'"{path[:60]}" leads out of the folder'
    if "\\" in path or (not path.isprintable() and any(ord(character) < 32 for character in path)):
        return f'"{path[:60]!r}" holds a backslash or a control character'
    return None
