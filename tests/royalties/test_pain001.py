"""A bank's file keeps to the structure of ISO 20022 pain.001.001.09, written down here for what is used of it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.royalties.providers import Pain001, Transfer

IBANS = ["DE89370400440532013000", "GB29NWBK60161331926819", "FR1420041010050500013M02606"]
NAMES = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


def text(name: str, most: int) -> str:
    return f"""<xs:simpleType name="{name}"><xs:restriction base="xs:string"><xs:minLength value="1"/>
        <xs:maxLength value="{most}"/></xs:restriction></xs:simpleType>"""


def pattern(name: str, expression: str) -> str:
    return f"""<xs:simpleType name="{name}"><xs:restriction base="xs:string"><xs:pattern value="{expression}"/>
        </xs:restriction></xs:simpleType>"""


def group(name: str, *children: str) -> str:
    """Return a sequence; a child is ``Name:Type``, with a star where it may come again."""
    rows = []
    for child in children:
        element, _, kind = child.rstrip("*").partition(":")
        many = ' maxOccurs="unbounded"' if child.endswith("*") else ""
        rows.append(f'<xs:element name="{element}" type="{kind}"{many}/>')
    return f'<xs:complexType name="{name}"><xs:sequence>{"".join(rows)}</xs:sequence></xs:complexType>'


SCHEMA = "".join([
    '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"',
    f' xmlns="{NAMES["p"]}" targetNamespace="{NAMES["p"]}">',
    '<xs:element name="Document" type="Document"/>',
    text("Max35Text", 35), text("Max140Text", 140),
    pattern("Max15NumericText", "[0-9]{1,15}"), pattern("IBAN2007Identifier", "[A-Z]{2}[0-9]{2}[a-zA-Z0-9]{1,30}"),
    pattern("PaymentMethod3Code", "CHK|TRF|TRA"), pattern("Currency", "[A-Z]{3}"),
    ('<xs:simpleType name="DecimalNumber"><xs:restriction base="xs:decimal"><xs:fractionDigits value="17"/>'
    '<xs:totalDigits value="18"/></xs:restriction></xs:simpleType>'),
    ('<xs:simpleType name="AmountText"><xs:restriction base="xs:decimal"><xs:minInclusive value="0"/>'
    '<xs:fractionDigits value="5"/><xs:totalDigits value="18"/></xs:restriction></xs:simpleType>'),
    ('<xs:complexType name="Amount"><xs:simpleContent><xs:extension base="AmountText">'
    '<xs:attribute name="Ccy" type="Currency" use="required"/></xs:extension></xs:simpleContent></xs:complexType>'),
    group("Document", "CstmrCdtTrfInitn:Initiation"),
    group("Initiation", "GrpHdr:Header", "PmtInf:Payment*"),
    group("Header", "MsgId:Max35Text", "CreDtTm:xs:dateTime", "NbOfTxs:Max15NumericText", "CtrlSum:DecimalNumber",
          "InitgPty:Party"),
    group("Party", "Nm:Max140Text"),
    group("Payment", "PmtInfId:Max35Text", "PmtMtd:PaymentMethod3Code", "NbOfTxs:Max15NumericText",
          "CtrlSum:DecimalNumber", "ReqdExctnDt:When", "Dbtr:Party", "DbtrAcct:Account", "DbtrAgt:Agent",
          "CdtTrfTxInf:Transaction*"),
    group("When", "Dt:xs:date"),
    group("Account", "Id:AccountId"), group("AccountId", "IBAN:IBAN2007Identifier"),
    group("Agent", "FinInstnId:Institution"), group("Institution", "Othr:Other"), group("Other", "Id:Max35Text"),
    group("Transaction", "PmtId:PaymentId", "Amt:AmountChoice", "Cdtr:Party", "CdtrAcct:Account"),
    group("PaymentId", "EndToEndId:Max35Text"), group("AmountChoice", "InstdAmt:Amount"),
    "</xs:schema>",
])  # fmt: skip

PAYEE = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"),
                min_size=1, max_size=200)  # fmt: skip
TRANSFER = st.builds(
    lambda number, name, code, minor, iban: Transfer(
        payout_id=f"{number:032x}", recipient_id=name, currency=code, amount_minor=minor, destination=iban, key="k"
    ),
    st.integers(0, 2**128 - 1), PAYEE, st.sampled_from(["USD", "EUR", "JPY", "KWD"]), st.integers(1, 10**14),
    st.sampled_from(IBANS),
)  # fmt: skip


def bank(**changes: str) -> Pain001:
    values = {"debtor": "North Pier", "iban": IBANS[0], **changes}
    return Pain001(Path("never.xml"), created=datetime(2026, 8, 1, tzinfo=UTC), **values)


@given(st.lists(TRANSFER, min_size=1, max_size=6))
def test_every_batch_is_valid_and_adds_up(transfers: list[Transfer]) -> None:
    data = bank().render(transfers, "f" * 64)
    root = etree.fromstring(data)
    schema = etree.XMLSchema(etree.fromstring(SCHEMA))
    assert schema.validate(root), schema.error_log
    blocks = root.findall(".//p:PmtInf", NAMES)
    for part in (root, *blocks):
        amounts = [Decimal(element.text) for element in part.iterfind(".//p:InstdAmt", NAMES)]
        head = part if part in blocks else part.find(".//p:GrpHdr", NAMES)
        assert Decimal(head.findtext("p:CtrlSum", namespaces=NAMES)) == sum(amounts)
        assert int(head.findtext("p:NbOfTxs", namespaces=NAMES)) == len(amounts)
    assert sorted(Decimal(t.amount) for t in transfers) == sorted(
        Decimal(element.text) for element in root.iterfind(".//p:InstdAmt", NAMES)
    )


def test_who_pays_must_have_a_name_and_nobody_a_control_character() -> None:
    with pytest.raises(RoyaltyError, match="name of who pays"):
        bank(debtor=" ")
    odd = Transfer(payout_id="1", recipient_id="a\x00", currency="EUR", amount_minor=1, destination=IBANS[0], key="k")
    with pytest.raises(RoyaltyError, match="XML can hold"):
        bank().render([odd], "g")
