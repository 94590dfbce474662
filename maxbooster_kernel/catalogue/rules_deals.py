"""Rules on deals: models, uses, territories, periods and prices."""

from __future__ import annotations

from maxbooster_kernel.catalogue.deal import Deal
from maxbooster_kernel.catalogue.findings import Findings, parse_date
from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.catalogue.territory import WORLDWIDE, countries, currencies, is_territory
from maxbooster_kernel.identifiers import normalise

COMMERCIAL_MODELS = frozenset({
    "SubscriptionModel", "AdvertisementSupportedModel", "PayAsYouGoModel", "FreeOfChargeModel", "DeviceFeeModel",
    "RightsClaimModel", "PerformanceRoyaltiesModel", "AsPerContract", "Unknown",
})  # fmt: skip
USE_TYPES = frozenset({
    "OnDemandStream", "NonInteractiveStream", "Stream", "TimeInfluencedStream", "ContentInfluencedStream",
    "ConditionalDownload", "PermanentDownload", "TetheredDownload", "Download", "KioskDownload",
    "UserMakeAvailableLabelProvided", "UserMakeAvailableUserProvided", "PurchaseAsPhysicalProduct", "UseAsRingtone",
    "UseAsRingbackTone", "UseAsAlertTone", "Podcast", "Broadcast", "Webcast", "Simulcast", "Narrowcast", "PrivateCopy",
    "Perform", "PlayInPublic", "Playback", "Rent", "AsPerContract", "UseForIdentification", "UseForDataMining",
    "UseForTrainingGenerativeAI", "UseForTrainingNonGenerativeAI", "UseAsDevice",
})  # fmt: skip
CLAIM_POLICIES = ("Monetize", "BlockAccess", "ReportUsage")


def check_deals(release: ReleaseRecord, found: Findings) -> None:
    """Add the findings on every deal."""
    if not release.deals:
        found.warning("deals_missing", "deals", "without a deal the release is available nowhere", "add one")
    isrcs = {normalise(track.isrc) for track in release.tracks if track.isrc}
    for index, deal in enumerate(release.deals):
        at = f"deals[{index}]"
        _check_terms(deal, at, found)
        _check_territories(deal, at, found)
        _check_period(deal, at, release, found)
        _check_price(deal, at, found)
        if deal.tracks is not None and not deal.tracks:
            found.error("deal_tracks_empty", f"{at}.tracks", "the deal is for no track", "null is the whole release")
        for place, isrc in enumerate(deal.tracks or ()):
            if normalise(isrc) not in isrcs:
                message = f"{isrc} is not the ISRC of a track of this release"
                found.error("deal_track_unknown", f"{at}.tracks[{place}]", message, "use ISRCs of this release")


def _check_terms(deal: Deal, at: str, found: Findings) -> None:
    if not deal.commercial_model:
        found.error("commercial_model_missing", f"{at}.commercial_model", "the deal has no model", "SubscriptionModel?")
    elif deal.commercial_model not in COMMERCIAL_MODELS:
        message = f'"{deal.commercial_model}" is not a DDEX commercial model'
        found.warning("commercial_model_unknown", f"{at}.commercial_model", message, "it will be sent as user-defined")
    if not deal.use_types:
        found.error("use_types_missing", f"{at}.use_types", "the deal allows no use", "such as OnDemandStream")
    for place, use in enumerate(deal.use_types):
        if use not in USE_TYPES:
            message = f'"{use}" is not a DDEX use type'
            found.warning("use_type_unknown", f"{at}.use_types[{place}]", message, "it will be sent as user-defined")
    if len(set(deal.use_types)) != len(deal.use_types):
        found.error("use_type_duplicate", f"{at}.use_types", "a use type stands twice", "keep one")
    if deal.rights_claim_policy is not None and deal.rights_claim_policy not in CLAIM_POLICIES:
        message = f'"{deal.rights_claim_policy}" is not one of {", ".join(CLAIM_POLICIES)}'
        found.error("claim_policy_unknown", f"{at}.rights_claim_policy", message, "use one of them")
    if (deal.commercial_model == "RightsClaimModel") != (deal.rights_claim_policy is not None):
        message = "RightsClaimModel and rights_claim_policy belong together"
        found.error("claim_policy", f"{at}.rights_claim_policy", message, "give both or neither")


