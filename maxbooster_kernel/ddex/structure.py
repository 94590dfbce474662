"""Our own structure rules: child order, cardinality, attributes and text types, with no schema at hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from lxml import etree

from maxbooster_kernel.ddex.tables import Composite, Table
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
        return [_problem("structure_unknown_root", "fatal", kind, f"{kind} is not a message of this version", "")]
    return list(_check(root, composite, rules, kind))


def _check(element: etree._Element, composite: Composite, rules: Table, path: str) -> Iterator[Problem]:
    yield from _check_attributes(element, composite, rules, path)
    if composite.model is None:
        yield from _check_text(element, composite.text or "string", rules, path)
        return
    children = [child for child in element if isinstance(child.tag, str)]
    names = [str(child.tag) for child in children]
    misfit = composite.model.misfit(names)
    if misfit is not None:
        yield _misfit_problem(names, misfit.index, misfit.expected, composite, path)
    loose = (element.text or "") + "".join(child.tail or "" for child in element)
    if loose.strip():
        yield _problem(
            "structure_text", "fatal", path, f'text "{loose.strip()[:40]}" where only elements may stand', ""
        )
    counts: dict[str, int] = {}
    total = {name: names.count(name) for name in set(names)}
    for child, name in zip(children, names, strict=True):
        counts[name] = counts.get(name, 0) + 1
        where = f"{path}/{name}[{counts[name]}]" if total[name] > 1 else f"{path}/{name}"
        kind = composite.model.types.get(name)
        if kind is None or kind == "any":
            continue
        inner = rules.composite(kind)
        if inner is not None:
            yield from _check(child, inner, rules, where)
        elif len(child):
            yield _problem("structure_children", "fatal", where, f"{name} must hold text, not elements", "")
        else:
            yield from _check_text(child, kind, rules, where)


def _misfit_problem(
    names: list[str], index: int, expected: tuple[str, ...], composite: Composite, path: str
) -> Problem:
    wanted = ", ".join(expected[:6]) + (", ..." if len(expected) > 6 else "") or "nothing more"
    if index == len(names):
        return _problem(
            "structure_missing", "fatal", path, f"{composite.name} ends too early: expected {wanted}", f"add {wanted}"
        )
    name = names[index]
    known = composite.model is not None and name in composite.model.types
    if not known:
        return _problem(
            "structure_unknown", "fatal", f"{path}/{name}", f"{name} is not a child of {composite.name}", "remove it"
        )
    return _problem(
        "structure_order",
        "fatal",
        f"{path}/{name}",
        f"{name} may not stand here: expected {wanted}",
        "put the elements in the order of the standard, each as often as allowed",
    )


def _check_attributes(element: etree._Element, composite: Composite, rules: Table, path: str) -> Iterator[Problem]:
    for name in composite.required - {str(key) for key in element.attrib}:
        yield _problem(
            "structure_attribute", "fatal", f"{path}/@{name}", f"attribute {name} is required", f"add {name}"
        )
    for key, value in element.attrib.items():
        name = str(key)
        if name.startswith("{"):
            continue
        kind = composite.attributes.get(name)
        if kind is None:
            yield _problem(
                "structure_attribute", "fatal", f"{path}/@{name}", f"attribute {name} is not allowed", "remove it"
            )
        elif problem := _text_problem(str(value), kind, rules, f"{path}/@{name}"):
            yield problem


def _check_text(element: etree._Element, kind: str, rules: Table, path: str) -> Iterator[Problem]:
    if problem := _text_problem(element.text or "", kind, rules, path):
        yield problem


def _text_problem(raw: str, kind: str, rules: Table, path: str) -> Problem | None:
    test = TEXT_TYPES.get(kind)
    text = raw.strip() if test else raw
    if test is not None:
        if test[0](text):
            return None
        return _problem("structure_value", "fatal", path, f'expected {test[1]}, got "{text[:40]}"', "")
    if kind == "ReleaseProfileVariantVersionId" or rules.allows(kind, text):
        return None
    return _problem(
        "value_not_allowed", "fatal", path, f'"{text[:40]}" is not a value of {kind} here', "use a listed one"
    )


def _problem(code: str, severity: str, where: str, message: str, fix: str) -> Problem:
    return Problem(
        code=code, severity="fatal" if severity == "fatal" else "error", where=where, message=message, fix=fix
    )
