"""DDEX's own profile rules (Schematron in XSLT 2), run in-process where the user has them and ``saxonche``.

The compiled rules (``.xsl`` or ``.xslt``, from the Schematron) lie beside the schemas, such as
``<root>/schematron/382/AudioAlbum.xsl``. What is not there is said to be not checked.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from lxml import etree

from maxbooster_kernel.ddex.schema_store import schema_roots
from maxbooster_kernel.ddex.versions import version_of_namespace
from maxbooster_kernel.errors import MessageError, MissingExtraError
from maxbooster_kernel.problems import Problem, Severity

SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_SEVERITIES: tuple[tuple[str, Severity], ...] = (
    ("fatal", "fatal"),
    ("error", "error"),
    ("conditional", "warning"),
    ("warning", "warning"),
)


def find_rules(namespace: str | None) -> list[Path]:
    """Return the compiled rules of a message's version that the user has."""
    version = version_of_namespace(namespace)
    if version is None:
        return []
    folders = [root / "schematron" / version.key for root in schema_roots()]
    return [file for folder in folders if folder.is_dir() for file in sorted(folder.glob("*.xsl*"))]


def check_schematron(data: bytes, rules: list[Path]) -> list[Problem]:
    """Return what DDEX's rules find in a message that was parsed safely before.

    Raises
    ------
    MissingExtraError
        ``saxonche`` is not installed.
    MessageError
        A rules file cannot be run.
    """
    try:
        import saxonche
    except ModuleNotFoundError:
        raise MissingExtraError("schematron", "DDEX's Schematron") from None
    found: list[Problem] = []
    with saxonche.PySaxonProcessor(license=False) as processor:
        document = processor.parse_xml(xml_text=data.decode("utf-8"))
        for file in rules:
            try:
                sheet = processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(file))
                report: Any = sheet.transform_to_string(xdm_node=document)
            except saxonche.PySaxonApiError as error:
                raise MessageError(f"{file}: the rules cannot be run ({str(error).splitlines()[0]})") from None
            found += read_report(str(report or ""), file.stem)
    return found


def read_report(report: str, name: str) -> list[Problem]:
    """Return the findings of a Schematron validation report (SVRL)."""
    try:
        root = etree.fromstring(report.encode("utf-8"), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        raise MessageError(f"{name}: expected a Schematron report, got something else") from None
    found = []
    for node in root.iter(f"{SVRL}failed-assert", f"{SVRL}successful-report"):
        text = " ".join("".join(str(part) for part in node.itertext()).split())
        role = f"{node.get('role') or ''} {node.get('flag') or ''} {text[:60]}".lower()
        severity: Severity = next((level for word, level in _SEVERITIES if word in role), "info")
        where = re.sub(r"\*:|\[namespace-uri\(\)='[^']*'\]", "", node.get("location") or name).lstrip("/")
        found.append(
            Problem(
                code="schematron", severity=severity, where=where, message=text, fix="see the release profile's rule"
            )
        )
    return found
