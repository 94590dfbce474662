"""Write ERN messages: the entry to the one writer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Literal

from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.catalogue.release_file import release_to_dict
from maxbooster_kernel.ddex import mapping3, mapping4
from maxbooster_kernel.ddex.build import build_view
from maxbooster_kernel.ddex.media import MediaFacts
from maxbooster_kernel.ddex.versions import Version, written_version
from maxbooster_kernel.ddex.view import MessageView
from maxbooster_kernel.ddex.writer import compile_message
from maxbooster_kernel.errors import MessageError

Action = Literal["initial", "update", "takedown", "purge"]
ACTIONS: tuple[Action, ...] = ("initial", "update", "takedown", "purge")


def write_message(
    release: ReleaseRecord,
    *,
    version: str = "3.8.2",
    action: Action = "initial",
    now: datetime | None = None,
    media: Mapping[str, MediaFacts] | None = None,
) -> bytes:
    """Return the message of a release as XML bytes; the record is taken as checked.

    Parameters
    ----------
    release
        The record; its ``created`` and ``message_id`` win over ``now`` and the derived id.
    version
        ``3.8.2``, ``3.8.3``, ``4.3`` or ``4.3.2``.
    action
        ``initial`` and ``update`` state the whole release with all its deals; ``takedown`` ends every deal on the
        day of the message; ``purge`` says that the release was never right.
    now
        The time of the message where the record has none; None takes the clock.
    media
        Measured facts by file name.
    """
    target = written_version(version)
    if action not in ACTIONS:
        raise MessageError(f'expected an action of {", ".join(ACTIONS)}, got "{action}"')
    created = message_time(release, now)
    record = ended(release, created) if action == "takedown" else release
    message_id = record.message_id or derived_id(record, version, action, created)
    view = build_view(record, target, message_id=message_id, created=created, media=media or {})
    return _compiled(target, "purge" if action == "purge" else "release")(view)


def message_time(release: ReleaseRecord, now: datetime | None = None) -> datetime:
    """Return the time of a message: the record's, else ``now``, else the clock's, in whole seconds."""
    if release.created:
        try:
            found = datetime.fromisoformat(release.created)
        except ValueError:
            raise MessageError(
                f'created: expected a time such as 2026-12-04T10:00:00Z, got "{release.created}"'
            ) from None
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return now or datetime.now(UTC).replace(microsecond=0)


def derived_id(release: ReleaseRecord, version: str, action: str, created: datetime) -> str:
    """Return a message id that depends on nothing but what is sent: the same message has the same id."""
    content = json.dumps([release_to_dict(release), version, action, created.isoformat()], sort_keys=True)
    return "MB" + hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:30].upper()


def ended(release: ReleaseRecord, when: datetime) -> ReleaseRecord:
    """Return the release with every deal ended on a day; deals that had not begun are left out."""
    day = when.date().isoformat()
    running = [deal for deal in release.deals if (deal.start or release.release_date or "")[:10] <= day]
    deals = tuple(replace(deal, end=day) if not deal.end or deal.end[:10] > day else deal for deal in running)
    return replace(release, deals=deals)


@cache
def _compiled(version: Version, kind: str) -> Callable[[MessageView], bytes]:
    if kind == "purge":
        mapping = mapping4.PURGE if version.generation == 4 else mapping3.PURGE
    elif version.generation == 3:
        mapping = mapping3.MESSAGE
    else:
        mapping = mapping4.MESSAGE_43 if version.name == "4.3" else mapping4.MESSAGE_432
    return compile_message(mapping, version.rules())
