"""The messages around a batch: the manifest that completes it and the acknowledgement that answers it.

Versions 1.6 and 1.8 of DDEX's Electronic Release Notification choreography for batches over SFTP.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from lxml import etree

from maxbooster_kernel.ddex.node import Node, coded, group, text
from maxbooster_kernel.ddex.parse import read_xml
from maxbooster_kernel.ddex.tables import table
from maxbooster_kernel.ddex.view import Coded
from maxbooster_kernel.ddex.writer import compile_message
from maxbooster_kernel.errors import MessageError

NAMESPACE = "http://ddex.net/xml/ern-c-sftp/"
KEYS = {"1.6": "16", "1.8": "18"}
AVS_VERSION = "8"
DeliveryType = Literal["NewReleaseDelivery", "ReDelivery", "TakeDown", "BackCatalogDelivery", "HighPriorityDelivery"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchMessage:
    """One message of a batch: ``url`` is its path from the batch's root, ``md5`` lower-case hex."""

    message_id: str
    url: str
    icpn: str
    md5: str
    delivery_type: str = "NewReleaseDelivery"
    product_type: str = "AudioProduct"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a batch holds; written last, it is the commit."""

    version: str
    sender: str
    recipient: str
    created: str
    test: bool
    batch: str
    messages: tuple[BatchMessage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """A store's answer on one release of a batch.

    ``accepted`` sums up; ``codes`` are the store's status codes (``FileOK``, ``ResourceMissing`` ...); ``proposal`` is
    ``ResendXmlOnly``, ``ResendXmlAndResources`` or None; ``status`` is where the release stands in the supply chain.
    """

    version: str
    sender: str
    recipient: str
    created: str
    message_id: str
    icpn: str
    batch: str
    answered_id: str
    accepted: bool
    codes: tuple[str, ...]
    text: str | None = None
    proposal: str | None = None
    status: str = ""


@dataclass(slots=True)
class _View:
    """The strings of a manifest or acknowledgement."""

    namespace: str
    fields: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.fields[name]


_HEADER = (
    group("MessageSender", text("PartyId", "sender")),
    group("MessageRecipient", text("PartyId", "recipient")),
    text("MessageCreatedDateTime", "created"),
)


def _manifest_mapping(version: str) -> Node:
    old = version == "1.6"
    hash_name = "HashSum" if old else "HashSumValue"
    own = (("MessageVersionId", "version"),) + (() if old else (("AvsVersionId", f"={AVS_VERSION}"),))
    whole = group(
        "ManifestMessage",
        group("MessageHeader", *_HEADER),
        text("IsTestFlag", "test"),
        text("RootDirectory", "batch"),
        text("NumberOfMessages", "count"),
        group(
            "MessageInBatch",
            text("MessageType", "=NewReleaseMessage"),
            text("MessageId", "message_id"),
            text("URL", "url"),
            group("IncludedReleaseId", text("ICPN", "icpn")),
            text("DeliveryType", "delivery_type"),
            text("ProductType", "product_type"),
            group("HashSum", text(hash_name, "md5"), text("HashSumAlgorithmType", "=MD5")),
            each="messages",
        ),
    )
    return replace(whole, attributes=own)


_ACK_16 = group(
    "FtpAcknowledgementMessage",
    group("MessageHeader", *_HEADER),
    group("AcknowledgedFile", text("ReleaseId", "icpn"), text("Date", "date")),
    coded("FileStatus", "status"),
    text("ErrorText", "error"),
    text("ProposedActionType", "proposal"),
    MessageVersionId="version",
)
_ACK_18 = group(
    "AcknowledgementMessage",
    group("MessageHeader", text("MessageId", "message_id"), *_HEADER),
    group(
        "ReleaseStatus",
        group("ReleaseId", text("ICPN", "icpn")),
        text("ReleaseStatus", "release_status"),
        text("ErrorText", "error"),
        text("ProposedActionType", "proposal"),
        group(
            "Acknowledgement",
            text("MessageType", "=NewReleaseMessage"),
            text("BatchId", "batch"),
            text("MessageId", "answered_id"),
            group("MessageStatus", coded("Status", "self"), each="codes"),
        ),
    ),
    AvsVersionId=f"={AVS_VERSION}",
)
INGESTED, REFUSED = "SuccessfullyIngestedByReleaseDistributor", "ProcessingErrorAtReleaseDistributor"
LIVE = "ReleaseMadeAvailableToConsumers"


@cache
def _compiled(kind: str, version: str) -> Callable[[Any], bytes]:
    mapping = _manifest_mapping(version) if kind == "manifest" else (_ACK_16 if version == "1.6" else _ACK_18)
    return compile_message(mapping, table(f"choreography-{KEYS[version]}"), "echo")


def write_manifest(manifest: Manifest) -> bytes:
    """Return the manifest as XML bytes."""
    _known(manifest.version)
    fields = {
        "version": manifest.version,
        "sender": manifest.sender,
        "recipient": manifest.recipient,
        "created": manifest.created,
        "test": str(manifest.test).lower(),
        "batch": manifest.batch,
        "count": str(len(manifest.messages)),
        "messages": list(manifest.messages),
    }
    return _compiled("manifest", manifest.version)(_View(NAMESPACE + KEYS[manifest.version], fields))


def write_acknowledgement(answer: Acknowledgement) -> bytes:
    """Return the acknowledgement as XML bytes."""
    _known(answer.version)
    fields = {
        "version": answer.version,
        "sender": answer.sender,
        "recipient": answer.recipient,
        "created": answer.created,
        "date": answer.created[:10],
        "message_id": answer.message_id,
        "icpn": answer.icpn,
        "batch": answer.batch,
        "answered_id": answer.answered_id,
        "status": Coded(answer.codes[0] if answer.codes else "FileOK"),
        "release_status": answer.status or (INGESTED if answer.accepted else REFUSED),
        "codes": [Coded(code) for code in answer.codes or ("FileOK",)],
        "error": answer.text,
        "proposal": answer.proposal,
    }
    return _compiled("acknowledgement", answer.version)(_View(NAMESPACE + KEYS[answer.version], fields))


def read_manifest(source: bytes) -> Manifest:
    """Return the manifest of XML bytes; raise :class:`MessageError` if it is none."""
    root, version = _root(source, "ManifestMessage")
    messages = tuple(
        BatchMessage(
            message_id=item.findtext("MessageId") or "",
            url=(item.findtext("URL") or "").strip(),
            icpn=item.findtext("IncludedReleaseId/ICPN") or "",
            md5=(item.findtext("HashSum/HashSum") or item.findtext("HashSum/HashSumValue") or "").lower(),
            delivery_type=item.findtext("DeliveryType") or "",
            product_type=item.findtext("ProductType") or "",
        )
        for item in root.iterfind("MessageInBatch")
    )
    if (root.findtext("NumberOfMessages") or "") != str(len(messages)):
        stated = root.findtext("NumberOfMessages")
        raise MessageError(f"manifest: it states {stated} messages and lists {len(messages)}")
    return Manifest(
        version=version,
        sender=root.findtext("MessageHeader/MessageSender/PartyId") or "",
        recipient=root.findtext("MessageHeader/MessageRecipient/PartyId") or "",
        created=root.findtext("MessageHeader/MessageCreatedDateTime") or "",
        test=root.findtext("IsTestFlag") in ("true", "1"),
        batch=root.findtext("RootDirectory") or "",
        messages=messages,
    )


def read_acknowledgement(source: bytes) -> Acknowledgement:
    """Return the acknowledgement of XML bytes; raise :class:`MessageError` if it is none."""
    root = read_xml(source)
    old = etree.QName(root).localname == "FtpAcknowledgementMessage"
    root, version = _root(source, "FtpAcknowledgementMessage" if old else "AcknowledgementMessage")
    at = root if old else root.find("ReleaseStatus")
    if at is None:
        raise MessageError("acknowledgement: it holds no ReleaseStatus")
    said = at.iterfind("FileStatus") if old else at.iter("MessageStatus", "Status")  # some stores write no Status
    codes = tuple(text for node in said if (text := (node.text or "").strip()))
    status = at.findtext("ReleaseStatus") or ""
    accepted = set(codes) <= {"FileOK"} if old else status in (INGESTED, LIVE)
    return Acknowledgement(
        version=version,
        sender=root.findtext("MessageHeader/MessageSender/PartyId") or "",
        recipient=root.findtext("MessageHeader/MessageRecipient/PartyId") or "",
        created=root.findtext("MessageHeader/MessageCreatedDateTime") or "",
        message_id=root.findtext("MessageHeader/MessageId") or "",
        icpn=(at.findtext("AcknowledgedFile/ReleaseId") if old else at.findtext("ReleaseId/ICPN")) or "",
        batch=at.findtext("Acknowledgement/BatchId") or "",
        answered_id=at.findtext("Acknowledgement/MessageId") or "",
        accepted=accepted,
        codes=codes,
        text=at.findtext("ErrorText"),
        proposal=at.findtext("ProposedActionType"),
        status=status,
    )


def _root(source: bytes, name: str) -> tuple[etree._Element, str]:
    root = read_xml(source)
    found = etree.QName(root)
    version = next((v for v, key in KEYS.items() if found.namespace == NAMESPACE + key), None)
    if version is None or found.localname != name:
        raise MessageError(f"expected a {name} 1.6 or 1.8, got {found.localname} of {found.namespace}")
    return root, version


def _known(version: str) -> None:
    if version not in KEYS:
        raise MessageError(f'expected a manifest version of {", ".join(KEYS)}, got "{version}"')
