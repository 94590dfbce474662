"""The one writer: a mapping, put in order by a version's table, compiled into closures that append strings.

A compiled element takes a view, the message's view and the list of parts; it returns whether it wrote anything that
came from the view, so that a group of which nothing is known is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from maxbooster_kernel.ddex.node import Node
from maxbooster_kernel.ddex.tables import Table
from maxbooster_kernel.ddex.view import Coded
from maxbooster_kernel.errors import MessageError

Emit = Callable[[Any, Any, list[str]], bool]
Get = Callable[[Any, Any], Any]
_SPECIAL = re.compile(r'[&<>"]')
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def escape(text: str) -> str:
    """Return text with the characters that XML reserves as entities."""
    if not _SPECIAL.search(text):
        return text
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


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
        text = "".join(out)
        if bad := _REFUSED.search(text):
            raise MessageError(f"a text holds the character U+{ord(bad[0]):04X}, which XML cannot carry; remove it")
        return text.encode("utf-8")

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
    return [_compile(child, rules, types[child.tag], depth) for child in ordered]


def _compile(node: Node, rules: Table, kind: str, depth: int) -> Emit:
    composite = rules.composite(kind)
    for name, _ in node.attributes:
        if composite is None or name not in composite.attributes:
            raise MessageError(f"{node.tag} has no attribute {name} in this version")
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
    source = node.source or ""
    search = _SPECIAL.search
    if source.startswith("=") and isinstance(attributes, str):
        constant = f"{indent}<{node.tag}{attributes}>{escape(source[1:])}{close}"

        def write_constant(_view: Any, _root: Any, out: list[str]) -> bool:
            out.append(constant)
            return False

        return write_constant
    get = attrgetter(source)
    if isinstance(attributes, str):
        opening = f"{indent}<{node.tag}{attributes}>"

        def write(view: Any, _root: Any, out: list[str]) -> bool:
            value = get(view)
            if value is None:
                return False
            out.append(f"{opening}{escape(value) if search(value) else value}{close}")
            return True

        return write
    start = f"{indent}<{node.tag}"

    def write_attributes(view: Any, root: Any, out: list[str]) -> bool:
        value = get(view)
        if value is None:
            return False
        out.append(f"{start}{attributes(view, root)}>{escape(value)}{close}")
        return True

    return write_attributes


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
        out.append(fixed if fixed is not None else f"{start}{attributes(view, root)}>")  # type: ignore[operator]
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

    return write
