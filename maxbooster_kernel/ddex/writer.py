"""The one writer: a mapping, put in order by a version's table, compiled into closures that append strings.

A compiled element takes a view, the message's view and the list of parts; it returns whether it wrote anything that
came from the view, so that a group of which nothing is known is left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from maxbooster_kernel.ddex.node import Node
from maxbooster_kernel.ddex.tables import Composite, Table
from maxbooster_kernel.ddex.view import Coded
from maxbooster_kernel.errors import MessageError

MAX_ESCAPED = 20_000
Emit = Callable[[Any, Any, list[str]], bool]
Get = Callable[..., Any]
# What cannot be written as it is: reserved characters, what may not be composed (NFC), outer blanks.
_SPECIAL = re.compile(r'[&<>"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\U0010ffff]|^\s|\s$')
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class _Escaped(dict[str, str]):
    """Texts as they are written; most stand in a message several times, so each is looked at once."""

    def __missing__(self, text: str) -> str:
        if len(self) > MAX_ESCAPED:
            self.clear()
        self[text] = found = _escape(text)
        return found


def _escape(text: str) -> str:
    """Return text in NFC, without outer blanks, with the characters that XML reserves as entities."""
    if not _SPECIAL.search(text):
        return text
    if bad := _REFUSED.search(text):
        raise MessageError(f"a text holds the character U+{ord(bad[0]):04X}, which XML cannot carry; remove it")
    text = text.strip() if text.isascii() else unicodedata.normalize("NFC", text.strip())
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


ESCAPED = _Escaped()
escape = ESCAPED.__getitem__


def compile_message(mapping: Node, rules: Table, prefix: str = "ern") -> Callable[[Any], bytes]:
    """Return the function that writes a message's view as UTF-8 bytes; ``view.namespace`` is bound to ``prefix``.

    Raises
    ------
    MessageError
        The mapping names an element or attribute that the version's table does not have.
    """
    composite = rules.composite(mapping.tag)
    if composite is None or composite.model is None:
        raise MessageError(f"{mapping.tag} is not a message of this version")
    attributes = [(name, _getter(source)) for name, source in mapping.attributes]
    children = _children(mapping, rules, mapping.tag, 1)

    def write(view: Any) -> bytes:
        out = [f'<?xml version="1.0" encoding="UTF-8"?>\n<{prefix}:{mapping.tag} xmlns:{prefix}="{view.namespace}"']
        out += [f' {name}="{escape(get(view, view))}"' for name, get in attributes]
        out.append(">")
        for child in children:
            child(view, view, out)
        out.append(f"\n</{prefix}:{mapping.tag}>\n")
        return "".join(out).encode("utf-8")

    return write


def _children(node: Node, rules: Table, kind: str, depth: int) -> list[Emit]:
    composite = rules.composite(kind)
    if composite is None or composite.model is None:
        raise MessageError(f"{kind} has no children in this version, the mapping gives {node.tag} some")
    ranks, types = composite.model.order(), composite.model.types
    for child in node.children:
        if child.tag not in ranks:
            raise MessageError(f"{child.tag} is not a child of {kind} in this version")
    ordered = sorted(node.children, key=lambda child: ranks[child.tag])
    compiled: list[Emit] = []
    run: list[Node] = []
    for child in ordered:
        if child.kind == "text" and _plain(child):
            _check_attributes(child, rules.composite(types[child.tag]))
            run.append(child)
            continue
        if run:
            compiled.append(_run(run, depth))
            run = []
        compiled.append(_compile(child, rules, types[child.tag], depth))
    return [*compiled, _run(run, depth)] if run else compiled


def _plain(node: Node) -> bool:
    """Return whether an element's attributes are constant and its text is a constant or a field of its own view."""
    return all(source.startswith("=") for _, source in node.attributes) and not (node.source or "").startswith("^")


def _run(nodes: list[Node], depth: int) -> Emit:
    """Return what writes neighbouring plain elements as one piece of text."""
    indent = "\n" + "  " * depth
    pieces: list[tuple[Get | None, str, str]] = []
    for node in nodes:
        source = node.source or ""
        opening, close = f"{indent}<{node.tag}{_attribute_writer(node)}>", f"</{node.tag}>"
        if source.startswith("="):
            pieces.append((None, f"{opening}{escape(source[1:])}{close}", ""))
        else:
            pieces.append((attrgetter(source), opening, close))

    def write(view: Any, _root: Any, out: list[str]) -> bool:
        wrote = False
        for get, opening, close in pieces:
            if get is None:
                out.append(opening)
            elif (value := get(view)) is not None:
                out.append(f"{opening}{ESCAPED[value]}{close}")
                wrote = True
        return wrote

    return write


