"""Tracks: a recording at its place on a release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from maxbooster_kernel.catalogue.party import Artist, Contributor
from maxbooster_kernel.catalogue.share import PublishingShare, RightsShare


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsLine:
    """A P-line or C-line: year and text without the sign, such as ``2026 North Pier``."""

    year: int | None = None
    text: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One recording on a release.

    ``disc`` and ``number`` count from 1, ``duration_s`` is in seconds, ``file`` is a path relative to the
    release's file; ``artists``, ``p_line`` and ``genre`` fall back to the release's where they are empty.
    """

    disc: int = 1
    number: int = 1
    isrc: str | None = None
    iswc: str | None = None
    title: str = ""
    version: str | None = None
    artists: tuple[Artist, ...] = ()
    contributors: tuple[Contributor, ...] = ()
    publishing: tuple[PublishingShare, ...] = ()
    duration_s: float | None = None
    explicit: str | None = None
    language: str | None = None
    genre: str | None = None
    p_line: RightsLine | None = None
    file: str | None = None
    rights: tuple[RightsShare, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def full_title(self) -> str:
        """Return the title with its version in brackets."""
        return f"{self.title} ({self.version})" if self.version else self.title

    @property
    def place(self) -> str:
        """Return disc and number as people say them, such as ``1-03``."""
        return f"{self.disc}-{self.number:02d}"
