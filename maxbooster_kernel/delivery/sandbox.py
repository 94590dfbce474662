"""The practice store: it takes batches, answers, publishes, and reports sales; all of it in one folder.

``inbox`` is what suppliers see (their batches and ``acknowledgements``), ``catalogue.json`` is what is live,
``reports`` are the sales files. Nothing in it is random without a seed.
"""

from __future__ import annotations

import csv
import io
import json
import random
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

from maxbooster_kernel.ddex.choreography import LIVE, write_acknowledgement
from maxbooster_kernel.ddex.dsr import SalesReport, UsageLine, write_dsr
from maxbooster_kernel.ddex.read import read_ern
from maxbooster_kernel.delivery.receive import FOLDER, Receipt, read_batch_manifest, receive_batch
from maxbooster_kernel.errors import DeliveryError, MessageError
from maxbooster_kernel.files import write_bytes, write_text

Fault = Literal["none", "silent", "reject", "late", "damage", "drop"]
FAULTS: tuple[Fault, ...] = ("none", "silent", "reject", "late", "damage", "drop")
COUNTRIES = (("US", 45), ("GB", 15), ("DE", 12), ("FR", 8), ("BR", 8), ("IN", 7), ("CA", 5))
DPID, NAME = "PADPIDA2026112201U", "Max Booster Practice Store"


