"""Deals: who may use a release how, where, when and at which price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from maxbooster_kernel.catalogue.territory import WORLDWIDE


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A price: either a tier of the store, or a wholesale amount with its ISO 4217 currency."""

    tier: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """One deal.

    Parameters
    ----------
    commercial_model
        DDEX's name, such as ``SubscriptionModel`` or ``PayAsYouGoModel``.
    use_types
        DDEX's names, such as ``OnDemandStream`` or ``PermanentDownload``.
    territories, excluded_territories
        ISO 3166-1 alpha-2 codes, or ``Worldwide`` alone; one of the two lists is empty or the
        first is ``Worldwide``.
    start, end
        ISO 8601 date or date and time; the end is inclusive, None is open.
    price
        None where the model has none (streaming).
    tracks
        ISRCs the deal is limited to; None is the release and every track of it.
    pre_order
        The release may be ordered before its date.
    rights_claim_policy
        For rights claims on user content: ``Monetize``, ``BlockAccess`` or ``ReportUsage``; None otherwise.
    """

    commercial_model: str
    use_types: tuple[str, ...] = ()
    territories: tuple[str, ...] = (WORLDWIDE,)
    excluded_territories: tuple[str, ...] = ()
    start: str | None = None
    end: str | None = None
    price: Price | None = None
    tracks: tuple[str, ...] | None = None
    pre_order: bool = False
    rights_claim_policy: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)
