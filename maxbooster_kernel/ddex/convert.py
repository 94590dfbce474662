"""Convert a message to another version, up or down, and say what does not come along."""

from __future__ import annotations

import os
from dataclasses import dataclass

from lxml import etree

from maxbooster_kernel.ddex.carried import losses
from maxbooster_kernel.ddex.message import ErnMessage
from maxbooster_kernel.ddex.read import read_ern
from maxbooster_kernel.ddex.structure import check_structure
from maxbooster_kernel.ddex.versions import written_version
from maxbooster_kernel.ddex.write import write_message
from maxbooster_kernel.errors import MessageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """A converted message; ``lost`` are the places of the old one that the new one does not say."""

    message: ErnMessage
    lost: tuple[str, ...]


def convert(source: str | os.PathLike[str] | bytes, *, version: str) -> Conversion:
    """Return a message in another version; its id and time stay.

    Raises
    ------
    MessageError
        It is no release message, or lacks what the other version requires.
    """
    target = written_version(version)
    read = read_ern(source)
    if read.release is None:
        raise MessageError(f"{read.file}: expected a NewReleaseMessage, got {read.root}")
    xml = write_message(read.release, version=version)
    problems = check_structure(etree.fromstring(xml), target.rules(), "NewReleaseMessage")
    if problems:
        raise MessageError(f"{read.file}: ERN {version} cannot say this: {problems[0].where}: {problems[0].message}")
    message = ErnMessage.of(xml, version=version, action="initial", upc=read.release.upc or "")
    return Conversion(message=message, lost=(*read.kept, *losses(read.release, target)))
