"""Which recording of the catalogue a reported track is, and which it might be.

A track is matched only by what names one recording and no other: its ISRC, the UPC of a release of one recording, or
somebody's decision. Everything else is a suggestion with its reason, for a person to decide.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Any

from maxbooster_kernel.errors import expect
from maxbooster_kernel.identifiers import upc_problem
from maxbooster_kernel.royalties.numbers import mangled

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_EXTRAS = re.compile(r"[(\[].*?[)\]]|\b(feat|ft|featuring|with)\b.*")
_WORD = re.compile(r"[^\W_]+")
LIKELY = 0.72
"""How alike title and artist must be to be suggested, from 0 to 1."""
MOST = 3
_MOST_WORDS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A recording of the catalogue; ``upcs`` are those of its releases."""

    isrc: str
    title: str
    artist: str = ""
    upcs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A recording that a reported track might be: why, and how sure from 0 to 1."""

    isrc: str
    why: str
    score: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Index:
    """The catalogue's recordings, to be found by what sales files say."""

    tracks: Mapping[str, Known]
    by_upc: Mapping[str, tuple[str, ...]]
    by_word: Mapping[str, tuple[str, ...]]
    aliases: Mapping[str, str] = field(default_factory=dict)

    def match(self, track_id: str) -> str | None:
        """Return the ISRC of the recording that a line's ``track_id`` names, or None."""
        if track_id in self.aliases:
            return self.aliases[track_id]
        if track_id in self.tracks:
            return track_id
        if track_id.startswith("UPC:"):
            found = self.by_upc.get(gtin(track_id[4:]), ())
            return found[0] if len(found) == 1 else None
        return None

    def suggest(self, *, isrc: str = "", upc: str = "", title: str = "", artist: str = "") -> list[Suggestion]:
        """Return recordings that what is reported might mean, the likeliest first."""
        found = [*_near_isrcs(isrc, self), *_near_upcs(upc, title, self), *_alike(title, artist, self)]
        best: dict[str, Suggestion] = {}
        for suggestion in found:
            best[suggestion.isrc] = _both(best.get(suggestion.isrc), suggestion)
        return sorted(best.values(), key=lambda suggestion: (-suggestion.score, suggestion.isrc))[:MOST]


def build_index(tracks: Iterable[Known], aliases: Mapping[str, str] | None = None) -> Index:
    """Return the index of a catalogue's recordings.

    >>> index = build_index([Known(isrc="USABC2600001", title="Night Drive", artist="Ada Vale")])
    >>> index.match("USABC2600001"), [found.why for found in index.suggest(isrc="USABC260000I")]
    ('USABC2600001', ['the ISRC differs in one place'])
    """
    known = {track.isrc: track for track in tracks}
    by_upc: dict[str, list[str]] = defaultdict(list)
    by_word: dict[str, list[str]] = defaultdict(list)
    for isrc, track in known.items():
        for upc in track.upcs:
            by_upc[gtin(upc)].append(isrc)
        for word in set(_words(track.title)):
            by_word[word].append(isrc)
    return Index(
        tracks=known,
        by_upc={upc: tuple(isrcs) for upc, isrcs in by_upc.items()},
        by_word={word: tuple(isrcs) for word, isrcs in by_word.items()},
        aliases=dict(aliases or {}),
    )


def catalogue_tracks(catalogue: Any) -> list[Known]:
    """Return the recordings of a :class:`~maxbooster_kernel.catalogue.store.Catalogue`."""
    from sqlalchemy import select

    from maxbooster_kernel.catalogue import models as m
    from maxbooster_kernel.catalogue.store import Catalogue

    query = (
        select(m.Recording.isrc, m.Recording.title, m.Release.artist_name, m.Release.upc)
        .join(m.ReleaseTrack, m.ReleaseTrack.recording_id == m.Recording.id, isouter=True)
        .join(m.Release, m.Release.id == m.ReleaseTrack.release_id, isouter=True)
        .order_by(m.Recording.isrc, m.Release.upc)
    )
    expect(catalogue, Catalogue, "a Catalogue", "open one: Catalogue.open(place)")
    found: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    with catalogue.session() as session:
        for isrc, title, artist, upc in session.execute(query):
            found[isrc].append((title, artist or "", upc or ""))
    return [
        Known(isrc=isrc, title=rows[0][0], artist=rows[0][1], upcs=tuple(upc for _, _, upc in rows if upc))
        for isrc, rows in found.items()
    ]


def _both(left: Suggestion | None, right: Suggestion) -> Suggestion:
    """Return two reasons for the same recording as one: surer than either."""
    if left is None:
        return right
    score = round(1.0 - (1.0 - left.score) * (1.0 - right.score), 3)
    return Suggestion(isrc=right.isrc, why=f"{left.why}; {right.why}", score=score)


