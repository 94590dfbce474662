"""Judge a message alone: structure, schema where it is at hand, and the rules a schema cannot hold."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from lxml import etree

from maxbooster_kernel.ddex.message_rules import check_message
from maxbooster_kernel.ddex.parse import read_xml
from maxbooster_kernel.ddex.profile_rules import check_profile
from maxbooster_kernel.ddex.schema_store import load_schema
from maxbooster_kernel.ddex.schematron import check_schematron, find_rules
from maxbooster_kernel.ddex.structure import check_structure
from maxbooster_kernel.ddex.tree import MessageTree
from maxbooster_kernel.ddex.versions import VERSIONS, WRITTEN, Version, version_of_namespace
from maxbooster_kernel.errors import MessageError, MissingExtraError
from maxbooster_kernel.problems import Problem, blocking

MAX_SCHEMA_PROBLEMS = 50
SCHEMA_FIX = "compare the element with the standard's schema"
ROOTS = ("NewReleaseMessage", "PurgeReleaseMessage", "CatalogListMessage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """The judgement on one file."""

    file: str
    problems: tuple[Problem, ...]

    @property
    def valid(self) -> bool:
        """Return whether there is no fatal or error finding; what was not checked is among the problems."""
        return not blocking(self.problems)

    @property
    def verdict(self) -> str:
        """Return the judgement in words; what was not checked is never called valid."""
        if not self.valid:
            return "NOT valid"
        unknown = [problem.where for problem in self.problems if problem.code == "not_checked"]
        return f"no errors found, but not checked: {', '.join(unknown)}" if unknown else "valid"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object of the command line."""
        return {"file": self.file, "valid": self.valid, "problems": [problem.to_dict() for problem in self.problems]}


def validate_file(path: str | os.PathLike[str]) -> Validation:
    """Return the judgement on a message file; a file that is no message is a fatal finding, not an exception."""
    try:
        root = read_xml(path)
    except MessageError as error:
        fix = "write it again" if Path(path).is_file() else "name the file of a message"
        return Validation(file=str(path), problems=(_fatal("xml", "document", str(error), fix),))
    problems = validate_root(root)
    namespace = etree.QName(root).namespace
    if rules := find_rules(namespace):
        try:
            problems += check_schematron(etree.tostring(root, encoding="utf-8"), rules)
        except MissingExtraError as error:
            problems.append(_not_checked("Schematron", str(error)))
    return Validation(file=str(path), problems=tuple(problems))


def validate_root(root: etree._Element) -> list[Problem]:
    """Return the findings on a parsed message."""
    with _collection_paused():
        return _judge(root)


def _judge(root: etree._Element) -> list[Problem]:
    name = etree.QName(root)
    version = version_of_namespace(name.namespace)
    if version is None:
        known = ", ".join(VERSIONS)
        message = f'the namespace "{name.namespace or ""}" is none of ERN {known}'
        return [_fatal("version_unknown", name.localname, message, "name the version in the root")]
    if name.localname not in ROOTS:
        message = f"{name.localname} is not a message of ERN {version.name}"
        return [_fatal("root_unknown", name.localname, message, f"expected {' or '.join(ROOTS)}")]
    tree = MessageTree.of(root)
    problems = _check_form(tree, version, name.localname)
    problems += check_message(tree)
    if name.localname == "NewReleaseMessage":
        problems += check_profile(tree)
    return problems


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Let no cycles be looked for: thousands of elements live for the length of the rules, and none is in a cycle."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _check_form(tree: MessageTree, version: Version, kind: str) -> list[Problem]:
    """Return what is wrong with a message's form: by our own table always, by the schema where it is at hand.

    The table names places and remedies better, so it speaks first; the schema adds the places it alone finds.
    """
    if version.table:
        problems = check_structure(tree, version.rules(), kind)
    else:
        problems = [_not_checked(f"structure of ERN {version.name}", f"own rules exist for {', '.join(WRITTEN)}")]
    schema = load_schema(version.namespace)
    if schema is None:
        return [*problems, _not_checked("schema", "import DDEX's schemas with: maxbooster schemas import")]
    if schema.validate(tree.root):
        return problems
    places = {problem.where for problem in problems if problem.severity == "fatal"}
    return problems + [problem for problem in _refusals(schema) if problem.where not in places]


def _refusals(schema: etree.XMLSchema) -> list[Problem]:
    found = []
    errors: Any = schema.error_log
    for entry in islice(errors, MAX_SCHEMA_PROBLEMS):
        where = (entry.path or "").lstrip("/").replace("ern:", "") or f"line {entry.line}"
        found.append(Problem(code="schema", severity="fatal", where=where, message=entry.message, fix=SCHEMA_FIX))
    return found


def _not_checked(what: str, fix: str) -> Problem:
    return Problem(code="not_checked", severity="info", where=what, message=f"the {what} was not checked", fix=fix)


def _fatal(code: str, where: str, message: str, fix: str) -> Problem:
    return Problem(code=code, severity="fatal", where=where, message=message, fix=fix)
