"""What stores' and distributors' sales files look like: which headers mean what.

A format is recognised by its headers, never by a file's name. The headers are as seen in files and tools of their
users; a format that is missing, or has changed, is described in a template (:func:`read_template`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from maxbooster_kernel.errors import RoyaltyError

ROLES = ("month", "platform", "country", "isrc", "upc", "quantity", "amount", "currency", "returns")


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
        Header by role: ``month, platform, country, isrc, upc, quantity, amount, currency, returns``.
    platform, currency
        What holds for the whole file where no column says it.
    decimal_comma
        Numbers are written ``1.234,56``.
    trailer
        First cell of a last line that counts the rows, such as ``Total_Rows``.
    """

    name: str
    fingerprint: frozenset[str]
    columns: Mapping[str, str]
    platform: str = ""
    currency: str = "USD"
    decimal_comma: bool = False
    trailer: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


def _format(name: str, fingerprint: str, columns: dict[str, str], **options: object) -> SalesFormat:
    marks = frozenset(part.strip() for part in fingerprint.split(","))
    return SalesFormat(name=name, fingerprint=marks, columns=columns, **options)  # type: ignore[arg-type]


_DISTROKID = {"month": "Sale Month", "platform": "Store", "country": "Country of Sale", "isrc": "ISRC", "upc": "UPC"}

FORMATS: tuple[SalesFormat, ...] = (
    _format(
        "distrokid",
        "Sale Month, Store, Team Percentage, Source Type, Songwriter Royalties Withheld (USD), Earnings (USD)",
        {**_DISTROKID, "quantity": "Quantity", "amount": "Earnings (USD)"},
    ),
    _format(
        "distrokid_tsv",
        "Sale Month, Store, Team Percentage, Song/Album, Songwriter Royalties Withheld, Earnings (USD)",
        {**_DISTROKID, "quantity": "Quantity", "amount": "Earnings (USD)"},
    ),
    _format(
        "tunecore",
        "Sales Period, Store Name, TC Song ID, # Units Sold, Total Earned",
        {
            "month": "Sales Period",
            "platform": "Store Name",
            "country": "Country of Sale",
            "isrc": "Optional ISRC",
            "upc": "UPC",
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
            "platform": "Platform",
            "country": "Country / Region",
            "isrc": "ISRC",
            "upc": "UPC",
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
            "quantity": "Quantity",
            "amount": "Extended Partner Share",
            "currency": "Partner Share Currency",
        },
        platform="appleMusic",
        trailer="Total_Rows",
    ),
    _format(
        "youtube",
        "Adjustment Type, Asset ID, Owned Views, Partner Revenue",
        {
            "month": "Day",
            "country": "Country",
            "isrc": "ISRC",
            "upc": "UPC",
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
            "platform": "Partner",
            "country": "Country",
            "isrc": "ISRC",
            "upc": "UPC",
            "quantity": "Units",
            "amount": "Revenue (USD)",
        },
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
            "quantity": "Stream Count",
            "amount": "Label Share Net Receipts",
            "currency": "Currency",
        },
    ),
    _format(
        "ascap_us",
        "Work Title, Number of Plays, Dollars, Performance Quarter",
        {"month": "Performance Quarter", "quantity": "Number of Plays", "amount": "Dollars", "isrc": "ISRC"},
        platform="ASCAP",
    ),
    _format(
        "ascap_international",
        "Work Title, Licensor, $ Amount, Revenue Class Description",
        {"month": "Performance Quarter", "amount": "$ Amount", "isrc": "ISRC", "country": "Territory"},
        platform="ASCAP",
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


def read_template(path: Path) -> SalesFormat:
    """Read a format of one's own from YAML: ``name``, ``columns`` (role: header), and the options.

    Raises
    ------
    RoyaltyError
        It is no YAML, or names roles or options that do not exist.
    """
    import yaml  # type: ignore[import-untyped]

    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RoyaltyError(f"template {path}: cannot be read: {str(error).splitlines()[0]}") from None
    options = {"name", "columns", "fingerprint", "platform", "currency", "decimal_comma", "trailer"}
    if not isinstance(data, dict) or not isinstance(data.get("columns"), dict) or not set(data) <= options:
        raise RoyaltyError(
            f"template {path}: expected name and columns, and of options only {', '.join(sorted(options))}"
        )
    wrong = sorted(set(map(str, data["columns"])) - set(ROLES))
    if wrong or not {"month", "amount"} <= set(data["columns"]):
        raise RoyaltyError(f"template {path}: expected columns for month, amount and some of {', '.join(ROLES)}")
    columns = {str(role): str(header) for role, header in data["columns"].items()}
    marks = frozenset(map(str, data.get("fingerprint") or columns.values()))
    return SalesFormat(
        name=str(data.get("name", path.stem)),
        fingerprint=marks,
        columns=columns,
        platform=str(data.get("platform", "")),
        currency=str(data.get("currency", "USD")),
        decimal_comma=bool(data.get("decimal_comma", False)),
        trailer=str(data.get("trailer", "")),
    )
