"""What a store does with a batch: read the manifest, judge every message and file, write an acknowledgement.

The practice store uses it; so do the tests, to see a delivery with a store's eyes. Nothing in a batch is trusted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree

from maxbooster_kernel.audio.index import hash_file
from maxbooster_kernel.audio.read import blocks
from maxbooster_kernel.catalogue.cover import read_cover
from maxbooster_kernel.catalogue.findings import Findings
from maxbooster_kernel.catalogue.findings_table import Problems
from maxbooster_kernel.catalogue.paths import unsafe_path
from maxbooster_kernel.ddex.choreography import (
    INGESTED,
    REFUSED,
    Acknowledgement,
    BatchMessage,
    Manifest,
    read_manifest,
    write_acknowledgement,
)
from maxbooster_kernel.ddex.media import IMAGE_CODECS, codec_of_name
from maxbooster_kernel.ddex.parse import read_xml
from maxbooster_kernel.ddex.references import place
from maxbooster_kernel.ddex.validate import validate_root
from maxbooster_kernel.errors import AudioError, DeliveryError, MessageError, ReleaseError
from maxbooster_kernel.files import write_bytes
from maxbooster_kernel.problems import Problem, blocking

FOLDER = "acknowledgements"
# Which of DDEX's file status codes answers which of our findings; the first match counts.
STATUS_CODES = (
    ("manifest", "ErnMissing"),
    ("message_missing", "ErnMissing"),
    ("message_hash", "SignatureOrHashSumWrongOrMissing"),
    ("resource_missing", "ResourceMissing"),
    ("resource_hash", "SignatureOrHashSumWrongOrMissing"),
    ("resource_damaged", "ResourceCorrupt"),
    ("resource_format", "ResourceNotMeetingSpecifications"),
    ("isrc_", "IdentifierInvalid"),
    ("upc_", "IdentifierInvalid"),
    ("is_ean", "IdentifierSyntaxInvalid"),
    ("isni_", "IdentifierInvalid"),
    ("original_date_later", "OriginalReleaseDateLaterThanReleaseDate"),
    ("date_invalid", "CommercialReleaseDateInvalid"),
    ("artist_missing", "PrimaryArtistNameMissing"),
    ("release_without_deal", "NoDealForTrackRelease"),
    ("deals_missing", "NoDealInNewReleaseMessage"),
    ("structure_missing", "MetadataMissing"),
    ("", "NewReleaseMessageInvalid"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A store's answer to a batch: the acknowledgement, where it was written, and what was found."""

    acknowledgement: Acknowledgement
    path: Path
    problems: Problems

    @property
    def accepted(self) -> bool:
        """Return whether the store took the release."""
        return self.acknowledgement.accepted


def receive_batch(batch: Path, *, now: datetime | None = None, answers: Path | None = None) -> list[Receipt]:
    """Judge a batch and answer every message of it.

    Parameters
    ----------
    batch
        The folder of the batch, with its manifest.
    now
        The time of the answer.
    answers
        Where acknowledgements go; by default ``acknowledgements`` beside the batch.

    Returns
    -------
    list of Receipt
        One for each message of the manifest.

    Raises
    ------
    DeliveryError
        The batch has no manifest (it is not complete), or it cannot be read.
    """
    manifest = read_batch_manifest(batch)
    moment = now or datetime.now(UTC).replace(microsecond=0)
    folder = answers or batch.parent / FOLDER
    return [_answer(batch, manifest, message, moment, folder) for message in manifest.messages]


def read_batch_manifest(batch: Path) -> Manifest:
    """Return the manifest of a batch; raise :class:`DeliveryError` if it is not complete."""
    found = sorted(batch.glob("BatchComplete*.xml")) if batch.is_dir() else []
    if len(found) != 1:
        raise DeliveryError(f"{batch}: expected one BatchComplete*.xml, found {len(found)}; the batch is not complete")
    try:
        return read_manifest(found[0].read_bytes())
    except MessageError as error:
        raise DeliveryError(f"{found[0]}: {error}") from None


