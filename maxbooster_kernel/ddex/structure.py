"""Our own structure rules: child order, cardinality, attributes and text types, with no schema at hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from lxml import etree

from maxbooster_kernel.ddex.content import Misfit
from maxbooster_kernel.ddex.references import place
from maxbooster_kernel.ddex.tables import ANYTHING, Composite, Table
from maxbooster_kernel.ddex.tree import MessageTree, with_attributes
from maxbooster_kernel.ddex.xml_text import children_of
from maxbooster_kernel.problems import Problem

_DURATION = re.compile(r"-?P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_DATE_TIME = re.compile(r"-?\d{4,}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})?")
_REFERENCE = re.compile(r"[\d\-_a-zA-Z]+")
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")

TEXT_TYPES: dict[str, tuple[Callable[[str], bool], str]] = {
    "boolean": (lambda text: text in ("true", "false", "1", "0"), "true or false"),
    "integer": (lambda text: re.fullmatch(r"[+-]?\d+", text) is not None, "a whole number"),
    "decimal": (lambda text: _DECIMAL.fullmatch(text) is not None, "a decimal number"),
    "duration": (lambda text: _DURATION.fullmatch(text) is not None, "a duration such as PT3M21S"),
    "date": (lambda text: _DATE.fullmatch(text) is not None, "a date such as 2026-12-04"),
    "dateTime": (lambda text: _DATE_TIME.fullmatch(text) is not None, "a date and time such as 2026-12-04T10:00:00Z"),
    "gYear": (lambda text: re.fullmatch(r"-?\d{4,}(Z|[+-]\d{2}:\d{2})?", text) is not None, "a year of four digits"),
    "dpid": (lambda text: re.fullmatch(r"PADPIDA[a-zA-Z0-9]+", text) is not None, "a party id that begins PADPIDA"),
    "ipi": (lambda text: re.fullmatch(r"\d{11}", text) is not None, "eleven digits"),
}


def _is_reference(letter: str) -> Callable[[str], bool]:
    return lambda text: text[:1] == letter and _REFERENCE.fullmatch(text[1:]) is not None


for _letter in "APRTVWX":
    TEXT_TYPES[f"ref{_letter}"] = (_is_reference(_letter), f"a reference that begins with {_letter}")


def check_structure(tree: MessageTree, rules: Table, kind: str) -> list[Problem]:
    """Return every place where the message leaves the structure of its version.

    Parameters
    ----------
    tree
        The parsed message.
    rules
        The table of its version.
    kind
        The name of the root's composite, such as ``NewReleaseMessage``.
    """
    composite = rules.composite(kind)
    if composite is None:
        return [
            _problem("structure_unknown_root", kind, f"{kind} is not a message of this version", "correct the root")
        ]
    walk = _Walk(rules, tree.attributed)
    _check(tree.root, composite, walk)
    return [*walk.found, *_loose_text(tree.elements)]


def check_composite(element: etree._Element, composite: Composite, rules: Table) -> list[Problem]:
    """Return every place where one element leaves the structure of its composite."""
    walk = _Walk(rules, with_attributes(element))
    _check(element, composite, walk)
    return walk.found


@dataclass(frozen=True, slots=True)
class _Walk:
    """What one walk asks and what it found."""

    rules: Table
    attributed: frozenset[etree._Element]
    found: list[Problem] = field(default_factory=list)


def _check(element: etree._Element, composite: Composite, walk: _Walk) -> None:
    """Judge one composite and all below it; what was found right before is right again, which is most of a message."""
    rules, attributed = walk.rules, walk.attributed
    if element in attributed or composite.required:
        _check_attributes(element, composite, walk)
    if composite.model is None:
        _check_text(element, composite.text or "string", walk)
        return
    children = children_of(element)
    names = tuple([child.tag for child in children])
    plan = composite.plans.get(names) or rules.plan(composite, names)
    if plan.misfit is not None:
        words = [name for name in names if isinstance(name, str)]
        walk.found.append(_misfit_problem(words, plan.misfit, composite, element))
    for child, (inner, kind, texts) in zip(children, plan.steps, strict=True):
        if inner is not None:
            if inner.model is not None:
                _check(child, inner, walk)
                continue
            if child in attributed or inner.required:
                _check_attributes(child, inner, walk)
        if texts is not None and child.text not in texts:
            _check_text(child, kind, walk)
        if kind != ANYTHING and len(child):
            message = f"{child.tag} must hold text, not elements"
            walk.found.append(_problem("structure_children", place(child), message, "leave the elements out"))


def _loose_text(elements: Iterable[etree._Element]) -> Iterator[Problem]:
    for element in [element for element in elements if len(element) and element.text]:
        if not (element.text or "").isspace():
            yield _loose_problem(element, element.text or "")
    for element in [element for element in elements if element.tail]:
        parent, tail = element.getparent(), element.tail or ""
        if parent is not None and not tail.isspace():
            yield _loose_problem(parent, tail)


def _loose_problem(element: etree._Element, text: str) -> Problem:
    message = f'text "{text.strip()[:40]}" where only elements may stand'
    return _problem("structure_text", place(element), message, "remove it")


def _misfit_problem(names: list[str], misfit: Misfit, composite: Composite, element: etree._Element) -> Problem:
    index, expected, path = misfit.index, misfit.expected, place(element)
    wanted = ", ".join(expected[:6]) + (", ..." if len(expected) > 6 else "") or "nothing more"
    if index == len(names):
        message = f"{composite.name} ends too early: expected {wanted}"
        return _problem("structure_missing", path, message, f"add {wanted}")
    where = f"{path}/{names[index]}"
    if composite.model is None or names[index] not in composite.model.types:
        return _problem("structure_unknown", where, f"{names[index]} is not a child of {composite.name}", "remove it")
    message = f"{names[index]} may not stand here: expected {wanted}"
    return _problem("structure_order", where, message, "keep the standard's order, each as often as allowed")


def _check_attributes(element: etree._Element, composite: Composite, walk: _Walk) -> None:
    rules, found, attributes = walk.rules, walk.found, element.items()
    if (composite.name, *attributes) in rules.good:
        return
    before = len(found)
    for name in sorted(composite.required - {str(key) for key in element.attrib}):
        where = f"{place(element)}/@{name}"
        found.append(_problem("structure_attribute", where, f"attribute {name} is required", f"add {name}"))
    for key, value in attributes:
        name = str(key)
        if name.startswith("{"):
            continue
        kind = composite.attributes.get(name)
        if kind is None:
            where = f"{place(element)}/@{name}"
            found.append(_problem("structure_attribute", where, f"attribute {name} is not allowed", "remove it"))
        elif wrong := _wrong(str(value), kind, rules):
            found.append(_problem(wrong[0], f"{place(element)}/@{name}", wrong[1], "use what the standard lists"))
    if len(found) == before:
        rules.remember((composite.name, *attributes))


def _check_text(element: etree._Element, kind: str, walk: _Walk) -> None:
    wrong = _wrong(element.text or "", kind, walk.rules)
    if wrong is None:
        walk.rules.remember_text(kind, element.text)
    else:
        walk.found.append(_problem(wrong[0], place(element), wrong[1], "use what the standard lists"))


def _wrong(raw: str, kind: str, rules: Table) -> tuple[str, str] | None:
    """Return code and message of a text that is not of its type; None if it is."""
    if kind == "string":
        return None
    test = TEXT_TYPES.get(kind)
    if test is not None:
        text = raw.strip()
        return None if test[0](text) else ("structure_value", f'expected {test[1]}, got "{text[:40]}"')
    if kind == "ReleaseProfileVariantVersionId" or rules.allows(kind, raw):
        return None
    return "value_not_allowed", f'"{raw[:40]}" is not a value of {kind} here'


def _problem(code: str, where: str, message: str, fix: str) -> Problem:
    return Problem(code=code, severity="fatal", where=where, message=message, fix=fix)
