"""Where DDEX's schemas are found, when the user has them; they are never part of this program."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path

from lxml import etree

from maxbooster_kernel.audio.index import cache_folder
from maxbooster_kernel.errors import MessageError

_TARGET = re.compile(rb"""<[\w.-]*:?schema\b[^>]*\btargetNamespace\s*=\s*["']([^"']+)["']""")
_FOUND: dict[tuple[str | None, ...], Path] = {}
_NAMESPACE = re.compile(r"https?://(?:service\.)?ddex\.net/xml/(?:20\d\d/)?([a-z-]+)/([0-9A-Za-z-]+)")


def schema_roots() -> list[Path]:
    """Return the folders that are searched: ``MAXBOOSTER_DDEX_SCHEMAS``, then what ``schemas import`` has filled."""
    chosen = os.environ.get("MAXBOOSTER_DDEX_SCHEMAS")
    roots = [Path(part) for part in chosen.split(os.pathsep)] if chosen else []
    return [*roots, store_folder()]


def store_folder() -> Path:
    """Return the folder that ``maxbooster schemas import`` fills."""
    return cache_folder() / "ddex-schemas"


def find_schema(namespace: str | None) -> Path | None:
    """Return the schema file of a namespace; None if the user has none."""
    match = _NAMESPACE.fullmatch(namespace or "")
    if match is None:
        return None
    for root in schema_roots():
        folder = root / match[1] / match[2]
        for file in sorted(folder.glob("*.xsd")) if folder.is_dir() else []:
            if _target(str(file), file.stat().st_mtime_ns) == namespace:
                return file
    return None


def load_schema(namespace: str | None) -> etree.XMLSchema | None:
    """Return the compiled schema of a namespace; None if the user has none."""
    place = namespace, os.environ.get("MAXBOOSTER_DDEX_SCHEMAS"), os.environ.get("MAXBOOSTER_CACHE")
    file = _FOUND.get(place)
    if file is None or not file.is_file():
        file = find_schema(namespace)
        if file is None:
            return None
        _FOUND[place] = file
    return _compiled(str(file), file.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _target(file: str, _mtime: int) -> str | None:
    with Path(file).open("rb") as stream:
        match = _TARGET.search(stream.read(16384))
    return match[1].decode("ascii", "replace") if match else None


@lru_cache(maxsize=8)
def _compiled(file: str, _mtime: int) -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False, huge_tree=True)
    try:
        return etree.XMLSchema(etree.parse(file, parser))
    except (etree.XMLSchemaParseError, etree.XMLSyntaxError) as error:
        raise MessageError(
            f"{file}: the schema cannot be used ({str(error).splitlines()[0]}); import it again"
        ) from None
