"""Parties: who is named on a release, in which role, and under which outside identifiers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtistIds:
    """Identifiers of an artist outside this catalogue; None where there is none or it is not known.

    ``isni`` and ``ipi`` are digits without blanks; ``spotify`` and ``apple`` are the stores' own ids or URIs.
    """

    isni: str | None = None
    ipi: str | None = None
    spotify: str | None = None
    apple: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __bool__(self) -> bool:
        """Return whether any identifier is known."""
        return bool(self.isni or self.ipi or self.spotify or self.apple or self.extra)


@dataclass(frozen=True, slots=True, kw_only=True)
class Artist:
    """One display artist: a name as it is shown to listeners and its role (``MainArtist``, ``FeaturedArtist``...)."""

    name: str
    role: str = "MainArtist"
    ids: ArtistIds = field(default_factory=ArtistIds)
    links: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributor:
    """One person or band that took part, with every role once (ERN 4.3.2's names, such as ``Mixer``)."""

    name: str
    roles: tuple[str, ...] = ()
    ids: ArtistIds = field(default_factory=ArtistIds)
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageParty:
    """A sender or recipient of messages, named by its DDEX party id (DPID)."""

    dpid: str = ""
    name: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)