@dataclass(frozen=True, slots=True)
class SandboxStore:
    """The store in a folder; ``fault`` makes it misbehave for a lesson.

    ``silent`` never answers, ``reject`` refuses everything, ``late`` answers at the second look, ``damage`` spoils a
    file before it looks, and ``drop`` breaks SFTP connections again and again while files are written.
    """

    folder: Path
    fault: Fault = "none"

    @property
    def inbox(self) -> Path:
        """Return the folder that suppliers deliver to."""
        return self.folder / "inbox"

    def prepare(self) -> None:
        """Make the folders."""
        for name in ("inbox", f"inbox/{FOLDER}", "reports"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    def waiting(self) -> list[Path]:
        """Return the complete batches that were not answered, in the order of their names."""
        seen = set(self._answered())
        folders = sorted(path for path in self.inbox.iterdir() if path.is_dir() and path.name != FOLDER)
        return [path for path in folders if path.name not in seen and list(path.glob("BatchComplete*.xml"))]

    def process(self, *, now: datetime | None = None) -> list[Receipt]:
        """Judge what is waiting, answer it, and publish what is accepted."""
        self.prepare()
        receipts = []
        for batch in self.waiting():
            if self.fault == "late" and self._first_look(batch):
                continue
            if self.fault == "damage":
                _damage(batch)
            moment = now or datetime.now(UTC).replace(microsecond=0)
            answers = self.folder / "unsent" if self.fault == "silent" else self.inbox / FOLDER
            try:
                found = receive_batch(batch, now=moment, answers=answers)
            except DeliveryError as error:
                self._note(batch.name, str(error))
                continue
            receipts += [self._settle(batch, receipt) for receipt in found]
            self._note(batch.name, ", ".join("accepted" if receipt.accepted else "refused" for receipt in found))
        return receipts

    def catalogue(self) -> dict[str, dict[str, Any]]:
        """Return what is live, by UPC."""
        file = self.folder / "catalogue.json"
        return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}

    def report(self, period: str, *, streams: int = 10_000, seed: int = 0, platform: str = "spotify") -> list[Path]:
        """Report a month's sales of what is live: ``lines`` as CSV for the royalties, and a DDEX sales report.

        Parameters
        ----------
        period
            The month, ``YYYY-MM``.
        streams
            About how many plays in all.
        seed
            The same seed gives the same plays.
        platform
            The platform's name in the CSV, as the rate tables know it.
        """
        first = _first_day(period)
        lines = _plays(self.catalogue(), streams, random.Random(f"{seed}-{period}"))  # noqa: S311 - plays, no secrets
        self.prepare()
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(("track_id", "platform", "country", "streams", "period"))
        table.writerows((line.isrc, platform, line.country, line.streams, period) for line in lines)
        after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        end = date.fromordinal(after.toordinal() - 1)
        report = SalesReport(
            message_id=f"DSR-{period}-{seed}",
            created=f"{after}T06:00:00Z",
            start=str(first),
            end=str(end),
            sender=DPID,
            sender_name=NAME,
            recipient=next((item["sender"] for item in self.catalogue().values()), ""),
            recipient_name="",
            service="PracticeStore",
            lines=tuple(lines),
        )
        sales, dsr = self.folder / "reports" / f"sales_{period}.csv", self.folder / "reports" / f"DSR_{period}.tsv"
        write_text(sales, text.getvalue())
        write_text(dsr, write_dsr(report))
        return [sales, dsr]

    def _settle(self, batch: Path, receipt: Receipt) -> Receipt:
        answer = receipt.acknowledgement
        if self.fault == "reject":
            answer = replace(answer, accepted=False, codes=("UserDefined",), text="refused for practice", status="")
            write_bytes(receipt.path, write_acknowledgement(answer))
            return replace(receipt, acknowledgement=answer)
        if answer.accepted:
            self._publish(batch, receipt)
        return receipt

    def _publish(self, batch: Path, receipt: Receipt) -> None:
        manifest = read_batch_manifest(batch)
        answer = receipt.acknowledgement
        message = next(item for item in manifest.messages if item.message_id == answer.answered_id)
        try:
            release = read_ern(batch / message.url).release
        except MessageError:
            return
        live = self.catalogue()
        today = answer.created[:10]
        if release is None or not any(not deal.end or deal.end[:10] > today for deal in release.deals):
            live.pop(answer.icpn, None)
        else:
            live[answer.icpn] = {
                "title": release.full_title,
                "artist": release.artist_name,
                "sender": manifest.sender,
                "batch": batch.name,
                "since": today,
                "tracks": [{"isrc": track.isrc, "title": track.full_title} for track in release.tracks],
            }
            if manifest.version != "1.6":
                said = replace(answer, status=LIVE, message_id=f"{answer.message_id}-LIVE")
                write_bytes(receipt.path.with_name(f"{receipt.path.stem}_LIVE.xml"), write_acknowledgement(said))
        write_text(self.folder / "catalogue.json", json.dumps(live, indent=2, ensure_ascii=False) + "\n")

    def _first_look(self, batch: Path) -> bool:
        mark = self.folder / "seen" / batch.name
        first = not mark.exists()
        write_text(mark, "")
        return first

    def _answered(self) -> list[str]:
        file = self.folder / "log.jsonl"
        if not file.is_file():
            return []
        return [json.loads(line)["batch"] for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]

    def _note(self, batch: str, what: str) -> None:
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"batch": batch, "result": what}) + "\n")


def _damage(batch: Path) -> None:
    """Turn the last byte of the batch's first resource."""
    resource = next((path for path in sorted(batch.glob("*/resources/*")) if path.is_file()), None)
    if resource is not None:
        data = bytearray(resource.read_bytes())
        data[-1] ^= 0xFF
        write_bytes(resource, bytes(data))


def _first_day(period: str) -> date:
    try:
        return date.fromisoformat(f"{period}-01")
    except ValueError:
        raise DeliveryError(f'expected a month such as 2026-12, got "{period}"') from None


def _plays(catalogue: dict[str, dict[str, Any]], streams: int, rng: random.Random) -> list[UsageLine]:
    tracks = [(upc, item, track) for upc, item in sorted(catalogue.items()) for track in item["tracks"]]
    weights = [rng.paretovariate(1.2) for _ in tracks]
    found = []
    for (upc, item, track), weight in zip(tracks, weights, strict=True):
        for country, share in COUNTRIES:
            count = int(streams * weight / sum(weights) * share / 100 * rng.uniform(0.8, 1.2))
            if count:
                names = {"title": track["title"], "artist": item["artist"]}
                found.append(UsageLine(upc=upc, isrc=track["isrc"], country=country, streams=count, **names))
    return found
