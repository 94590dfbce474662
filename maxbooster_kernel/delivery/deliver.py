"""Deliver a release: check, package once, send file by file, the manifest last."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from maxbooster_kernel.catalogue.media_rules import check_media
from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.catalogue.rules import check_release
from maxbooster_kernel.ddex.write import Action
from maxbooster_kernel.delivery.bar import Progress, progress_bar
from maxbooster_kernel.delivery.connect import connect, destination_of
from maxbooster_kernel.delivery.journal import Entry, Journal
from maxbooster_kernel.delivery.other import once, send_itmsp, send_rest
from maxbooster_kernel.delivery.package import (
    Package,
    PackageFile,
    batch_name,
    build_package,
    content_key,
    plan_package,
)
from maxbooster_kernel.delivery.profile import StoreProfile, load_profile
from maxbooster_kernel.delivery.retry import RetryPolicy
from maxbooster_kernel.delivery.store_rules import check_for_store
from maxbooster_kernel.delivery.transport import Transport
from maxbooster_kernel.errors import DeliveryError, WrongKindError, kind_of
from maxbooster_kernel.identifiers import normalise
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.problems import blocking

DONE = ("committed", "acknowledged", "live", "taken_down")


@runtime_checkable
class HasRecord(Protocol):
    """A release with its files, such as :class:`maxbooster_kernel.Release`."""

    @property
    def record(self) -> ReleaseRecord:
        """The record."""

    @property
    def folder(self) -> Path | None:
        """Where its files are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a delivery did: ``sent`` and ``kept`` are the batch's files that were sent now or were there already."""

    entry: Entry
    sent: tuple[str, ...]
    kept: tuple[str, ...]
    bytes_sent: int

    @property
    def state(self) -> str:
        """Return where the delivery stands."""
        return self.entry.state

    @property
    def batch(self) -> str:
        """Return the batch's name, its folder at the store."""
        return self.entry.batch

    def to_dict(self) -> dict[str, Any]:
        """Return the delivery as a JSON object."""
        return self.entry.to_dict() | {
            "sent": list(self.sent),
            "kept": list(self.kept),
            "bytes_sent": self.bytes_sent,
        }

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><td><code>{escape(name)}</code></td><td>sent</td></tr>" for name in self.sent)
        rows += "".join(f"<tr><td><code>{escape(name)}</code></td><td>was there</td></tr>" for name in self.kept)
        head = f"Batch <code>{escape(self.batch)}</code> to {escape(self.entry.store)}: <b>{escape(self.state)}</b>"
        return f"<p>{head}</p><table>{rows}</table>"


@checked
def deliver(
    release: HasRecord | ReleaseRecord,
    *,
    store: str | os.PathLike[str] = "sandbox",
    to: str | os.PathLike[str],
    folder: str | os.PathLike[str] | None = None,
    version: str | None = None,
    action: Action = "initial",
    live: bool = False,
    journal: Journal | None = None,
    transport: Transport | None = None,
    policy: RetryPolicy | None = None,
    now: datetime | None = None,
    progress: Progress | Literal["bar"] | None = None,
) -> Delivery:
    """Deliver a release to a store as one batch, exactly once.

    What is delivered already is not sent again; a delivery that broke off goes on where it stopped.

    Parameters
    ----------
    release
        The release; a bare record needs ``folder``.
    store
        The store's name or a TOML profile.
    to
        Where to: a folder, ``file://``, ``sftp://``, ``s3://`` or ``http(s)://``.
    version, action
        The message's version (by default the store's best) and purpose.
    live
        Send a live message; by default it is marked as a test.
    journal
        The journal of deliveries; by default the one in the catalogue.
    transport, policy, now
        The connection, the retries and the clock; by default their own.
    progress
        ``"bar"`` for a bar, or a callback ``(file, bytes done, bytes in all)``.

    Raises
    ------
    DeliveryError
        The release has fatal or error findings for this store, or the files cannot be sent.
    """
    record, base = _unpack(release, folder)
    profile = load_profile(store)
    place = destination_of(to)
    _refuse(record, profile, base, action)
    if profile.package != "ddex":
        return _deliver_other(record, base, profile, place, journal, policy or RetryPolicy(), now)
    plan = plan_package(record, base, profile, version=version, action=action, live=live)
    log = journal or Journal.open()
    moment = now or datetime.now(UTC).replace(microsecond=0)
    try:
        with log.alone(normalise(plan.record.upc or ""), place):
            entry = log.find(plan.key, place)
            if entry is None:
                taken = {known.batch for known in log.entries(destination=place)}
                batch = batch_name(plan.key, moment, profile.prefix, taken)
                package = build_package(plan, profile, batch=batch, created=moment)
                entry = log.add(now=moment, **_entry_values(package, place))
            else:
                package = build_package(plan, profile, batch=entry.batch, created=entry.created)
            if entry.state in DONE:
                kept = (*(file.path for file in package.files), package.manifest.path)
                return Delivery(entry=entry, sent=(), kept=kept, bytes_sent=0)
            line = transport or connect(place)
            try:
                with progress_bar(progress, f"{profile.title} {package.upc}") as shown:
                    return _send(package, entry, line, log, policy or RetryPolicy(), shown, now)
            finally:
                if transport is None:
                    line.close()
    finally:
        if journal is None:
            log.close()


