"""Convert a message to another version, up or down, and say what does not come along."""

from __future__ import annotations

import os
from dataclasses import dataclass

from lxml import etree

from maxbooster_kernel.ddex.carried import losses
from maxbooster_kernel.ddex.graft import graft
from maxbooster_kernel.ddex.message import ErnMessage
from maxbooster_kernel.ddex.parse import read_xml
from maxbooster_kernel.ddex.read import modelled_paths, read_root
from maxbooster_kernel.ddex.schema_store import load_schema
from maxbooster_kernel.ddex.structure import check_structure
from maxbooster_kernel.ddex.tree import MessageTree
from maxbooster_kernel.ddex.versions import VERSIONS, Version, written_version
from maxbooster_kernel.ddex.write import write_message
from maxbooster_kernel.errors import MessageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """A converted message.

    ``carried`` are the places of the old message that a record does not model and the new message has all the same;
    ``lost`` are those that the new one does not say.
    """

    message: ErnMessage
    lost: tuple[str, ...]
    carried: tuple[str, ...] = ()


def convert(source: str | os.PathLike[str] | bytes, *, version: str) -> Conversion:
    """Return a message in another version; its id and time stay.

    Raises
    ------
    MessageError
        It is no release message, or lacks what the other version requires.
    """
    target = written_version(version)
    root = read_xml(source)
    read = read_root(root, "message" if isinstance(source, bytes) else os.fspath(source))
    if read.release is None:
        raise MessageError(f"{read.file}: expected a NewReleaseMessage, got {read.root}")
    xml = write_message(read.release, version=version)
    new = etree.fromstring(xml, etree.XMLParser(remove_blank_text=True, resolve_entities=False))
    problems = check_structure(MessageTree.of(new), target.rules(), "NewReleaseMessage")
    if problems:
        raise MessageError(f"{read.file}: ERN {version} cannot say this: {problems[0].where}: {problems[0].message}")
    carried = _carry(root, new, VERSIONS[read.version], target) if read.kept else ()
    if carried:
        etree.indent(new)
        xml = etree.tostring(new, xml_declaration=True, encoding="UTF-8") + b"\n"
    message = ErnMessage.of(xml, version=version, action="initial", upc=read.release.upc or "")
    lost = [name for name in read.kept if name not in carried]
    return Conversion(message=message, lost=(*lost, *losses(read.release, target)), carried=carried)


def _carry(root: etree._Element, new: etree._Element, source: Version, target: Version) -> tuple[str, ...]:
    """Carry over what the record does not model; nothing of it where the schema, if it is at hand, says no."""
    known = modelled_paths(source.generation) | modelled_paths(target.generation)
    carried = graft(root, new, target.rules(), known, loosely=alike(source, target))
    schema = load_schema(target.namespace)
    return () if schema is not None and not schema.validate(new) else tuple(carried)


def alike(source: Version, target: Version) -> bool:
    """Return whether two versions write the parts alike that our tables do not look into."""
    return source == target or {source.name, target.name} in ({"3.8.2", "3.8.3"}, {"4.3", "4.3.2"})