def gtin(code: str) -> str:
    """Return a UPC or EAN with all 14 digits, in which codes of different length can be compared; others as they are.

    >>> gtin("123456789012") == gtin("0123456789012"), gtin("12345")
    (True, '12345')
    """
    return code.zfill(14) if code.isdigit() and code.isascii() and 12 <= len(code) <= 14 else code


def _near_isrcs(isrc: str, index: Index) -> list[Suggestion]:
    if len(isrc) not in (11, 12, 13):
        return []
    near = set()
    for place in range(len(isrc)):
        head, tail = isrc[:place], isrc[place + 1 :]
        if len(isrc) == 12:
            near |= {head + letter + tail for letter in _LETTERS}
            near.add(head + tail[:1] + isrc[place] + tail[1:])
        elif len(isrc) == 13:
            near.add(head + tail)
    if len(isrc) == 11:
        near |= {isrc[:place] + letter + isrc[place:] for place in range(12) for letter in _LETTERS}
    why = {
        11: "the ISRC lacks one character",
        12: "the ISRC differs in one place",
        13: "the ISRC has one character more",
    }
    return [
        Suggestion(isrc=code, why=why[len(isrc)], score=0.9)
        for code in sorted(near)
        if code in index.tracks and code != isrc
    ]


def _near_upcs(upc: str, title: str, index: Index) -> list[Suggestion]:
    """Return recordings of releases whose UPC the reported one may have been."""
    found: dict[str, tuple[str, float]] = {}
    if mangled(upc):
        for code in index.by_upc:
            if code.isdigit() and _rounds_to(code, upc):
                found[code] = "a spreadsheet has rounded this UPC", 0.7
    elif upc.isdigit() and upc.isascii():
        if gtin(upc) in index.by_upc:
            found[gtin(upc)] = "it is on the release with this UPC", 0.85
        if len(upc) < 12 and not upc_problem(upc.zfill(12)) and upc.zfill(14) in index.by_upc:
            found[upc.zfill(14)] = "the UPC has lost its leading zeros", 0.88
        if len(upc) in (11, 12, 13) and upc_problem(upc):
            for code in _repaired(upc):
                if gtin(code) in index.by_upc:
                    found.setdefault(gtin(code), ("the UPC's check digit is wrong, one digit differs", 0.8))
    suggestions = []
    for code, (why, score) in found.items():
        isrcs = index.by_upc[code]
        for isrc in isrcs:
            like = _likeness(title, index.tracks[isrc].title) if title and len(isrcs) > 1 else 1.0 / len(isrcs)
            suggestions.append(Suggestion(isrc=isrc, why=why, score=round(score * (0.5 + 0.5 * like), 3)))
    return suggestions


def _rounds_to(code: str, text: str) -> bool:
    shown = Decimal(text.replace(",", "."))
    if "e" not in text.lower():
        return int(code) == shown
    places = len(re.sub(r"[eE].*", "", text).replace(",", ".").partition(".")[2])
    return Decimal(f"{Decimal(int(code)):.{places}E}") == shown


def _repaired(upc: str) -> list[str]:
    """Return the codes with a right check digit that differ from a wrong one in one digit or two swapped ones."""
    found = []
    for place in range(len(upc)):
        others = [upc[:place] + digit + upc[place + 1 :] for digit in "0123456789" if digit != upc[place]]
        if place + 1 < len(upc):
            others.append(upc[:place] + upc[place + 1] + upc[place] + upc[place + 2 :])
        found += [code for code in others if not upc_problem(code)]
    return found


def _alike(title: str, artist: str, index: Index) -> list[Suggestion]:
    words = _words(title)
    rare = sorted((len(index.by_word.get(word, ())), word) for word in set(words))
    candidates = {isrc for count, word in rare if 0 < count <= _MOST_WORDS for isrc in index.by_word[word]}
    suggestions = []
    for isrc in candidates:
        track = index.tracks[isrc]
        score = _likeness(title, track.title)
        if artist and track.artist:
            score = 0.65 * score + 0.35 * _likeness(artist, track.artist)
        if score >= LIKELY:
            suggestions.append(Suggestion(isrc=isrc, why="title and artist are alike", score=round(0.95 * score, 3)))
    return suggestions


def _likeness(left: str, right: str) -> float:
    one, other = " ".join(_words(left)), " ".join(_words(right))
    return 1.0 if one == other else SequenceMatcher(None, one, other, autojunk=False).ratio()


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _WORD.findall(_EXTRAS.sub(" ", plain)) or _WORD.findall(plain)