def _deliver_other(
    record: ReleaseRecord,
    base: Path,
    profile: StoreProfile,
    place: str,
    journal: Journal | None,
    policy: RetryPolicy,
    now: datetime | None,
) -> Delivery:
    """Deliver to a store that takes no DDEX batch: Apple's package, or the REST shape."""
    moment = now or datetime.now(UTC).replace(microsecond=0)
    key = content_key(record, base, profile.name, profile.package, "initial")
    values = {"key": key, "destination": place, "store": profile.name, "upc": normalise(record.upc or "")}
    values |= {"version": profile.package, "action": "initial", "batch": key[:16], "message_id": key[:32]}
    values["created"] = moment.isoformat()

    def send() -> list[str]:
        if profile.package == "itmsp":
            return send_itmsp(record, base, place)
        return send_rest(record, place, key, policy)

    log = journal or Journal.open()
    try:
        with log.alone(normalise(record.upc or ""), place):
            entry, sent = once(log, values, moment, send)
        return Delivery(entry=entry, sent=sent, kept=(), bytes_sent=0)
    finally:
        if journal is None:
            log.close()


def _send(
    package: Package,
    entry: Entry,
    line: Transport,
    log: Journal,
    policy: RetryPolicy,
    progress: Progress | None,
    now: datetime | None,
) -> Delivery:
    entry = log.move(entry, "uploading", now=now)
    sent: list[str] = []
    kept: list[str] = []
    moved = done = 0
    for plain in (*package.files, package.manifest):
        file = plain if progress is None else _reporting(plain, done, package.size, progress)

        def attempt(file: PackageFile = file) -> bool:
            if line.has(file):
                return False
            line.store(file)
            return True

        def failed(number: int, error: BaseException, path: str = file.path) -> None:
            log.note(entry, "retry", f"{path}: try {number} failed: {error}", now=now)

        if policy.call(attempt, on_retry=failed):
            sent.append(file.path)
            moved += file.size
            log.note(entry, "sent", f"{file.path} {file.md5}", now=now)
        else:
            kept.append(file.path)
        done += file.size
        if progress is not None:
            progress(file.path, done, package.size)
    entry = log.move(entry, "committed", package.manifest.path, now=now)
    return Delivery(entry=entry, sent=tuple(sent), kept=tuple(kept), bytes_sent=moved)


def _reporting(file: PackageFile, before: int, total: int, progress: Progress) -> PackageFile:
    return replace(file, on_read=lambda at: progress(file.path, before + at, total))


def _unpack(release: HasRecord | ReleaseRecord, folder: str | os.PathLike[str] | None) -> tuple[ReleaseRecord, Path]:
    if not isinstance(release, ReleaseRecord) and not isinstance(release, HasRecord):
        raise WrongKindError(f"expected a Release, got {kind_of(release)}; read one: mb.Release.from_json(path)")
    record = release if isinstance(release, ReleaseRecord) else release.record
    base = folder if folder is not None else None if isinstance(release, ReleaseRecord) else release.folder
    if base is None:
        raise DeliveryError("expected a release read from a file, or folder=..., to know where its files are")
    return record, Path(base)


def _refuse(record: ReleaseRecord, profile: StoreProfile, folder: Path, action: Action) -> None:
    problems = check_release(record)
    if action in ("initial", "update"):
        problems += check_media(record, folder)
    else:
        record = replace(record, cover=None)
    stopping = blocking(check_for_store(record, profile, problems, folder))
    if stopping:
        first = "; ".join(f"{problem.where}: {problem.message}" for problem in stopping[:3])
        more = f"; and {len(stopping) - 3} more" if len(stopping) > 3 else ""
        raise DeliveryError(f"nothing was sent to {profile.title}: {first}{more} (see: maxbooster release check)")


def _entry_values(package: Package, place: str) -> dict[str, str]:
    return {
        "key": package.key,
        "destination": place,
        "store": package.store,
        "upc": package.upc,
        "version": package.version,
        "action": package.action,
        "batch": package.batch,
        "message_id": package.message_id,
        "created": package.created.isoformat(),
    }
