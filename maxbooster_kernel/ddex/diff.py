"""What changed between two messages, in words: tracks by ISRC, deals by what they allow, people by name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from html import escape
from typing import Any, Literal, TypeVar

from maxbooster_kernel.catalogue.deal import Deal
from maxbooster_kernel.catalogue.normal import in_normal_form
from maxbooster_kernel.catalogue.party import Artist
from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.catalogue.track import Track
from maxbooster_kernel.ddex.read import read_ern
from maxbooster_kernel.errors import MessageError

T = TypeVar("T")
WORDS = {
    "upc": "UPC",
    "isrc": "ISRC",
    "iswc": "ISWC",
    "p_line": "P-line",
    "c_line": "C-line",
    "release_date": "release date",
    "original_release_date": "original release date",
    "duration_s": "duration",
    "message_id": "message id",
    "catalog_number": "catalogue number",
    "explicit": "explicit mark",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change: what happened, to what (``release``, ``track USABC2600001``, a deal), and a sentence."""

    kind: Literal["added", "removed", "changed", "moved"]
    subject: str
    words: str

    def __str__(self) -> str:
        """Return the sentence."""
        return self.words


class Changes(list[Change]):
    """Changes that show themselves as a list in a notebook."""

    def _repr_html_(self) -> str:
        if not self:
            return "<p>No change.</p>"
        return "<ul>" + "".join(f"<li>{escape(change.words)}</li>" for change in self) + "</ul>"


def diff_messages(before: str | os.PathLike[str] | bytes, after: str | os.PathLike[str] | bytes) -> Changes:
    """Return what changed between two messages of any versions; ids and times of the messages do not count."""
    first, second = read_ern(before), read_ern(after)
    for message in (first, second):
        if message.release is None:
            raise MessageError(f"{message.file}: expected a NewReleaseMessage, got {message.root}")
    assert first.release is not None
    assert second.release is not None
    return diff_releases(first.release, second.release)


def diff_releases(before: ReleaseRecord, after: ReleaseRecord) -> Changes:
    """Return what changed between two releases.

    Examples
    --------
    >>> from maxbooster_kernel.catalogue import Track
    >>> old = ReleaseRecord(title="Night", tracks=(Track(isrc="USABC2600001", title="Dawn"),))
    >>> new = ReleaseRecord(title="Night", tracks=(Track(isrc="USABC2600001", title="Dusk"),))
    >>> [str(change) for change in diff_releases(old, new)]
    ['track USABC2600001 "Dusk": title changed from "Dawn" to "Dusk"']
    """
    old, new = in_normal_form(before), in_normal_form(after)
    skip = {"message_id", "created", "tracks", "deals", "artists", "extra"}
    found = list(_fields(old, new, "release", skip))
    found += _artists(old.artists, new.artists, "release")
    found += _keyed(old.tracks, new.tracks, _track_key, _track_name, _track)
    found += _keyed(old.deals, new.deals, _deal_key, _deal_name, _deal)
    return Changes(found)


def _fields(old: Any, new: Any, subject: str, skip: set[str]) -> Iterator[Change]:
    for item in fields(old):
        if item.name in skip:
            continue
        was, now = getattr(old, item.name), getattr(new, item.name)
        if was == now:
            continue
        name = WORDS.get(item.name, item.name.replace("_", " "))
        if was in (None, "", ()):
            yield Change(kind="changed", subject=subject, words=f"{subject}: {name} set to {_show(now)}")
        elif now in (None, "", ()):
            yield Change(kind="changed", subject=subject, words=f"{subject}: {name} {_show(was)} removed")
        else:
            words = f"{subject}: {name} changed from {_show(was)} to {_show(now)}"
            yield Change(kind="changed", subject=subject, words=words)


