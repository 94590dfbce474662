"""Read ERN messages of any version from 3.4.1 to 4.3.2, tolerantly; what is not modelled is kept, not lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from lxml import etree

from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.catalogue.release_file import release_to_dict
from maxbooster_kernel.ddex import mapping3, mapping4, read3, read4
from maxbooster_kernel.ddex.node import Node
from maxbooster_kernel.ddex.parse import read_xml
from maxbooster_kernel.ddex.references import place
from maxbooster_kernel.ddex.versions import VERSIONS, version_of_namespace
from maxbooster_kernel.ddex.xml_text import text_of, texts_of
from maxbooster_kernel.errors import MessageError, expect_path

RESOURCES = ("SoundRecording", "Video", "Image", "Text", "SheetMusic", "Software", "MIDI", "UserDefinedResource")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMessage:
    """A message that was read.

    ``release`` is what it says of its main release (None for a purge), ``kept`` are the texts of elements that the
    record does not model, by their place, ``summary`` counts what is in the message.
    """

    file: str
    version: str
    root: str
    release: ReleaseRecord | None
    summary: dict[str, Any]
    kept: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return the message as the JSON object of the command line."""
        release = None if self.release is None else release_to_dict(self.release)
        return {"file": self.file, "version": self.version, **self.summary, "release": release, "kept": self.kept}

    def __repr__(self) -> str:
        title = self.release.full_title if self.release else "-"
        return f"ReadMessage({self.root!r}, version={self.version!r}, {title!r})"


def read_ern(source: str | os.PathLike[str] | bytes) -> ReadMessage:
    """Read an ERN message from a file or from bytes.

    Raises
    ------
    MessageError
        It is not XML, holds what is refused (entities, document types, XInclude), or is no ERN message.
    """
    if not isinstance(source, bytes):
        expect_path(source, "a message")
    root = read_xml(source)
    name = "message" if isinstance(source, bytes) else os.fspath(source)
    return read_root(root, name)


def read_root(root: etree._Element, name: str) -> ReadMessage:
    """Return the message of a parsed tree."""
    found = etree.QName(root)
    version = version_of_namespace(found.namespace)
    if version is None:
        raise MessageError(
            f'{name}: expected an ERN message of {", ".join(VERSIONS)}, got "{found.namespace or root.tag}"'
        )
    release = None
    if found.localname == "NewReleaseMessage":
        reader = read3.read_release if version.generation == 3 else read4.read_release
        release = reader(root)
    return ReadMessage(
        file=name,
        version=version.name,
        root=found.localname,
        release=release,
        summary=_summary(root, found.namespace or "", found.localname),
        kept=dict(_unmodelled(root, version.generation)),
    )


def _summary(root: etree._Element, namespace: str, name: str) -> dict[str, Any]:
    releases = list(root.iterfind("ReleaseList/Release"))
    four = root.find("PartyList") is not None
    main = (releases[0] if releases else None) if four else read3.main_release(releases)
    recordings = list(root.iterfind("ResourceList/SoundRecording"))
    counts = {kind: len(root.findall(f"ResourceList/{kind}")) for kind in RESOURCES}
    track_releases = (
        root.findall("ReleaseList/TrackRelease")
        if four
        else [release for release in releases if "TrackRelease" in texts_of(release, "ReleaseType")]
    )
    title = text_of(main, "ReferenceTitle/TitleText", "DisplayTitleText", "DisplayTitle/TitleText")
    files = [text_of(node, "FileName", "URI") or "" for node in root.iterfind("ResourceList//File")]
    return {
        "namespace": namespace,
        "root": name,
        "message_id": [text_of(root, "MessageHeader/MessageId") or ""],
        "control": list(texts_of(root, "MessageHeader/MessageControlType")),
        "resources": {kind: count for kind, count in counts.items() if count},
        "isrcs": [
            isrc
            for node in recordings
            for path in ("SoundRecordingId/ISRC", "ResourceId/ISRC", "SoundRecordingEdition/ResourceId/ISRC")
            for isrc in texts_of(node, path)
        ],
        "durations": [text for node in recordings for text in texts_of(node, "Duration")],
        "releases": len(releases),
        "track_releases": len(track_releases),
        "main_icpn": [] if main is None else list(texts_of(main, "ReleaseId/ICPN")),
        "main_title": [] if main is None else [title or ""],
        "deals": len(root.findall("DealList/ReleaseDeal/Deal")),
        "discs": 0 if main is None else sum(1 for _ in _discs(main)),
        "parties": len(root.findall("PartyList/Party")),
        "files": [name for name in files if name],
    }


def _discs(main: etree._Element) -> Iterator[etree._Element]:
    for group in main.iter("ResourceGroup"):
        parent = group.getparent()
        if parent is not None and parent.tag == "ResourceGroup":
            yield group


@cache
def modelled_paths(generation: int) -> frozenset[tuple[str, ...]]:
    """Return the paths of tags that the mappings of a generation write."""
    mappings = (
        (mapping3.MESSAGE, mapping3.PURGE)
        if generation == 3
        else (
            mapping4.MESSAGE_43,
            mapping4.MESSAGE_432,
            mapping4.PURGE,
        )
    )
    found: set[tuple[str, ...]] = set()

    def walk(node: Node, path: tuple[str, ...]) -> None:
        found.add((*path, node.tag))
        for child in node.children:
            walk(child, (*path, node.tag))

    for mapping in mappings:
        for child in mapping.children:
            walk(child, ())
    return frozenset(found)


def _unmodelled(root: etree._Element, generation: int) -> Iterator[tuple[str, str]]:
    known = modelled_paths(generation)

    def walk(element: etree._Element, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        for child in element:
            here = (*path, str(child.tag))
            if len(child):
                yield from walk(child, here)
            elif here not in known and (text := (child.text or "").strip()):
                yield place(child), text

    yield from walk(root, ())