def _check_territories(deal: Deal, at: str, found: Findings) -> None:
    included, excluded = deal.territories, deal.excluded_territories
    if not included and not excluded:
        found.error("territory_missing", f"{at}.territories", "the deal names no territory", '"Worldwide"?')
    for name, codes in (("territories", included), ("excluded_territories", excluded)):
        for place, code in enumerate(codes):
            if not is_territory(code):
                message = f'"{code}" is not an ISO 3166-1 country nor "{WORLDWIDE}"'
                found.error("territory_invalid", f"{at}.{name}[{place}]", message, "use codes of two letters")
        if len(set(codes)) != len(codes):
            found.error("territory_duplicate", f"{at}.{name}", "a territory stands twice", "keep one")
    if WORLDWIDE in included and len(included) > 1:
        message = f"{WORLDWIDE} stands with other territories"
        found.error("territory_mixed", f"{at}.territories", message, f"{WORLDWIDE} alone, or countries alone")
    if WORLDWIDE in excluded:
        found.error("territory_excludes_all", f"{at}.excluded_territories", "the deal excludes the world", "remove it")
    if excluded and included and included != (WORLDWIDE,):
        message = "included and excluded territories stand together"
        found.error("territory_both", f"{at}.excluded_territories", message, "leave the unwanted ones out of the list")
    if excluded and countries() <= set(excluded):
        found.error(
            "territory_excludes_all", f"{at}.excluded_territories", "the deal excludes every country", "leave some in"
        )


def _check_period(deal: Deal, at: str, release: ReleaseRecord, found: Findings) -> None:
    dates = {}
    for name, value in (("start", deal.start), ("end", deal.end)):
        dates[name] = parse_date(value)
        if value and dates[name] is None:
            found.error(
                "date_invalid", f"{at}.{name}", f'"{value}" is not a day of the calendar', "write it as 2026-12-04"
            )
    if dates["start"] and dates["end"] and (dates["end"] < dates["start"] or _later(deal.start, deal.end)):
        found.error(
            "period_reversed", f"{at}.end", f"the deal ends {deal.end} before it starts {deal.start}", "swap them"
        )
    released = parse_date(release.release_date)
    if dates["start"] and released and dates["start"] < released and not deal.pre_order:
        message = f"the deal starts {deal.start} before the release date {release.release_date}"
        found.error("deal_before_release", f"{at}.start", message, "start on the release date, or mark it pre_order")
    if deal.pre_order and dates["start"] and released and dates["start"] >= released:
        message = "a pre-order starts before the release date"
        found.warning("pre_order_late", f"{at}.start", message, "start it earlier, or drop pre_order")


def _later(start: str | None, end: str | None) -> bool:
    return bool(start and end and "T" in start and "T" in end and start > end)


def _check_price(deal: Deal, at: str, found: Findings) -> None:
    price = deal.price
    if price is None:
        if deal.commercial_model == "PayAsYouGoModel":
            found.info("price_missing", f"{at}.price", "the deal sells without a price", "the store will set it")
        return
    if price.tier is None and price.amount is None:
        found.error("price_empty", f"{at}.price", "the price has neither tier nor amount", "give one of them")
    if price.amount is not None and (price.amount < 0 or price.amount.adjusted() > 9):
        found.error("price_invalid", f"{at}.price.amount", f"{price.amount} is not a price", "give a positive amount")
    if price.amount is not None and (price.currency or "") not in currencies():
        message = f'"{price.currency or ""}" is not an ISO 4217 currency'
        found.error("currency_invalid", f"{at}.price.currency", message, "such as USD")
