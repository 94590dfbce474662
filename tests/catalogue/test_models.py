"""The database itself refuses what must not be, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import itertools
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text

from maxbooster_kernel.catalogue import models as m
from maxbooster_kernel.catalogue import models_money as mm
from maxbooster_kernel.catalogue.store import Catalogue
from maxbooster_kernel.errors import CatalogueError

NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "c.sqlite"
    Catalogue.open(path)
    return path


@pytest.fixture(scope="module")
def postgres_template(postgres: str) -> str:
    url = postgres.rsplit("/", 1)[0] + "/models_template"
    create_database(postgres, "models_template")
    Catalogue.open(url).engine.dispose()
    return url


def create_database(server: str, name: str, template: str = "template1") -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def catalogue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalogue]:
    if request.param == "sqlite":
        place = str(shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "c.sqlite"))
    else:
        name = f"models{next(NUMBERS)}"
        place = request.getfixturevalue("postgres_template").rsplit("/", 1)[0] + f"/{name}"
        create_database(request.getfixturevalue("postgres"), name, "models_template")
    opened = Catalogue.open(place)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def filled(catalogue: Catalogue) -> Catalogue:
    add(catalogue, release(), recording(), m.ReleaseTrack(release_id="r", recording_id="t", position=1))
    return catalogue


def add(catalogue: Catalogue, *rows: Any) -> None:
    with catalogue.session() as session:
        for row in rows:
            session.add(row)
            session.flush()


def release(**changes: Any) -> m.Release:
    return m.Release(**{"id": "r", "user_id": "u", "upc": "0123456789012", "title": "T", "artist_name": "A", **changes})


def recording(**changes: Any) -> m.Recording:
    values = {"id": "t", "isrc": "USABC2600001", "title": "T", "duration": 200, "audio_file_url": "a.flac"}
    return m.Recording(**{**values, **changes})


def split(**changes: Any) -> m.RevenueSplit:
    return m.RevenueSplit(**{"track_id": "t", "recipient_id": "a", "percentage": Decimal(50), **changes})


def royalty(**changes: Any) -> m.Royalty:
    values = {"track_id": "t", "platform": "spotify", "period": "2026-07", "stream_count": 1, "currency": "USD"}
    return m.Royalty(**{**values, "revenue": Decimal("0.004"), **changes})


BAD = [
    release(id="r2"),  # the same UPC
    release(id="r2", upc="123"),
    release(id="r2", upc="0123456789029", title=None),
    release(id="r2", upc="0123456789029", status="lost"),
    recording(id="t2"),  # the same ISRC
    recording(id="t2", isrc="USABC260000"),
    recording(id="t2", isrc="USABC2600002", duration=0),
    m.ReleaseTrack(release_id="r", recording_id="t", position=1),  # the same position
    m.ReleaseTrack(release_id="nowhere", recording_id="t", position=2),
    split(percentage=Decimal(0)),
    split(percentage=Decimal("100.0001")),
    split(track_id="nowhere"),
    split(valid_from="2026-13"),
    split(valid_from="2026-02", valid_to="2026-02"),
    royalty(period="2026-7"),
    royalty(period="2026-00"),
    royalty(track_id="nowhere"),
    royalty(platform=None),
    mm.Payout(
        id="p", run_id="none", statement_id="s", recipient_id="a", currency="USD", amount_minor=1, idempotency_key="k"
    ),
]


@pytest.mark.parametrize("row", range(len(BAD)))
def test_the_database_refuses(filled: Catalogue, row: int) -> None:
    from sqlalchemy.orm import make_transient

    values = {c.key: getattr(BAD[row], c.key) for c in BAD[row].__table__.columns if c.key in BAD[row].__dict__}
    make_transient(BAD[row])
    with pytest.raises(CatalogueError):
        add(filled, type(BAD[row])(**values))


def test_deleting_a_release_takes_its_places_along(filled: Catalogue) -> None:
    add(filled, split())
    with filled.session() as session:
        session.execute(text("DELETE FROM releases"))
    with filled.session() as session:
        assert session.execute(text("SELECT count(*) FROM release_tracks")).scalar() == 0
        assert session.execute(text("SELECT count(*) FROM revenue_splits")).scalar() == 1
        session.execute(text("DELETE FROM recordings"))
        assert session.execute(text("SELECT count(*) FROM revenue_splits")).scalar() == 0


def test_the_tracks_view_has_the_documents_shape(filled: Catalogue) -> None:
    with filled.session() as session:
        row = session.execute(text("SELECT * FROM tracks")).mappings().one()
    assert dict(row) == {
        "id": "t",
        "release_id": "r",
        "isrc": "USABC2600001",
        "title": "T",
        "duration": 200,
        "audio_file_url": "a.flac",
        "position": 1,
    }


def test_splits_of_a_track_never_exceed_100(filled: Catalogue) -> None:
    add(filled, split(recipient_id="a", percentage=Decimal(70)), split(recipient_id="b", percentage=Decimal(30)))
    with pytest.raises(CatalogueError, match="exceed 100 percent"):
        add(filled, split(recipient_id="c", percentage=Decimal("0.0001")))
    with pytest.raises(CatalogueError, match="exceed 100 percent"), filled.session() as session:
        session.execute(text("UPDATE revenue_splits SET percentage = 700001 WHERE recipient_id = 'a'"))


def test_splits_of_different_periods_do_not_add_up(filled: Catalogue) -> None:
    add(
        filled,
        split(percentage=Decimal(100), valid_to="2026-02"),
        split(percentage=Decimal(100), valid_from="2026-02", valid_to="2026-05"),
    )
    with pytest.raises(CatalogueError, match="exceed 100 percent"):
        add(filled, split(recipient_id="b", percentage=Decimal(1), valid_from="2026-01"))


def test_two_writers_race_and_exactly_one_is_refused(filled: Catalogue) -> None:
    barrier = threading.Barrier(2)
    outcomes: list[str] = []

    def write(name: str) -> None:
        barrier.wait()
        try:
            add(filled, split(recipient_id=name, percentage=Decimal(60)))
            outcomes.append("in")
        except CatalogueError as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=write, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcomes.sort(key=len)
    assert outcomes[0] == "in"
    assert "exceed 100 percent" in outcomes[1]


@pytest.mark.parametrize("catalogue", ["postgresql"], indirect=True)  # SQLite lets one writer in at a time
def test_writers_with_open_splits_do_not_wait_for_each_other(filled: Catalogue) -> None:
    def write() -> None:
        with filled.session() as second, filled.session() as first:  # the first is committed first
            first.execute(text("SET LOCAL lock_timeout = '10s'"))
            for session, name in ((first, "a"), (second, "b")):
                session.add(split(recipient_id=name, percentage=Decimal(60)))
                session.flush()

    with pytest.raises(CatalogueError, match="exceed 100 percent"):
        write()
    with filled.session() as session:
        assert session.scalars(select(m.RevenueSplit.recipient_id)).all() == ["a"]


@pytest.mark.parametrize("catalogue", ["postgresql"], indirect=True)
def test_a_trigger_that_says_something_else_is_put_right(filled: Catalogue) -> None:
    idle = "CREATE OR REPLACE FUNCTION maxbooster_splits_sum() RETURNS trigger LANGUAGE plpgsql"
    with filled.session() as session:
        session.execute(text(f"{idle} AS $$ BEGIN RETURN NULL; END $$"))
    again = Catalogue.open(filled.engine.url.render_as_string(hide_password=False))
    with pytest.raises(CatalogueError, match="exceed 100 percent"):
        add(again, split(percentage=Decimal(60)), split(recipient_id="b", percentage=Decimal(60)))
    again.engine.dispose()


def test_money_is_exact(filled: Catalogue) -> None:
    largest = Decimal("9223372036.854775807")
    add(filled, royalty(revenue=largest), *[royalty(country=f"{i:02d}", revenue=Decimal("0.1")) for i in range(10)])
    with filled.session() as session:
        values = session.scalars(select(m.Royalty.revenue).order_by(m.Royalty.revenue)).all()
        assert values[-1] == largest
        assert sum(values[:-1]) == 1
        assert session.execute(text("SELECT sum(revenue) FROM royalties WHERE country <> ''")).scalar() == 1_000_000_000


@pytest.mark.parametrize("value", [0.1, Decimal("1e-10"), Decimal("9223372036.854775808")])
def test_money_that_is_not_exact_is_refused(filled: Catalogue, value: Any) -> None:
    with pytest.raises(CatalogueError, match="expected"):
        add(filled, royalty(revenue=value))


def entry(**changes: Any) -> mm.LedgerEntry:
    return mm.LedgerEntry(**{"txn_id": "x", "account": "dsp", "currency": "USD", "nanos": 1, **changes})


def test_a_ledger_transaction_must_balance_in_every_currency(catalogue: Catalogue) -> None:
    add(catalogue, entry(nanos=5), entry(nanos=-5, account="pool"), mm.LedgerTransaction(id="x"))
    with pytest.raises(CatalogueError, match="sum to zero"):
        add(catalogue, entry(txn_id="y", nanos=5), entry(txn_id="y", nanos=-4), mm.LedgerTransaction(id="y"))
    with pytest.raises(CatalogueError, match="sum to zero"):
        add(catalogue, entry(txn_id="y"), entry(txn_id="y", nanos=-1, currency="EUR"), mm.LedgerTransaction(id="y"))
    with pytest.raises(CatalogueError):
        add(catalogue, entry(txn_id="z", nanos=0))  # no transaction closes it
    with pytest.raises(CatalogueError, match="no more entries"):
        add(catalogue, entry(nanos=0))


@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["ledger_entries", "ledger_transactions", "audit_log", "statements"])
def test_history_is_append_only(catalogue: Catalogue, statement: str, table: str) -> None:
    log = mm.AuditLog(at=datetime(2026, 7, 1, tzinfo=UTC), action="a", data={}, previous="", hash="h")
    add(catalogue, entry(), entry(nanos=-1), mm.LedgerTransaction(id="x"), log, published())
    with pytest.raises(CatalogueError, match="never changed"), catalogue.session() as session:
        session.execute(text(statement.format(table)))


def published(**changes: Any) -> mm.Statement:
    money = ("opening", "earned", "recouped", "gross_paid", "tax_withheld", "closing", "advance_left")
    values = {"id": "s", "run_id": "r", "recipient_id": "a", "period": "2026-07", "currency": "USD"}
    return mm.Statement(**{**values, **dict.fromkeys(money, Decimal(1)), "net_paid_minor": 100, **changes})


@pytest.mark.parametrize(
    "changes", [{"id": "t"}, {"id": "t", "revision": 0}, {"id": "t", "revision": 2, "net_paid_minor": -1}]
)
def test_a_statement_has_one_row_a_revision_and_is_never_negative(catalogue: Catalogue, changes: Any) -> None:
    add(catalogue, published())
    with pytest.raises(CatalogueError):
        add(catalogue, published(**changes))
    add(catalogue, published(id="t", revision=2, net_paid_minor=-100, reverses="s"))
    with pytest.raises(CatalogueError):
        add(catalogue, published(id="u", revision=3, net_paid_minor=-100, reverses="s"))


def test_times_come_back_in_utc(filled: Catalogue) -> None:
    with filled.session() as session:
        assert session.scalars(select(m.Release.created_at)).one().tzinfo == UTC
