"""What stores' and distributors' sales files look like: which headers mean what.

A format is recognised by its headers, never by a file's name. The headers are as seen in files and tools of their
users; a format that is missing, or has changed, is described in a template (see ``template.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ROLES = (
    "month", "reported", "platform", "country", "isrc", "upc", "title", "artist", "quantity", "amount", "currency",
    "sign",
)  # fmt: skip
"""What a column can be; ``reported`` tells when a sale was accounted for, ``sign`` returns from sales."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesFormat:
    """One kind of sales file.

    Parameters
    ----------
    name
        Short name.
    fingerprint
        Headers that together are found in no other format.
    columns
        Header by role: one of ``ROLES``.
    platform, currency
        What holds for the whole file where no column says it. Without either, the caller has to say the currency.
    decimal_comma
        Numbers are written ``1.234,56``; None is not said.
    trailers
        First cells of last lines that hold control totals, and of what: ``rows``, ``amount`` or ``streams``.
    values
        Platform by the store's name as the file has it, before the built-in names are tried.
    encoding, delimiter, header_row
        What a template says about the file's layout; without it, it is found out. Rows count from 1.
    """

    name: str
    fingerprint: frozenset[str]
    columns: Mapping[str, str]
    platform: str = ""
    currency: str = ""
    decimal_comma: bool | None = None
    trailers: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""
    delimiter: str = ""
    header_row: int = 0

    def platform_of(self, store: str) -> str:
        """Return the platform of a store's name as the file has it."""
        return self.values.get(store.strip()) or platform_name(store)


def _format(name: str, fingerprint: str, columns: dict[str, str], **options: Any) -> SalesFormat:
    marks = frozenset(part.strip() for part in fingerprint.split(","))
    return SalesFormat(name=name, fingerprint=marks, columns=columns, **options)


_DISTROKID = {
    "month": "Sale Month",
    "reported": "Reporting Date",
    "platform": "Store",
    "country": "Country of Sale",
    "isrc": "ISRC",
    "upc": "UPC",
    "title": "Title",
    "artist": "Artist",
    "quantity": "Quantity",
    "amount": "Earnings (USD)",
}

