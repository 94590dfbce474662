"""A batch as it will stand at the store: built once, named by its content, the same bytes at every retry."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Container
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from maxbooster_kernel.audio.index import MediaIndex, hash_file
from maxbooster_kernel.catalogue.party import MessageParty
from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.catalogue.release_file import release_to_dict
from maxbooster_kernel.ddex.choreography import BatchMessage, Manifest, write_manifest
from maxbooster_kernel.ddex.measure import measure_audio, measure_cover
from maxbooster_kernel.ddex.media import IMAGE_CODECS, MediaFacts, codec_of_name
from maxbooster_kernel.ddex.write import Action, derived_id, ended, write_message
from maxbooster_kernel.delivery.bar import counted
from maxbooster_kernel.delivery.profile import StoreProfile
from maxbooster_kernel.errors import DeliveryError
from maxbooster_kernel.identifiers import normalise

DELIVERY_TYPES = {
    "initial": "NewReleaseDelivery",
    "update": "ReDelivery",
    "takedown": "TakeDown",
    "purge": "TakeDown",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFile:
    """One file of a batch: its path from the store's root, and where its bytes come from."""

    path: str
    size: int
    md5: str
    source: Path | None = None
    data: bytes | None = None
    on_read: Callable[[int], None] | None = field(default=None, compare=False)

    def open(self) -> BinaryIO:
        """Open the bytes for reading; ``on_read`` is told how far they were read."""
        found: BinaryIO = io.BytesIO(self.data) if self.data is not None else (self.source or Path()).open("rb")
        return found if self.on_read is None else counted(found, self.on_read)


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A batch with one release: its resources and message in the order they are sent, and the manifest, sent last.

    ``key`` names the content: what is said, which files, to which store. The same key is never delivered twice.
    """

    key: str
    store: str
    upc: str
    version: str
    action: str
    batch: str
    message_id: str
    created: datetime
    files: tuple[PackageFile, ...]
    manifest: PackageFile

    @property
    def size(self) -> int:
        """Return all bytes of the batch."""
        return sum(file.size for file in self.files) + self.manifest.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will be sent, before a batch is named: the record as the store will get it, and the files it names."""

    key: str
    record: ReleaseRecord
    sources: dict[str, Path]
    version: str
    action: Action


def plan_package(
    release: ReleaseRecord, folder: Path, profile: StoreProfile, *, version: str | None, action: Action, live: bool
) -> Plan:
    """Return what will be sent to a store.

    Raises
    ------
    DeliveryError
        The store takes no ERN, or not this version, or a file is not there.
    """
    chosen = version or (profile.versions[0] if profile.versions else "")
    if chosen not in profile.versions:
        takes = ", ".join(profile.versions) or "no ERN messages"
        raise DeliveryError(f"{profile.title} takes {takes}, got version {chosen or '(none)'}")
    upc = normalise(release.upc or "")
    record, sources = resource_names(release, folder, upc)
    if action in ("initial", "update"):
        for path in sources.values():
            _there(path)
    else:
        sources = {}  # what is taken down is named, not sent again
    if profile.recipient_dpid:
        record = replace(record, recipient=MessageParty(dpid=profile.recipient_dpid, name=profile.recipient_name or ""))
    record = replace(record, test=not live)
    key = _key(record, sources, profile.name, chosen, action)
    return Plan(key=key, record=record, sources=sources, version=chosen, action=action)


def content_key(release: ReleaseRecord, folder: Path, store: str, version: str, action: str) -> str:
    """Return the name of a content: what is said, which files, to which store."""
    names = [name for name in (*(track.file for track in release.tracks), release.cover) if name]
    return _key(release, {name: folder / name for name in names}, store, version, action)


def _key(record: ReleaseRecord, sources: dict[str, Path], store: str, version: str, action: str) -> str:
    index = MediaIndex()
    hashes = {name: _sha256(path, index) for name, path in sources.items()}
    said = release_to_dict(replace(record, created=None, message_id=None))
    content = json.dumps([said, sorted(hashes.items()), store, version, action], sort_keys=True)
    return hashlib.sha256(content.encode("utf-8")).hexdigest()


