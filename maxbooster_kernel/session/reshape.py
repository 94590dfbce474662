"""Bring a shared document of the nested shape into the flat one (:mod:`.flat`), in the same way wherever it is done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from pycrdt import Doc, Map

from maxbooster_kernel.session import flat, shared
from maxbooster_kernel.session.document import SessionDocument
from maxbooster_kernel.session.guard import read_state
from maxbooster_kernel.session.schema import Field, fields

STAGES = ("eq", "compressor", "limiter")


def reshape(document: SessionDocument) -> bool:
    """Rewrite what lies in the shape before; return whether there was any.

    The author is a number made from the document's history, so that servers that hold the same history
    write the same change, and it merges with itself.
    """
    with document.lock:
        if not any(_outdated(document)):
            return False
        state = document.doc.get_state()
        history = json.dumps([sorted(read_state(state).items()), document.raw()], sort_keys=True)
        seed = hashlib.sha256(history.encode("utf-8", "surrogatepass")).hexdigest()
        copy = SessionDocument(Doc(client_id=int(seed[:12], 16) % 2**32 or 1, allow_multithreading=True))
        copy.doc.apply_update(document.doc.get_update())
        with copy.editing():
            for rewrite in [*_outdated(copy)]:
                rewrite()
        document.receive(copy.doc.get_update(state))
    return True


def _outdated(document: SessionDocument) -> Iterator[Any]:
    """Yield what is to be called for each part of the shape before, in a fixed order."""
    root = document.roots["automation"]
    for target, lane in _read(root).items():
        if flat.is_nested_lane(lane):
            yield lambda target=target, lane=lane: _lane(root, target, lane)
    for kind in ("tracks", "buses"):
        record = fields(kind.removesuffix("es" if kind == "buses" else "s"))
        for name, plain in _read(document.roots[kind]).items():
            if isinstance(plain, Mapping):
                yield from _strip(record, document.roots[kind][name], plain)
    yield from _strip(fields("master"), document.master, _read(document.master))


def _strip(record: Mapping[str, Field], target: Map[Any], plain: Mapping[str, Any]) -> Iterator[Any]:
    for stage in STAGES:
        if stage in record and stage in plain and plain[stage] is None:
            yield lambda stage=stage: target.__setitem__(stage, shared.new_value(record[stage], None))
    sends = plain.get("sends")
    if isinstance(sends, Mapping) and any(isinstance(value, Mapping) for value in sends.values()):
        yield lambda: shared.reconcile_list(record["sends"], target["sends"], shared.from_list(record["sends"], sends))


def _lane(root: Map[Any], target: str, lane: Mapping[str, Any]) -> None:
    del root[target]
    for name, point in lane.items():
        if f"{target}/{name}" not in root:
            root[f"{target}/{name}"] = Map(shared.floats(point))
    if not lane:
        root[f"{target}/"] = True


def _read(target: Map[Any]) -> dict[str, Any]:
    """Return a Map's plain content, its keys sorted at every level."""
    content: dict[str, Any] = json.loads(json.dumps(json.loads(str(target)), sort_keys=True))
    return content
