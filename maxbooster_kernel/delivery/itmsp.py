"""Apple's package: a folder ``VENDORID.itmsp`` with ``metadata.xml`` and the assets, each with size and MD5.

The layout follows what is public of the music specification 5.3; Transporter and Apple's own checks have the last word.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from lxml import etree

from maxbooster_kernel.audio.index import MediaIndex, hash_file
from maxbooster_kernel.catalogue.normal import in_normal_form
from maxbooster_kernel.catalogue.party import Artist
from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.catalogue.track import Track
from maxbooster_kernel.delivery.package import resource_names
from maxbooster_kernel.errors import DeliveryError, OutputExistsError
from maxbooster_kernel.identifiers import normalise

NAMESPACE = "http://apple.com/itunes/importer"
SPEC = "music5.3"
MAX_TRACKS = 500
_VENDOR = re.compile(r"[A-Za-z0-9_]+")


def write_itmsp(
    release: ReleaseRecord, folder: Path, to: Path, *, vendor_id: str | None = None, force: bool = False
) -> Path:
    """Write the package of a release into a folder and return it; it appears whole or not at all.

    Parameters
    ----------
    release
        A record without fatal or error findings.
    folder
        Where the record's files are.
    to
        Where the package goes.
    vendor_id
        Letters, digits and underscores; by default the UPC.
    force
        Replace a package of the same name.

    Raises
    ------
    DeliveryError
        The vendor id is not allowed, a file is not there, or there are more than 500 tracks.
    """
    vendor = vendor_id or normalise(release.upc or "")
    if not _VENDOR.fullmatch(vendor):
        raise DeliveryError(f'expected a vendor id of letters, digits and underscores, got "{vendor}"')
    if len(release.tracks) > MAX_TRACKS:
        raise DeliveryError(f"expected at most {MAX_TRACKS} tracks, got {len(release.tracks)}")
    target = to / f"{vendor}.itmsp"
    if target.exists() and not force:
        raise OutputExistsError(target)
    named, sources = resource_names(release, folder, vendor, prefix="")
    for path in sources.values():
        if not path.is_file():
            raise DeliveryError(f"there is no file {path}; put it there, or correct the release")
    part = to / f".{vendor}.itmsp.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        for name, path in sources.items():
            shutil.copyfile(path, part / name)
        (part / "metadata.xml").write_bytes(metadata(named, vendor, part))
        if target.exists():
            shutil.rmtree(target)
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return target


def metadata(release: ReleaseRecord, vendor: str, assets: Path) -> bytes:
    """Return ``metadata.xml`` of a release whose files have their names of the package."""
    record = in_normal_form(release)
    root = etree.Element(f"{{{NAMESPACE}}}package", {"version": SPEC}, nsmap={None: NAMESPACE})  # type: ignore[dict-item]  # - the stubs know no default namespace
    _leaf(root, "language", record.language or "en")
    _leaf(root, "provider", record.sender.name if record.sender else "")
    album = _sub(root, "album")
    _leaf(album, "album_type", "single" if record.type == "Single" else "album")
    _leaf(album, "vendor_id", vendor)
    _leaf(album, "upc", record.upc or "")
    _leaf(album, "title", record.title)
    if record.version:
        _leaf(album, "title_version", record.version)
    _leaf(album, "original_release_date", record.original_release_date or record.release_date or "")
    _leaf(album, "label_name", record.label)
    _leaf(_sub(album, "genres"), "genre", record.genre or "")
    _leaf(album, "copyright_pline", record.p_line.text if record.p_line else "")
    _leaf(album, "copyright_cline", record.c_line.text if record.c_line else "")
    if record.cover:
        _asset(_sub(album, "artwork_files"), "file", assets / record.cover)
    _artists(album, record.artists)
    _products(album, record)
    tracks = _sub(album, "tracks")
    for track in record.tracks:
        _track(tracks, track, record, vendor, assets)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _track(tracks: etree._Element, track: Track, release: ReleaseRecord, vendor: str, assets: Path) -> None:
    node = _sub(tracks, "track")
    _leaf(node, "vendor_id", f"{vendor}_{track.disc:02d}_{track.number:03d}")
    _leaf(node, "isrc", track.isrc or "")
    _leaf(node, "title", track.title)
    if track.version:
        _leaf(node, "title_version", track.version)
    _leaf(_sub(node, "genres"), "genre", track.genre or release.genre or "")
    explicit = {"Explicit": "explicit", "ExplicitContentEdited": "clean"}.get(track.explicit or "", "none")
    _leaf(node, "explicit_content", explicit)
    _leaf(node, "volume_number", str(track.disc))
    _leaf(node, "track_number", str(track.number))
    line = track.p_line or release.p_line
    _leaf(node, "copyright_pline", line.text if line else "")
    if track.language:
        _leaf(node, "audio_language", track.language)
    if track.file:
        _asset(node, "audio_file", assets / track.file)
    _artists(node, track.artists)


def _artists(parent: etree._Element, artists: tuple[Artist, ...]) -> None:
    node = _sub(parent, "artists")
    for artist in artists:
        one = _sub(node, "artist")
        _leaf(one, "artist_name", artist.name)
        if artist.ids.apple:
            _leaf(one, "apple_id", artist.ids.apple)
        _leaf(_sub(one, "roles"), "role", "Featuring" if artist.role == "FeaturedArtist" else "Performer")
        _leaf(one, "primary", str(artist.role == "MainArtist").lower())


def _products(album: etree._Element, release: ReleaseRecord) -> None:
    products = _sub(album, "products")
    territories = {code for deal in release.deals for code in deal.territories}
    for territory in sorted("WW" if code == "Worldwide" else code for code in territories):
        product = _sub(products, "product")
        _leaf(product, "territory", territory)
        _leaf(product, "sales_start_date", release.release_date or "")
        models = {deal.commercial_model for deal in release.deals}
        _leaf(product, "cleared_for_sale", str("PayAsYouGoModel" in models).lower())
        _leaf(product, "cleared_for_stream", str("SubscriptionModel" in models).lower())


def _asset(parent: etree._Element, tag: str, file: Path) -> None:
    node = _sub(parent, tag)
    _leaf(node, "file_name", file.name)
    _leaf(node, "size", str(file.stat().st_size))
    digest = _sub(node, "checksum")
    digest.set("type", "md5")
    digest.text = MediaIndex().entry(file).md5 if tag == "audio_file" else hash_file(file)[0]


def _sub(parent: etree._Element, tag: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}")


def _leaf(parent: etree._Element, tag: str, text: str) -> None:
    _sub(parent, tag).text = text