def build_package(plan: Plan, profile: StoreProfile, *, batch: str, created: datetime) -> Package:
    """Return the batch of a plan; the same plan, batch name and time give the same bytes."""
    record, upc = plan.record, normalise(plan.record.upc or "")
    record = replace(record, created=created.astimezone(UTC).isoformat())
    message_id = record.message_id or derived_id(record, plan.version, plan.action, created)
    record = replace(record, message_id=message_id)
    index = MediaIndex()
    media, files = {}, []
    for name, path in plan.sources.items():
        facts = _facts(path, index)
        media[name] = facts
        files.append(PackageFile(path=f"{batch}/{upc}/{name}", size=facts.size or 0, md5=facts.md5 or "", source=path))
    said = ended(record, created) if plan.action == "takedown" else record
    action: Action = "update" if plan.action == "takedown" else plan.action
    xml = write_message(said, version=plan.version, action=action, now=created, media=media)
    message = _of_bytes(f"{batch}/{upc}/{upc}.xml", xml)
    manifest = Manifest(
        version=profile.manifest,
        sender=record.sender.dpid if record.sender else "",
        recipient=record.recipient.dpid if record.recipient else "",
        created=created.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        test=record.test,
        batch=batch,
        messages=(
            BatchMessage(
                message_id=message_id,
                url=f"{upc}/{upc}.xml",
                icpn=upc,
                md5=message.md5,
                delivery_type=DELIVERY_TYPES[plan.action],
            ),
        ),
    )
    return Package(
        key=plan.key,
        store=profile.name,
        upc=upc,
        version=plan.version,
        action=plan.action,
        batch=batch,
        message_id=message_id,
        created=created,
        files=(*files, message),
        manifest=_of_bytes(f"{batch}/{profile.complete.format(batch=batch)}", write_manifest(manifest)),
    )


def batch_name(key: str, now: datetime, prefix: str = "", taken: Container[str] = ()) -> str:
    """Return the customary name of a batch, ``YYYYMMDDhhmmssnnn``, that is not taken.

    The last three digits come from the content's key.

    Examples
    --------
    >>> batch_name("0f" * 32, datetime(2026, 12, 4, 10, 0, tzinfo=UTC))
    '20261204100000135'
    """
    head = now.astimezone(UTC).strftime("%Y%m%d%H%M%S")
    for shift in range(1000):
        stamp = f"{head}{(int(key[:8], 16) + shift) % 1000:03d}"
        name = f"{prefix}_{stamp}" if prefix else stamp
        if name not in taken:
            return name
    raise DeliveryError("a thousand batches were made in this second; wait a second")


def _of_bytes(path: str, data: bytes) -> PackageFile:
    return PackageFile(path=path, size=len(data), md5=hashlib.md5(data, usedforsecurity=False).hexdigest(), data=data)


def resource_names(
    release: ReleaseRecord, folder: Path, upc: str, *, prefix: str = "resources/"
) -> tuple[ReleaseRecord, dict[str, Path]]:
    """Return the record with the names its files get in the batch, and where the bytes of each are."""
    sources: dict[str, Path] = {}
    tracks = []
    for track in release.tracks:
        if not track.file:
            raise DeliveryError(f"track {track.place}: expected an audio file, got none")
        name = f"{prefix}{upc}_{track.disc:02d}_{track.number:03d}{_suffix(track.file)}"
        sources[name] = folder / track.file
        tracks.append(replace(track, file=name))
    cover = None
    if release.cover:
        cover = f"{prefix}{upc}{_suffix(release.cover)}"
        sources[cover] = folder / release.cover
    return replace(release, tracks=tuple(tracks), cover=cover), sources


def _suffix(name: str) -> str:
    suffix = PurePosixPath(name).suffix.lower()
    return suffix if suffix[1:].isascii() and suffix[1:].isalnum() else ".bin"


def _there(path: Path) -> None:
    if not path.is_file():
        raise DeliveryError(f"there is no file {path}; put it there, or correct the release")


def _facts(path: Path, index: MediaIndex) -> MediaFacts:
    return measure_cover(path) if codec_of_name(path.name, IMAGE_CODECS) else measure_audio(path, index)


def _sha256(path: Path, index: MediaIndex) -> str:
    return hash_file(path)[2] if codec_of_name(path.name, IMAGE_CODECS) else index.sha256(path)
