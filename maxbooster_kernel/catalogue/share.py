"""Shares: how much of a recording or of a work somebody controls, in percent and exact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from maxbooster_kernel.money import add_up

PUBLISHER_ROLES = frozenset({"MusicPublisher", "OriginalPublisher", "SubPublisher", "SubstitutedPublisher"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsShare:
    """A party's share of the rights in a recording, in percent (0 to 100); None where it is unknown."""

    party: str
    share: Decimal | None = None
    role: str = "RightsController"
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishingShare:
    """A publisher's or writer's share of the musical work, in percent (0 to 100); None where it is unknown."""

    party: str
    role: str = "MusicPublisher"
    share: Decimal | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


def total_share(shares: Iterable[RightsShare | PublishingShare]) -> Decimal:
    """Return the exact sum of the known shares, in percent.

    Examples
    --------
    >>> total_share([RightsShare(party="A", share=Decimal("66.6")), RightsShare(party="B", share=Decimal("33.4"))])
    Decimal('100.0')
    """
    return add_up(share.share for share in shares if share.share is not None)
