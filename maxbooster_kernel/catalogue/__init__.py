"""Releases, tracks, parties, shares and deals: plain records, their rules, their files and their database."""

from maxbooster_kernel.catalogue.deal import Deal, Price
from maxbooster_kernel.catalogue.normal import in_normal_form
from maxbooster_kernel.catalogue.party import Artist, ArtistIds, Contributor, MessageParty
from maxbooster_kernel.catalogue.release import ReleaseRecord, display_name
from maxbooster_kernel.catalogue.release_file import (
    dumps_release,
    loads_release,
    read_release,
    release_from_dict,
    release_to_dict,
    write_release,
)
from maxbooster_kernel.catalogue.rules import check_release
from maxbooster_kernel.catalogue.share import PublishingShare, RightsShare, total_share
from maxbooster_kernel.catalogue.territory import WORLDWIDE
from maxbooster_kernel.catalogue.track import RightsLine, Track

__all__ = [
    "WORLDWIDE",
    "Artist",
    "ArtistIds",
    "Contributor",
    "Deal",
    "MessageParty",
    "Price",
    "PublishingShare",
    "ReleaseRecord",
    "RightsLine",
    "RightsShare",
    "Track",
    "check_release",
    "display_name",
    "dumps_release",
    "in_normal_form",
    "loads_release",
    "read_release",
    "release_from_dict",
    "release_to_dict",
    "total_share",
    "write_release",
]
