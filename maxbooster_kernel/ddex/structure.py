"""Our own structure rules: child order, cardinality, attributes and text types, with no schema at hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree

from maxbooster_kernel.ddex.content import Misfit
from maxbooster_kernel.ddex.references import place
from maxbooster_kernel.ddex.tables import Composite, Table
from maxbooster_kernel.problems import Problem

_LOOSE = etree.XPath("//*[*]/text()[normalize-space(.)]")
_DURATION = re.compile(r"-?P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_DATE_TIME = re.compile(r"-?\d{4,}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})?")
_REFERENCE = re.compile(r"[\d\-_a-zA-Z]+")
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")

NOT_LOOKED_INTO: tuple[None, str] = (None, "any")
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
for _letter in "APRTVWX":
    TEXT_TYPES[f"ref{_letter}"] = (
        lambda text, letter=_letter: text[:1] == letter and _REFERENCE.fullmatch(text[1:]) is not None,  # type: ignore[misc]
        f"a reference that begins with {_letter}",
    )


def check_structure(root: etree._Element, rules: Table, kind: str) -> list[Problem]:
    """Return every place where the message leaves the structure of its version.

    Parameters
    ----------
    root
        The parsed message.
    rules
        The table of its version.
    kind
        The name of the root's composite, such as ``NewReleaseMessage``.
    """
    composite = rules.composite(kind)
    if composite is None:
        return [_problem("structure_unknown_root", kind, f"{kind} is not a message of this version", "")]
    found: list[Problem] = []
    _check(root, composite, rules, found)
    found += _loose_text(root)
    return found


def _check(element: etree._Element, composite: Composite, rules: Table, found: list[Problem]) -> None:
    """Judge one composite and all below it; what was found right before is right again, which is most of a message."""
    good = rules.good
    attributes = element.items()
    if (attributes or composite.required) and (composite.name, *attributes) not in good:
        _check_attributes(element, composite, rules, found)
    model = composite.model
    if model is None:
        _check_text(element, composite.text or "string", rules, found)
        return
    names = tuple([child.tag for child in element])
    misfit = model.remembered_misfit(names)
    if misfit is not None:
        found.append(_misfit_problem([name for name in names if isinstance(name, str)], misfit, composite, element))
    kinds = rules.kinds(composite)
    for child, name in zip(element, names, strict=True):
        inner, kind = kinds.get(name, NOT_LOOKED_INTO)
        if inner is not None:
            if inner.model is not None:
                _check(child, inner, rules, found)
                continue
            attributes = child.items()
            if (attributes or inner.required) and (inner.name, *attributes) not in good:
                _check_attributes(child, inner, rules, found)
        elif kind == "any":
            continue
        if len(child):
            message = f"{name} must hold text, not elements"
            found.append(_problem("structure_children", place(child), message, ""))
        elif kind != "string" and (kind, child.text) not in good:
            _check_text(child, kind, rules, found)


def _loose_text(root: etree._Element) -> Iterator[Problem]:
    texts: Any = _LOOSE(root)
    for text in texts:
        parent = text.getparent()
        element = parent.getparent() if text.is_tail and parent.getparent() is not None else parent
        message = f'text "{text.strip()[:40]}" where only elements may stand'
        yield _problem("structure_text", place(element), message, "remove it")


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


def _check_attributes(element: etree._Element, composite: Composite, rules: Table, found: list[Problem]) -> None:
    before = len(found)
    for name in sorted(composite.required - {str(key) for key in element.attrib}):
        where = f"{place(element)}/@{name}"
        found.append(_problem("structure_attribute", where, f"attribute {name} is required", f"add {name}"))
    for key, value in element.items():
        name = str(key)
        if name.startswith("{"):
            continue
        kind = composite.attributes.get(name)
        if kind is None:
            where = f"{place(element)}/@{name}"
            found.append(_problem("structure_attribute", where, f"attribute {name} is not allowed", "remove it"))
        elif wrong := _wrong(str(value), kind, rules):
            found.append(_problem(wrong[0], f"{place(element)}/@{name}", wrong[1], ""))
    if len(found) == before:
        rules.remember((composite.name, *element.items()))


def _check_text(element: etree._Element, kind: str, rules: Table, found: list[Problem]) -> None:
    wrong = _wrong(element.text or "", kind, rules)
    if wrong is None:
        rules.remember((kind, element.text))
    else:
        found.append(_problem(wrong[0], place(element), wrong[1], "use what the standard lists"))


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