def _artists(old: tuple[Artist, ...], new: tuple[Artist, ...], subject: str) -> Iterator[Change]:
    was, now = {(a.name, a.role): a for a in old}, {(a.name, a.role): a for a in new}
    for name, role in [key for key in was if key not in now]:
        yield Change(kind="removed", subject=subject, words=f'{subject}: artist "{name}" ({role}) removed')
    for name, role in [key for key in now if key not in was]:
        yield Change(kind="added", subject=subject, words=f'{subject}: artist "{name}" ({role}) added')
    kept = [key for key in was if key in now]
    for key in kept:
        if was[key].ids != now[key].ids:
            yield Change(kind="changed", subject=subject, words=f'{subject}: identifiers of "{key[0]}" changed')
    if kept != [key for key in now if key in was]:
        yield Change(kind="moved", subject=subject, words=f"{subject}: the order of the artists changed")


def _keyed(
    old: Sequence[T],
    new: Sequence[T],
    key: Callable[[T], Any],
    name: Callable[[T], str],
    compare: Callable[[T, T], Iterator[Change]],
) -> Iterator[Change]:
    was: dict[Any, T] = {}
    now: dict[Any, T] = {}
    for items, target in ((old, was), (new, now)):
        for item in items:
            place = 0
            while (key(item), place) in target:
                place += 1
            target[key(item), place] = item
    for known, item in was.items():
        if known not in now:
            yield Change(kind="removed", subject=name(item), words=f"{name(item)} was removed")
    for known, item in now.items():
        if known not in was:
            yield Change(kind="added", subject=name(item), words=f"{name(item)} was added")
        else:
            yield from compare(was[known], item)


def _track_key(track: Track) -> str:
    return track.isrc or track.full_title


def _track_name(track: Track) -> str:
    return f'track {track.isrc or track.place} "{track.full_title}"'


def _track(old: Track, new: Track) -> Iterator[Change]:
    subject = _track_name(new)
    if (old.disc, old.number) != (new.disc, new.number):
        words = f"{subject}: moved from {old.place} to {new.place}"
        yield Change(kind="moved", subject=subject, words=words)
    skip = {"disc", "number", "artists", "contributors", "publishing", "rights", "extra"}
    yield from _fields(old, new, subject, skip)
    yield from _artists(old.artists, new.artists, subject)
    for what in ("contributors", "publishing", "rights"):
        was, now = set(getattr(old, what)), set(getattr(new, what))
        for item in sorted(was - now, key=repr):
            yield Change(kind="removed", subject=subject, words=f"{subject}: {what}: {_show(item)} removed")
        for item in sorted(now - was, key=repr):
            yield Change(kind="added", subject=subject, words=f"{subject}: {what}: {_show(item)} added")


def _deal_key(deal: Deal) -> Any:
    return deal.commercial_model, frozenset(deal.use_types), deal.tracks, deal.pre_order


def _deal_name(deal: Deal) -> str:
    where = "for " + ", ".join(deal.tracks) if deal.tracks else "for the release"
    uses = ", ".join(deal.use_types)
    return f"deal {deal.commercial_model} ({uses}) {where}" + (", pre-order" if deal.pre_order else "")


def _deal(old: Deal, new: Deal) -> Iterator[Change]:
    subject = _deal_name(new)
    for name in ("territories", "excluded_territories"):
        was, now = set(getattr(old, name)), set(getattr(new, name))
        verb = "excludes" if name.startswith("excluded") else "covers"
        if was != now:
            parts = [f"{verb} {code} too" for code in sorted(now - was)]
            parts += [f"{verb} {code} no more" for code in sorted(was - now)]
            yield Change(kind="changed", subject=subject, words=f"{subject}: {', '.join(parts)}")
    skip = {"territories", "excluded_territories", "commercial_model", "use_types", "tracks", "pre_order", "extra"}
    yield from _fields(old, new, subject, skip)


def _show(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    name = getattr(value, "name", None) or getattr(value, "party", None)
    if name is not None:
        roles = getattr(value, "roles", None) or (getattr(value, "role", ""),)
        share = getattr(value, "share", None)
        percent = "" if share is None else f", {share} %"
        return f'"{name}" ({", ".join(roles)}{percent})'
    if hasattr(value, "text"):
        return f'"{value.text}"' + (f" of {value.year}" if value.year else "")
    if hasattr(value, "tier"):
        return value.tier or f"{value.amount} {value.currency}"
    return str(value)
