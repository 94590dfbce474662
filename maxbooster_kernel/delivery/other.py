"""Stores that take no DDEX batch: Apple's package in a folder, and the founding document's REST shape."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx

from maxbooster_kernel.catalogue.normal import in_normal_form
from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.delivery.http import check_answer
from maxbooster_kernel.delivery.itmsp import write_itmsp
from maxbooster_kernel.delivery.journal import Entry, Journal
from maxbooster_kernel.delivery.retry import RetryPolicy, TransientError
from maxbooster_kernel.errors import DeliveryError


def send_itmsp(release: ReleaseRecord, folder: Path, destination: str) -> list[str]:
    """Write Apple's package below a folder and return its files' paths; Transporter takes it from there."""
    parts = urlsplit(destination)
    if parts.scheme != "file":
        raise DeliveryError(f"expected a folder for Apple's package, got {destination}; Transporter uploads it")
    package = write_itmsp(release, folder, Path(unquote(parts.path)), force=True)
    return [f"{package.name}/{file.name}" for file in sorted(package.iterdir())]


def send_rest(
    release: ReleaseRecord, destination: str, key: str, policy: RetryPolicy, *, client: httpx.Client | None = None
) -> list[str]:
    """Post a release to ``<base>/catalog/ingest`` in the founding document's shape; the key makes it happen once."""
    url = f"{destination.rstrip('/')}/catalog/ingest"
    body = json.dumps(rest_body(release), ensure_ascii=False).encode("utf-8")
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    own = client or httpx.Client(timeout=60.0)

    def post() -> None:
        try:
            answer = own.post(url, content=body, headers=headers)
        except httpx.TransportError as error:
            raise TransientError(f"{url}: {type(error).__name__}") from None
        check_answer(url, answer)

    try:
        policy.call(post)
    finally:
        if client is None:
            own.close()
    return ["catalog/ingest"]


def rest_body(release: ReleaseRecord) -> dict[str, Any]:
    """Return the founding document's JSON of a release."""
    record = in_normal_form(release)
    lines = [line.text for line in (record.p_line, record.c_line) if line is not None]
    return {
        "upc": record.upc,
        "name": record.full_title,
        "artists": [{"name": artist.name, "uri": artist.ids.spotify} for artist in record.artists],
        "tracks": [
            {
                "isrc": track.isrc,
                "name": track.full_title,
                "duration_ms": round((track.duration_s or 0.0) * 1000),
                "audio_url": track.file,
            }
            for track in record.tracks
        ],
        "release_date": record.release_date,
        "label": record.label,
        "copyrights": lines,
    }


def once(
    log: Journal, values: dict[str, str], now: datetime, send: Callable[[], list[str]]
) -> tuple[Entry, tuple[str, ...]]:
    """Send what the journal does not hold yet, and write it down; return the entry and what was sent."""
    entry = log.find(values["key"], values["destination"])
    if entry is not None and entry.state not in ("packaged", "uploading"):
        return entry, ()
    entry = entry or log.add(now=now, **values)
    entry = log.move(entry, "uploading", now=now)
    sent = tuple(send())
    return log.move(entry, "committed", ", ".join(sent), now=now), sent
