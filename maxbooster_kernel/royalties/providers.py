"""How money leaves: nowhere (dry run, the default), a CSV, a bank's pain.001 file, Stripe Connect."""

from __future__ import annotations

import csv
import io
import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from maxbooster_kernel.errors import MissingExtraError, RoyaltyError
from maxbooster_kernel.files import write_bytes
from maxbooster_kernel.money import EXACT, add_up, minor_digits

LIVE_VARIABLE = "MAXBOOSTER_ALLOW_LIVE_PAYOUTS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One amount to send, in minor units of its currency."""

    payout_id: str
    recipient_id: str
    currency: str
    amount_minor: int
    destination: str
    key: str
    period: str = ""
    statement_id: str = ""

    @property
    def amount(self) -> str:
        """Return the amount as decimal text."""
        return format(Decimal(self.amount_minor).scaleb(-minor_digits(self.currency), EXACT), "f")


class TransferRefusedError(RoyaltyError):
    """The provider said no: nothing was sent."""


class TransferUnknownError(RoyaltyError):
    """The provider failed or did not answer: the money may have gone.

    Parameters
    ----------
    answered
        Whether it answered that it failed. It then answers the same to the same key, while one that was not heard may
        still be at work on it.
    """

    def __init__(self, message: str, *, answered: bool = False) -> None:
        super().__init__(message)
        self.answered = answered


class Provider(Protocol):
    """What sends transfers."""

    name: str

    def check(self, transfers: Sequence[Transfer], group: str) -> None:
        """Raise if a transfer cannot be made as it is; called before anything is stored."""

    def send(self, transfer: Transfer, group: str) -> str:
        """Send one transfer and return the provider's reference."""

    def find(self, group: str) -> dict[str, str]:
        """Return the references of all transfers of a group by payout id."""


class Batch(ABC):
    """A file of all transfers at once: whole or not at all, the same bytes for the same plan."""

    name: str

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    def check(self, transfers: Sequence[Transfer], group: str) -> None:
        """Raise if the file cannot be made, or another one stands in its place."""
        self._data(transfers, group)

    def _data(self, transfers: Sequence[Transfer], group: str) -> bytes:
        data = self.render(transfers, group)
        if self.path.exists() and self.path.read_bytes() != data:
            raise RoyaltyError(f"{self.path} exists and holds another batch; give another name")
        return data

    def send_all(self, transfers: Sequence[Transfer], group: str) -> str:
        """Write the file and return its name."""
        write_bytes(self.path, self._data(transfers, group))
        return self.path.name

    @abstractmethod
    def render(self, transfers: Sequence[Transfer], group: str) -> bytes:
        """Return the bytes of the file."""