def _compile(node: Node, rules: Table, kind: str, depth: int) -> Emit:
    _check_attributes(node, rules.composite(kind))
    indent = "\n" + "  " * depth
    if node.kind == "group":
        return _repeat(node, _group(node, _children(node, rules, kind, depth + 1), indent))
    if node.kind == "value":
        return _repeat(node, _text(node, indent))
    if node.kind == "coded":
        return _coded(node, indent)
    if node.kind == "texts":
        return _texts(node, indent)
    return _text(node, indent)


def _check_attributes(node: Node, composite: Composite | None) -> None:
    for name, _ in node.attributes:
        if composite is None or name not in composite.attributes:
            raise MessageError(f"{node.tag} has no attribute {name} in this version")


def _getter(source: str) -> Get:
    if source.startswith("="):
        constant = source[1:]
        return lambda _view, _root: constant
    if source.startswith("^"):
        get = attrgetter(source[1:])
        return lambda _view, root: get(root)
    get = attrgetter(source)
    return lambda view, _root: get(view)


def _attribute_writer(node: Node) -> Callable[[Any, Any], str] | str:
    """Return the attributes as text if all are constant, else the function that writes them."""
    if all(source.startswith("=") for _, source in node.attributes):
        return "".join(f' {name}="{escape(source[1:])}"' for name, source in node.attributes)
    sources = [(f' {name}="', _getter(source)) for name, source in node.attributes]

    def write(view: Any, root: Any) -> str:
        text = ""
        for head, get in sources:
            value = get(view, root)
            if value is not None:
                text += f'{head}{escape(value)}"'
        return text

    return write


def _text(node: Node, indent: str) -> Emit:
    attributes, close = _attribute_writer(node), f"</{node.tag}>"
    get = _getter(node.source or "")
    start = f"{indent}<{node.tag}"

    def write(view: Any, root: Any, out: list[str]) -> bool:
        value = get(view, root)
        if value is None:
            return False
        own = attributes if isinstance(attributes, str) else attributes(view, root)
        out.append(f"{start}{own}>{ESCAPED[value]}{close}")
        return True

    return write


def _texts(node: Node, indent: str) -> Emit:
    get = attrgetter(node.source or "")
    opening, close = f"{indent}<{node.tag}>", f"</{node.tag}>"

    def write(view: Any, _root: Any, out: list[str]) -> bool:
        values = get(view)
        out += [f"{opening}{escape(value)}{close}" for value in values]
        return bool(values)

    return write


def _coded(node: Node, indent: str) -> Emit:
    get = None if node.source == "self" else attrgetter(node.source or "")
    start, close = f"{indent}<{node.tag}", f"</{node.tag}>"

    def write(view: Any, _root: Any, out: list[str]) -> bool:
        found = view if get is None else get(view)
        if found is None:
            return False
        for value in (found,) if isinstance(found, Coded) else found:
            if value.user is None:
                out.append(f"{start}>{escape(value.value)}{close}")
            else:
                own = f' Namespace="{escape(value.namespace or "")}" UserDefinedValue="{escape(value.user)}"'
                out.append(f"{start}{own}>{value.value}{close}")
        return True

    return write


def _group(node: Node, children: list[Emit], indent: str) -> Emit:
    attributes, close = _attribute_writer(node), f"{indent}</{node.tag}>"
    start = f"{indent}<{node.tag}"
    fixed = f"{start}{attributes}>" if isinstance(attributes, str) else None
    whole = node.each is not None

    def write(view: Any, root: Any, out: list[str]) -> bool:
        mark = len(out)
        out.append(fixed if fixed is not None else f"{start}{attributes(view, root)}>")  # type: ignore[operator]  # - a function where nothing is fixed
        wrote = whole
        for child in children:
            if child(view, root, out):
                wrote = True
        if not wrote:
            del out[mark:]
            return False
        out.append(close)
        return True

    return write


def _repeat(node: Node, inner: Emit) -> Emit:
    if node.each is None:
        return inner
    get = attrgetter(node.each)

    def write(view: Any, root: Any, out: list[str]) -> bool:
        found = get(view)
        if found is None:
            return False
        if not isinstance(found, list):
            return inner(found, root, out)
        for item in found:
            inner(item, root, out)
        return bool(found)

    if not node.shared:
        return write
    place = object()

    def write_shared(view: Any, root: Any, out: list[str]) -> bool:
        found = get(view)
        if not found:
            return False
        key = (place, id(found))
        known = root.fragments.get(key)
        if known is None:
            parts: list[str] = []
            write(view, root, parts)
            known = root.fragments[key] = "".join(parts)
        out.append(known)
        return True

    return write_shared
