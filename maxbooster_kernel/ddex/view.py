"""What a message says, as flat views with every string ready: the mappings only place these strings.

References inside a message (A1, T1, R0, P1...) are given out here, in the order of the tracks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True, unsafe_hash=True)
class Coded:
    """A value of an allowed-value list, or ``UserDefined`` with the value and whose it is."""

    value: str
    user: str | None = None
    namespace: str | None = None


@dataclass(slots=True)
class IdView:
    """An identifier of a party: ``namespace`` is None for an ISNI."""

    value: str
    namespace: str | None
    is_isni: str | None


@dataclass(slots=True)
class PartyView:
    """A party of the party list."""

    party: str
    name: str
    ids: list[IdView] | None
    isni: str | None = None
    ipi: str | None = None
    others: list[IdView] = field(default_factory=list)


@dataclass(slots=True)
class CreditView:
    """A display artist or contributor in one place."""

    sequence: str
    name: str
    party: str | None
    ids: list[IdView] | None
    roles: list[Coded]


@dataclass(slots=True)
class ShareView:
    """A share of rights."""

    sequence: str
    name: str
    party: str | None
    role: Coded
    percent: str | None
    unknown: str | None


@dataclass(slots=True)
class FileView:
    """A file and its technical details."""

    technical: str
    name: str
    folder: str | None
    uri: str
    codec: Coded | None
    channels: str | None
    sample_rate: str | None
    bits: str | None
    width: str | None
    height: str | None
    size: str | None
    md5: str | None


@dataclass(slots=True)
class LineView:
    """A P-line or C-line."""

    year: str | None
    text: str


@dataclass(slots=True)
class TrackView:
    """A track: its sound recording and its track release."""

    resource: str
    release: str
    sequence: str
    isrc: str
    iswc: str | None
    proprietary: str
    title: str
    version: str | None
    full_title: str
    artist_name: str
    artists: list[CreditView]
    performers: list[CreditView]
    writers: list[CreditView]
    contributors: list[CreditView]
    language: str | None
    duration: str
    label: str
    label_party: str | None
    rights: list[ShareView]
    works: list[ShareView]
    date: str | None
    p_line: LineView | None
    c_line: LineView | None
    genre: str | None
    subgenre: str | None
    warning: str | None
    file: FileView | None


@dataclass(slots=True)
class ImageView:
    """The cover."""

    resource: str
    proprietary: str
    warning: str | None
    file: FileView


@dataclass(slots=True)
class DiscView:
    """One disc of the track list."""

    sequence: str
    title: str
    tracks: list[TrackView]


@dataclass(slots=True)
class PriceView:
    """A price tier or a wholesale price."""

    tier: str | None
    amount: str | None
    currency: str | None


@dataclass(slots=True)
class DealView:
    """One deal."""

    models: list[Coded]
    uses: list[Coded]
    territories: list[str]
    excluded: list[str]
    start_date: str | None
    end_date: str | None
    start_time: str | None
    end_time: str | None
    price: PriceView | None
    pre_order: str | None
    pre_order_date: str | None
    policy: str | None


@dataclass(slots=True)
class ReleaseDealView:
    """Deals that hold for the same releases of the message."""

    references: list[str]
    deals: list[DealView]


@dataclass(slots=True)
class MessageView:
    """The whole message."""

    namespace: str
    version_id: str
    language: str
    profile: str
    message_id: str
    thread_id: str
    created: str
    control: str
    sender_id: str
    sender_name: str | None
    recipient_id: str
    recipient_name: str | None
    proprietary_namespace: str
    upc: str
    is_ean: str
    grid: str | None
    catalog_number: str | None
    title: str
    version: str | None
    full_title: str
    type: Coded
    artist_name: str
    artists: list[CreditView]
    compilation: str | None
    label: str
    label_party: str | None
    genre: str | None
    subgenre: str | None
    warning: str | None
    date: str | None
    original_date: str | None
    p_line: LineView | None
    c_line: LineView | None
    tracks: list[TrackView]
    discs: list[DiscView]
    image: ImageView | None
    parties: list[PartyView]
    deals: list[ReleaseDealView]
    fragments: dict[Any, str] = field(default_factory=dict)