FORMATS: tuple[SalesFormat, ...] = (
    _format(
        "distrokid",
        "Sale Month, Store, Team Percentage, Source Type, Songwriter Royalties Withheld (USD), Earnings (USD)",
        _DISTROKID,
        currency="USD",
    ),
    _format(
        "distrokid_tsv",
        "Sale Month, Store, Team Percentage, Song/Album, Songwriter Royalties Withheld, Earnings (USD)",
        _DISTROKID,
        currency="USD",
    ),
    _format(
        "tunecore",
        "Sales Period, Store Name, TC Song ID, # Units Sold, Total Earned",
        {
            "month": "Sales Period",
            "reported": "Posted Date",
            "platform": "Store Name",
            "country": "Country of Sale",
            "isrc": "Optional ISRC",
            "upc": "UPC",
            "title": "Song Title",
            "artist": "Artist",
            "quantity": "# Units Sold",
            "amount": "Total Earned",
            "currency": "Currency",
        },
    ),
    _format(
        "believe",
        "Reporting month, Sales Month, Platform, Client share rate, Net Revenue",
        {
            "month": "Sales Month",
            "reported": "Reporting month",
            "platform": "Platform",
            "country": "Country / Region",
            "isrc": "ISRC",
            "upc": "UPC",
            "title": "Track title",
            "artist": "Artist Name",
            "quantity": "Quantity",
            "amount": "Net Revenue",
            "currency": "Client Payment Currency",
        },
    ),
    _format(
        "apple_s1",
        "Start Date, Extended Partner Share, Partner Share Currency, Sales or Return, Apple Identifier",
        {
            "month": "Start Date",
            "country": "Country Of Sale",
            "isrc": "ISRC/ISBN",
            "upc": "UPC",
            "title": "Title",
            "artist": "Artist/Show/Developer/Author",
            "sign": "Sales or Return",
            "quantity": "Quantity",
            "amount": "Extended Partner Share",
            "currency": "Partner Share Currency",
        },
        platform="appleMusic",
        trailers={"Total_Rows": "rows", "Total_Amount": "amount", "Total_Units": "streams"},
    ),
    _format(
        "youtube",
        "Adjustment Type, Asset ID, Owned Views, Partner Revenue",
        {
            "month": "Day",
            "country": "Country",
            "isrc": "ISRC",
            "upc": "UPC",
            "title": "Asset Title",
            "artist": "Artist",
            "quantity": "Owned Views",
            "amount": "Partner Revenue",
        },
        platform="youtubeMusic",
    ),
    _format(
        "soundcloud",
        "Artist(s), Reporting Period, Partner, Revenue (USD), Split Pay Share (%)",
        {
            "month": "Reporting Period",
            "reported": "Accounting Period",
            "platform": "Partner",
            "country": "Country",
            "isrc": "ISRC",
            "upc": "UPC",
            "title": "Track",
            "artist": "Artist(s)",
            "quantity": "Units",
            "amount": "Revenue (USD)",
        },
        currency="USD",
    ),
    _format(
        "fuga",
        "Reporting Month, Digital Service Provider, ISRC Code, UPC Code, Net Amount",
        {
            "month": "Reporting Month",
            "platform": "Digital Service Provider",
            "country": "Territory",
            "isrc": "ISRC Code",
            "upc": "UPC Code",
            "title": "Track Title",
            "artist": "Track Artist",
            "quantity": "Units",
            "amount": "Net Amount",
            "currency": "Currency",
        },
    ),
    _format(
        "orchard",
        "Period, Digital Store, Product UPC, Label Share Net Receipts",
        {
            "month": "Period",
            "platform": "Digital Store",
            "country": "Country of Sale",
            "isrc": "ISRC",
            "upc": "Product UPC",
            "title": "Track Title",
            "artist": "Track Artist",
            "quantity": "Stream Count",
            "amount": "Label Share Net Receipts",
            "currency": "Currency",
        },
    ),
    _format(
        "ascap_us",
        "Work Title, Number of Plays, Dollars, Performance Quarter",
        {
            "month": "Performance Quarter",
            "quantity": "Number of Plays",
            "amount": "Dollars",
            "isrc": "ISRC",
            "title": "Work Title",
        },
        platform="ASCAP",
        currency="USD",
    ),
    _format(
        "ascap_international",
        "Work Title, Licensor, $ Amount, Revenue Class Description",
        {
            "month": "Performance Quarter",
            "amount": "$ Amount",
            "isrc": "ISRC",
            "title": "Work Title",
            "country": "Territory",
        },
        platform="ASCAP",
        currency="USD",
    ),
)

PLATFORMS: tuple[tuple[str, str], ...] = (
    ("spotify", "spotify"),
    ("apple music", "appleMusic"),
    ("itunes", "appleMusic"),
    ("amazon", "amazonMusic"),
    ("youtube", "youtubeMusic"),
)
"""How stores' names begin, and the platform they are."""


def platform_name(store: str) -> str:
    """Return the platform of a store's name; one that is not known keeps its name.

    >>> platform_name("Amazon Unlimited (Streaming)"), platform_name("Deezer")
    ('amazonMusic', 'Deezer')
    """
    plain = store.strip().casefold()
    return next((platform for start, platform in PLATFORMS if plain.startswith(start)), store.strip())


def recognise(header: list[str], extra: tuple[SalesFormat, ...] = ()) -> SalesFormat | None:
    """Return the format whose fingerprint the headers have, the most specific one first."""
    names = {name.strip() for name in header}
    fitting = [form for form in (*extra, *FORMATS) if form.fingerprint <= names]
    return max(fitting, key=lambda form: len(form.fingerprint)) if fitting else None
