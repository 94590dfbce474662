"""An independent royalty run in plain Python integers and Decimals, to compare the engine with."""

from __future__ import annotations

import itertools
import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from maxbooster_kernel.catalogue.store import Catalogue

RATES = {"spotify": "0.004", "appleMusic": "0.0062", "amazonMusic": "0.0088", "youtubeMusic": "0.0048"}
MULTIPLIERS = {"US": "1.0", "UK": "0.95", "CA": "0.90", "IN": "0.30", "BR": "0.35", "": "0.5"}


def nano_text(value: int) -> str:
    sign = "-" if value < 0 else ""
    digits = str(abs(value)).rjust(10, "0")
    return f"{sign}{digits[:-9]}.{digits[-9:]}"


def share(total: int, weights: list[int]) -> list[int]:
    whole = 1_000_000
    weights = [*weights, whole - sum(weights)]
    exact = [(abs(total) * w // whole, abs(total) * w % whole, -i) for i, w in enumerate(weights)]
    left = abs(total) - sum(q for q, _, _ in exact)
    lucky = {-i for _, _, i in sorted(exact, key=lambda e: (e[1], e[2]), reverse=True)[:left]}
    return [(q + (-i in lucky)) * (1 if total >= 0 else -1) for q, _, i in exact]


def pass_on(recipient: str, amount: int, sub: dict[str, list[tuple[str, int]]], out: dict[str, int]) -> None:
    if recipient not in sub:
        out[recipient] += amount
        return
    *parts, rest = share(amount, [ppm for _, ppm in sub[recipient]])
    for (child, _), part in zip(sub[recipient], parts, strict=True):
        pass_on(child, part, sub, out)
    out[recipient] += rest


FAULTS = ("split_precision", "split_not_positive", "splits_exceed_100", "split_cycle")


def faults_of(
    rows: list[tuple[str, Decimal]], sub: dict[str, list[tuple[str, Decimal]]], path: tuple[str, ...]
) -> set[str]:
    """Return every fault of a set of shares and of all it passes on to."""
    checks = (
        any(p != round(p, 4) for _, p in rows),
        any(p <= 0 and p == round(p, 4) for _, p in rows),
        sum(p for _, p in rows if p == round(p, 4)) > 100,
        any(r in path for r, _ in rows),
    )
    found = {fault for fault, bad in zip(FAULTS, checks, strict=True) if bad}
    for recipient, _ in rows:
        if recipient in sub and recipient not in path:
            found |= faults_of(sub[recipient], sub, (*path, recipient))
    return found


def fault_of(rows: list[tuple[str, Decimal]], sub: dict[str, list[tuple[str, Decimal]]]) -> str:
    found = faults_of(rows, sub, ())
    return next((fault for fault in FAULTS if fault in found), "")


def reference(
    lines: list[dict[str, Any]],
    splits: list[dict[str, str]],
    sub_splits: list[dict[str, str]] = (),
    rates: dict[tuple[str, str], str] | None = None,
    multipliers: dict[str, str] | None = None,
    currency: str = "USD",
) -> SimpleNamespace:
    """Return the contract's tables as lists of tuples of text."""
    rates = rates or {(platform, ""): rate for platform, rate in RATES.items()}
    multipliers = multipliers or MULTIPLIERS
    platforms = {platform for platform, _ in rates}
    pools: dict[tuple[str, str], list[int]] = {}
    cells: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
    rejected = []
    for number, line in enumerate(lines):
        platform, period, streams = line["platform"], line["period"], str(line["streams"])
        good_period = re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", period)
        rate = rates.get((platform, period), rates.get((platform, "")))
        if platform not in platforms:
            rejected.append((number, "unknown_platform"))
        elif good_period and rate is None:
            rejected.append((number, "no_rate_for_period"))
        elif not re.fullmatch(r"[+-]?\d+", streams):
            rejected.append((number, "bad_streams"))
        elif not good_period:
            rejected.append((number, "bad_period"))
        else:
            factor = multipliers.get(line["country"], multipliers.get("", "0.5"))
            unit = Decimal(rate) * Decimal(factor) * 10**9
            assert unit == int(unit)
            for row in (
                pools.setdefault((period, line["track_id"]), [0, 0]),
                cells[period, line["track_id"], platform, line["country"]],
            ):
                row[0] += int(streams)
                row[1] += int(streams) * int(unit)
    sub = defaultdict(list)
    for row in sub_splits:
        sub[row["recipient_id"]].append((row["to"], Decimal(row["percentage"])))
    sub_ppm = {parent: [(to, int(p * 10_000)) for to, p in rows] for parent, rows in sub.items()}

    def valid(period: str) -> dict[str, list[tuple[str, Decimal]]]:
        found = defaultdict(list)
        for row in splits:
            if (not row.get("valid_from") or row["valid_from"] <= period) and (
                not row.get("valid_to") or period < row["valid_to"]
            ):
                found[row["track_id"]].append((row["recipient_id"], Decimal(row["percentage"])))
        return found

    payouts, unallocated, errors = {}, [], []
    for period in sorted({period for period, _ in pools}):
        earned: dict[str, int] = defaultdict(int)
        here = valid(period)
        for rows in here.values():
            if not fault_of(rows, sub):
                for recipient, _ in rows:
                    pass_on(recipient, 0, sub_ppm, earned)
        for track in sorted(t for p, t in pools if p == period):
            nanos, rows = pools[period, track][1], here.get(track, [])
            fault = fault_of(rows, sub)
            if fault:
                errors.append((track, period, fault))
            if fault or not rows:
                rest = nanos
            else:
                *parts, rest = share(nanos, [int(p * 10_000) for _, p in rows])
                for (recipient, _), part in zip(rows, parts, strict=True):
                    pass_on(recipient, part, sub_ppm, earned)
            if rest:
                unallocated.append((track, period, currency, nano_text(rest)))
        payouts.update({(period, recipient): amount for recipient, amount in earned.items()})
    return SimpleNamespace(
        payouts=[(p, r, currency, nano_text(a)) for (p, r), a in sorted(payouts.items())],
        tracks=[(t, p, currency, s, nano_text(n)) for (p, t), (s, n) in sorted(pools.items())],
        breakdown=[(t, d, c, p, currency, s, nano_text(n)) for (p, t, d, c), (s, n) in sorted(cells.items())],
        unallocated=unallocated,
        rejected=rejected,
        errors=errors,
        total=sum(n for _, n in pools.values()),
    )


def rows_of(result: Any, name: str) -> list[tuple[Any, ...]]:
    """Return a result table as tuples, money as text with nine places."""
    table = result.arrow(name)
    return [
        tuple(nano_text(int(v.scaleb(9))) if isinstance(v, Decimal) else v for v in row.values())
        for row in table.to_pylist()
    ]


@pytest.fixture(scope="session")
def independent() -> Any:
    """Return the independent run and the reader of result tables."""
    return SimpleNamespace(run=reference, rows=rows_of, text=nano_text)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ledger") / "c.sqlite"
    Catalogue.open(path)
    return path


@pytest.fixture(scope="session")
def on_postgres(postgres: str) -> Callable[[str], None]:
    """Return a function that runs a statement on the server, outside any transaction."""

    def run(statement: str) -> None:
        engine = create_engine(postgres, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    return run


@pytest.fixture(scope="session")
def postgres_template(postgres: str, on_postgres: Callable[[str], None]) -> str:
    on_postgres("CREATE DATABASE ledger_template")
    Catalogue.open(postgres.rsplit("/", 1)[0] + "/ledger_template").engine.dispose()
    return "ledger_template"


_NUMBERS = itertools.count()


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh_place(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Return a function that makes a new, empty catalogue and returns where it is."""

    def make() -> str:
        name = f"ledger{next(_NUMBERS)}"
        if request.param == "sqlite":
            return str(shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / f"{name}.sqlite"))
        template = request.getfixturevalue("postgres_template")
        request.getfixturevalue("on_postgres")(f"CREATE DATABASE {name} TEMPLATE {template}")
        return str(request.getfixturevalue("postgres")).rsplit("/", 1)[0] + f"/{name}"

    return make


@pytest.fixture
def catalogue(fresh_place: Callable[[], str]) -> Iterator[Catalogue]:
    """Return a new catalogue, on SQLite and on PostgreSQL."""
    opened = Catalogue.open(fresh_place())
    yield opened
    opened.engine.dispose()