def check_batch_message(batch: Path, message: BatchMessage) -> list[Problem]:
    """Return the findings on one message of a batch and on every file it names."""
    found = Findings()
    if problem := unsafe_path(message.url):
        found.fatal("manifest_path", "manifest", problem, "name a file inside the batch")
        return found.problems
    file = batch / message.url
    if not file.is_file():
        found.fatal("message_missing", message.url, "the message is not in the batch", "send it")
        return found.problems
    if message.md5 and hash_file(file)[0] != message.md5:
        found.fatal("message_hash", message.url, "the message differs from the hash in the manifest", "send it again")
        return found.problems
    try:
        root = read_xml(file)
    except MessageError as error:
        found.fatal("xml", message.url, str(error), "write the message again")
        return found.problems
    if (root.findtext("MessageHeader/MessageId") or "") != message.message_id:
        found.error("message_id", message.url, "the manifest names another message id", "use one id for both")
    found.problems += validate_root(root)
    _check_resources(root, file.parent, found, again=message.delivery_type in ("TakeDown", "ReDelivery"))
    return found.problems


def _check_resources(root: etree._Element, folder: Path, found: Findings, *, again: bool) -> None:
    for element in root.iter("File"):
        name = (element.findtext("FilePath") or "") + (element.findtext("FileName") or element.findtext("URI") or "")
        where = place(element)
        if not name:
            continue
        if problem := unsafe_path(name):
            found.fatal("resource_path", where, problem, "name a file inside the batch")
            continue
        file = folder / name
        if not file.is_file() and again:
            found.info("resource_not_sent_again", where, f"{name} stays as it was sent before", "send it to replace it")
            continue
        if not file.is_file():
            found.fatal("resource_missing", where, f"{name} is not in the batch", "send it")
            continue
        stated = element.findtext("HashSum/HashSum") or element.findtext("HashSum/HashSumValue")
        if stated and hash_file(file)[0] != stated.lower():
            found.fatal("resource_hash", where, f"{name} differs from its hash in the message", "send it again")
        else:
            _check_content(file, name, where, found)


def _check_content(file: Path, name: str, where: str, found: Findings) -> None:
    try:
        if codec_of_name(name, IMAGE_CODECS):
            read_cover(file)
        else:
            for _ in blocks(file):
                pass
    except (AudioError, ReleaseError) as error:
        found.fatal("resource_damaged", where, str(error), "export it again")


def _answer(batch: Path, manifest: Manifest, message: BatchMessage, now: datetime, folder: Path) -> Receipt:
    problems = Problems(check_batch_message(batch, message))
    stopping = blocking(problems)
    codes = tuple(dict.fromkeys(status_code(problem.code) for problem in stopping)) or ("FileOK",)
    resend_all = any(code.startswith(("Resource", "Signature")) for code in codes)
    stamp = now.astimezone(UTC).strftime("%Y%m%d%H%M%S")
    text = "; ".join(f"{problem.where}: {problem.message}" for problem in stopping[:5]) or None
    answer = Acknowledgement(
        version=manifest.version,
        sender=manifest.recipient,
        recipient=manifest.sender,
        created=now.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        message_id=f"ACK-{message.message_id}-{stamp}",
        icpn=message.icpn,
        batch=manifest.batch,
        answered_id=message.message_id,
        accepted=not stopping,
        codes=codes,
        text=text,
        proposal=None if not stopping else "ResendXmlAndResources" if resend_all else "ResendXmlOnly",
        status="" if manifest.version == "1.6" else REFUSED if stopping else INGESTED,
    )
    path = folder / f"ACK_{manifest.batch}_{_safe(message.icpn)}.xml"
    write_bytes(path, write_acknowledgement(answer))
    return Receipt(acknowledgement=answer, path=path, problems=problems)


def status_code(code: str) -> str:
    """Return DDEX's file status for the code of a finding."""
    return next(status for prefix, status in STATUS_CODES if code.startswith(prefix))


def _safe(name: str) -> str:
    return "".join(character for character in name if character.isalnum() and character.isascii()) or "release"