class CsvFile(Batch):
    """A CSV file for a bank's or a bookkeeper's own import."""

    name = "csv"

    def render(self, transfers: Sequence[Transfer], group: str) -> bytes:
        """Return the bytes of the file."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("payout_id", "recipient_id", "destination", "currency", "amount", "group"))
        for t in transfers:
            cells = (t.payout_id, t.recipient_id, t.destination, t.currency, t.amount, group)
            writer.writerow([f"'{cell}" if cell[:1] in "=+-@\t\r" and cell else cell for cell in cells])
        return out.getvalue().encode()


class Pain001(Batch):
    """ISO 20022 pain.001.001.09, credit transfers from one account, one payment block a currency.

    Parameters
    ----------
    path
        The XML file.
    debtor, iban
        Who pays, from which account. Destinations of transfers are IBANs.
    created
        Time of the message; pass it to get the same bytes again.
    """

    name = "pain001"

    def __init__(self, path: Path | str, *, debtor: str, iban: str, created: datetime | None = None) -> None:
        super().__init__(path)
        if not debtor.strip():
            raise RoyaltyError("pain001: expected the name of who pays, got none")
        self._debtor, self._iban = debtor, check_iban(iban)
        self._created = created or datetime.now(UTC)

    def render(self, transfers: Sequence[Transfer], group: str) -> bytes:
        """Return the bytes of the file."""
        from lxml import etree

        names: Any = {None: "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}
        root = etree.Element("Document", nsmap=names)
        start = etree.SubElement(root, "CstmrCdtTrfInitn")
        header = etree.SubElement(start, "GrpHdr")
        _add(header, "MsgId", group[:35])
        _add(header, "CreDtTm", self._created.strftime("%Y-%m-%dT%H:%M:%S+00:00"))
        _add(header, "NbOfTxs", str(len(transfers)))
        _add(header, "CtrlSum", format(add_up(Decimal(t.amount) for t in transfers), "f"))
        _add(_add(header, "InitgPty"), "Nm", self._debtor[:140])
        for code in sorted({t.currency for t in transfers}):
            mine = [t for t in transfers if t.currency == code]
            block = _add(start, "PmtInf")
            _add(block, "PmtInfId", f"{group[:31]}-{code}")
            _add(block, "PmtMtd", "TRF")
            _add(block, "NbOfTxs", str(len(mine)))
            _add(block, "CtrlSum", format(add_up(Decimal(t.amount) for t in mine), "f"))
            _add(_add(block, "ReqdExctnDt"), "Dt", self._created.strftime("%Y-%m-%d"))
            _add(_add(block, "Dbtr"), "Nm", self._debtor[:140])
            _add(_add(_add(block, "DbtrAcct"), "Id"), "IBAN", self._iban)
            _add(_add(_add(_add(block, "DbtrAgt"), "FinInstnId"), "Othr"), "Id", "NOTPROVIDED")
            for t in mine:
                payment = _add(block, "CdtTrfTxInf")
                _add(_add(payment, "PmtId"), "EndToEndId", t.payout_id[:35])
                _add(_add(payment, "Amt"), "InstdAmt", t.amount).set("Ccy", code)
                _add(_add(payment, "Cdtr"), "Nm", t.recipient_id[:140])
                _add(_add(_add(payment, "CdtrAcct"), "Id"), "IBAN", check_iban(t.destination))
        return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


class Stripe:
    """Transfers to connected Stripe accounts.

    Parameters
    ----------
    key
        Secret key; None takes ``STRIPE_API_KEY``. A live key is refused unless ``allow_live`` is given and the
        environment says so too.
    base_url
        Where the API is; tests give a server of their own.
    """

    name = "stripe"

    def __init__(self, key: str | None = None, *, base_url: str | None = None, allow_live: bool = False) -> None:
        try:
            import stripe
        except ModuleNotFoundError:
            raise MissingExtraError("stripe", "paying by Stripe") from None
        secret = key or os.environ.get("STRIPE_API_KEY", "")
        if not secret:
            raise RoyaltyError("stripe: expected a secret key in STRIPE_API_KEY, got none")
        if "_test_" not in secret and not (allow_live and os.environ.get(LIVE_VARIABLE) == "1"):
            raise RoyaltyError(f"stripe: this is a live key; real money needs allow_live=True and {LIVE_VARIABLE}=1")
        options: dict[str, Any] = {"base_addresses": {"api": base_url}} if base_url else {}
        self._stripe = stripe
        self._client = stripe.StripeClient(secret, max_network_retries=0, **options)

    def check(self, transfers: Sequence[Transfer], group: str) -> None:  # noqa: ARG002 - other providers need it
        """Raise if a destination is no Stripe account."""
        for transfer in transfers:
            if not transfer.destination.startswith("acct_"):
                raise RoyaltyError(
                    f"stripe: expected an account acct_... for {transfer.recipient_id!r}, "
                    f"got {transfer.destination!r}; name it in the destinations"
                )

    def send(self, transfer: Transfer, group: str) -> str:
        """Send one transfer and return its id."""
        errors = self._stripe
        params: Any = {
            "amount": transfer.amount_minor,
            "currency": transfer.currency.lower(),
            "destination": transfer.destination,
            "transfer_group": group,
            "metadata": {"payout_id": transfer.payout_id},
        }
        try:
            made = self._client.v1.transfers.create(params, {"idempotency_key": transfer.key})
        except (errors.InvalidRequestError, errors.AuthenticationError, errors.PermissionError) as error:
            raise TransferRefusedError(f"stripe: {error.user_message or error}") from None
        except errors.StripeError as error:
            text = f"stripe: {type(error).__name__}: {error.user_message or error}"
            raise TransferUnknownError(text, answered=error.http_status is not None) from None
        return str(made.id)

    def find(self, group: str) -> dict[str, str]:
        """Return the ids of a group's transfers by payout id."""
        try:
            pages = self._client.v1.transfers.list({"transfer_group": group, "limit": 100})
            return {t.metadata["payout_id"]: str(t.id) for t in pages.auto_paging_iter() if "payout_id" in t.metadata}
        except self._stripe.StripeError as error:
            raise TransferUnknownError(f"stripe: {type(error).__name__}: {error.user_message or error}") from None


def check_iban(text: str) -> str:
    """Return an IBAN without spaces.

    Raises
    ------
    RoyaltyError
        Its check digits are wrong (ISO 13616, ISO 7064 MOD 97-10).

    Examples
    --------
    >>> check_iban("DE89 3704 0044 0532 0130 00")
    'DE89370400440532013000'
    """
    plain = text.replace(" ", "").upper()
    good = plain.isascii() and plain.isalnum() and 15 <= len(plain) <= 34
    if not good or int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 != 1:
        raise RoyaltyError(f"expected an IBAN with right check digits, got {text!r}")
    return plain


def _add(parent: Any, name: str, text: str | None = None) -> Any:
    from lxml import etree

    element = etree.SubElement(parent, name)
    try:
        element.text = text
    except ValueError:
        raise RoyaltyError(f"pain001: expected text that XML can hold, got {text!r}; mend the name") from None
    return element
