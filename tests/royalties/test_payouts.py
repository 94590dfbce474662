"""Payouts happen once: with failing answers, lost answers, and the process killed at every step."""

from __future__ import annotations

import functools
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from lxml import etree
from sqlalchemy import select, text

from maxbooster_kernel import royalties
from maxbooster_kernel.catalogue import models_money as mm
from maxbooster_kernel.catalogue.store import Catalogue
from maxbooster_kernel.cli.main import run
from maxbooster_kernel.errors import CatalogueError, RoyaltyError
from maxbooster_kernel.royalties import ledger, payouts
from maxbooster_kernel.royalties.providers import CsvFile, Pain001, Stripe
from tests.royalties.stripe_server import FakeStripe

IBANS = {"ada": "DE89370400440532013000", "ben": "GB29NWBK60161331926819"}
STATEMENTS = pd.DataFrame(
    {
        "period": ["2026-07"] * 4,
        "recipient_id": ["ada", "ben", "cy", "dee"],
        "currency": ["USD", "USD", "USD", "JPY"],
        "net_paid_minor": [1134, 324, 0, 500],
    }
)
ACCOUNTS = {"ada": "acct_ada", "ben": "acct_ben", "dee": "acct_dee"}


@pytest.fixture
def server() -> Iterator[FakeStripe]:
    fake = FakeStripe()
    thread = threading.Thread(target=fake.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield fake
    fake.shutdown()
    thread.join()
    fake.server_close()


def sent(server: FakeStripe) -> list[tuple[str, int, str]]:
    return sorted((t["destination"], t["amount"], t["currency"]) for t in server.transfers)


EVERYTHING = [("acct_ada", 1134, "usd"), ("acct_ben", 324, "usd"), ("acct_dee", 500, "jpy")]


def test_a_plan_is_what_the_statements_say() -> None:
    plan = payouts.plan(STATEMENTS, ACCOUNTS)
    assert [row["amount"] for row in plan.preview()] == ["11.34", "3.24", "500"]
    assert plan.totals() == {"USD": 1458, "JPY": 500}
    assert plan == payouts.plan(STATEMENTS.copy(), ACCOUNTS)
    assert plan.digest != payouts.plan(STATEMENTS[:1], ACCOUNTS).digest


def test_nothing_is_sent_without_the_digest_or_by_default(catalogue: Catalogue, server: FakeStripe) -> None:
    plan = payouts.plan(STATEMENTS, ACCOUNTS)
    with pytest.raises(RoyaltyError, match="confirmation"):
        payouts.execute(catalogue, plan, Stripe("sk_test_x", base_url=server.url), confirm="yes")
    assert payouts.execute(catalogue, plan, confirm=plan.digest) == {"planned": 3}
    assert server.transfers == []


def test_running_again_sends_nothing_again(catalogue: Catalogue, server: FakeStripe) -> None:
    plan = payouts.plan(STATEMENTS, ACCOUNTS)
    for _ in range(3):
        provider = Stripe("sk_test_x", base_url=server.url)
        assert payouts.execute(catalogue, plan, provider, confirm=plan.digest) == {"paid": 3}
    assert sent(server) == EVERYTHING
    assert ledger.verify_audit(catalogue) == 4


@pytest.mark.parametrize("fault", ["500 before", "500 after", "lost answer"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_failed_and_lost_answers_pay_once(catalogue: Catalogue, server: FakeStripe, fault: str, place: int) -> None:
    plan = payouts.plan(STATEMENTS, ACCOUNTS)
    server.faults = [""] * place + [fault, "500 before", "500 after"]
    provider = Stripe("sk_test_x", base_url=server.url)
    payouts.execute(catalogue, plan, provider, confirm=plan.digest)
    for _ in range(4):
        states = payouts.execute(catalogue, plan, provider, confirm=plan.digest)
    assert states == {"paid": 3}
    assert sent(server) == EVERYTHING


def test_a_refusal_is_final(catalogue: Catalogue, server: FakeStripe) -> None:
    plan = payouts.plan(STATEMENTS, ACCOUNTS)
    server.faults = ["refused"]
    provider = Stripe("sk_test_x", base_url=server.url)
    for _ in range(2):
        assert payouts.execute(catalogue, plan, provider, confirm=plan.digest) == {"failed": 1, "paid": 2}


NURSERY = """
import json, os, signal, sys, tempfile
import psycopg
from maxbooster_kernel.catalogue.store import Catalogue
from maxbooster_kernel.royalties import payouts
from maxbooster_kernel.royalties.providers import Stripe
rows, accounts = map(json.loads, sys.argv[1:])
Stripe("sk_test_x", base_url="http://127.0.0.1")
payouts.plan(rows, accounts)
with tempfile.TemporaryDirectory() as folder:
    Catalogue.open(folder + "/warm.sqlite")

def work(url, place, deadly):
    count = 0
    def step(name):
        nonlocal count
        count += 1
        if count == deadly:
            os.kill(os.getpid(), signal.SIGKILL)
    plan = payouts.plan(rows, accounts)
    provider = Stripe("sk_test_x", base_url=url)
    states = payouts.execute(Catalogue.open(place), plan, provider, confirm=plan.digest, step=step)
    return 0 if states == {"paid": 3} else 1

for line in sys.stdin:
    child = os.fork()
    if not child:
        os._exit(work(*json.loads(line)))
    print(os.waitpid(child, 0)[1], flush=True)
"""


Talk = Callable[[str, str, int], int]


@pytest.fixture(scope="module")
def nursery() -> Iterator[Talk]:
    """Return a function that pays in a process of its own, which kills itself at a step, and tells how that ended.

    The processes are forked from one that has everything imported and holds no connection.
    """
    command = [sys.executable, "-c", NURSERY, json.dumps(STATEMENTS.to_dict("list")), json.dumps(ACCOUNTS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        talk, listen = running.stdin, running.stdout

        def run_once(url: str, place: str, deadly: int) -> int:
            talk.write(json.dumps([url, place, deadly]) + "\n")
            talk.flush()
            return int(listen.readline())

        yield run_once
        talk.close()


@pytest.fixture
def process(server: FakeStripe, nursery: Talk) -> Callable[[str, int], int]:
    return functools.partial(nursery, server.url)


KILLED, FINE = signal.SIGKILL, 0


def test_killed_at_every_step_pays_once(
    fresh_place: Callable[[], str], server: FakeStripe, process: Callable[[str, int], int]
) -> None:
    for deadly in range(1, 9):
        server.transfers, server.answers = [], {}
        place = fresh_place()
        first = process(place, deadly)
        assert first == (FINE if deadly == 8 else KILLED)  # the store, and send and sent of three transfers
        assert process(place, 0) == FINE
        assert sent(server) == EVERYTHING
        opened = Catalogue.open(place)
        ledger.verify_audit(opened)
        with opened.session() as session:
            assert session.scalars(select(mm.PayoutRun.state)).all() == ["done"]
        opened.engine.dispose()


def test_killed_over_and_over_while_the_provider_fails_pays_once(
    fresh_place: Callable[[], str], server: FakeStripe, process: Callable[[str, int], int]
) -> None:
    server.faults = ["500 after", "lost answer", "500 before", "", "500 before", "lost answer"]
    place = fresh_place()
    for deadly in (2, 3, 4, 5, 3, 4, 6, 2, 0, 0, 0, 0, 0):
        process(place, deadly)
    assert process(place, 0) == FINE
    assert sent(server) == EVERYTHING


def test_only_one_process_pays_at_a_time(catalogue: Catalogue, server: FakeStripe) -> None:
    plan = payouts.plan(STATEMENTS, ACCOUNTS)
    provider = Stripe("sk_test_x", base_url=server.url)
    refused = []

    def meanwhile(name: str) -> None:
        if name == "send":
            with pytest.raises(RoyaltyError, match="another process") as error:
                payouts.execute(catalogue, plan, provider, confirm=plan.digest)
            refused.append(error)
            with pytest.raises(RoyaltyError, match="another process"):
                payouts.reconcile(catalogue, provider, plan.digest)

    assert payouts.execute(catalogue, plan, provider, confirm=plan.digest, step=meanwhile) == {"paid": 3}
    assert len(refused) == 3
    assert sent(server) == EVERYTHING


def test_what_was_not_answered_goes_out_under_the_same_key(catalogue: Catalogue, server: FakeStripe) -> None:
    """A slow provider may be at work on a request nobody waited for: only its own key is safe then."""
    plan = payouts.plan(STATEMENTS[:1], ACCOUNTS)
    provider = Stripe("sk_test_x", base_url=server.url)
    server.faults = ["slow"]
    assert payouts.execute(catalogue, plan, provider, confirm=plan.digest) == {"unknown": 1}
    assert server.transfers == []
    server.hold = False
    assert payouts.execute(catalogue, plan, provider, confirm=plan.digest) == {"paid": 1}
    assert sent(server) == [("acct_ada", 1134, "usd")]
    assert list(server.answers) == [plan.transfers[0].key]


def test_a_missing_account_is_found_before_anything_is_stored(catalogue: Catalogue, server: FakeStripe) -> None:
    plan = payouts.plan(STATEMENTS, {"ada": "acct_ada"})
    provider = Stripe("sk_test_x", base_url=server.url)
    with pytest.raises(RoyaltyError, match="for 'ben'"):
        payouts.execute(catalogue, plan, provider, confirm=plan.digest)
    assert payouts.states(catalogue, plan.digest) == {}


def test_a_refused_payout_can_be_sent_again_when_asked(catalogue: Catalogue, server: FakeStripe) -> None:
    plan = payouts.plan(STATEMENTS, ACCOUNTS)
    provider = Stripe("sk_test_x", base_url=server.url)
    server.faults = ["refused"]
    assert payouts.execute(catalogue, plan, provider, confirm=plan.digest) == {"failed": 1, "paid": 2}
    assert payouts.execute(catalogue, plan, provider, confirm=plan.digest, retry=True) == {"paid": 3}
    assert sent(server) == EVERYTHING
    ledger.verify_audit(catalogue)


def test_another_plan_cannot_pay_the_same_statement(catalogue: Catalogue, tmp_path: Path) -> None:
    plan = payouts.plan(STATEMENTS, ACCOUNTS)
    payouts.execute(catalogue, plan, CsvFile(tmp_path / "a.csv"), confirm=plan.digest)
    other = payouts.plan(STATEMENTS[:1], ACCOUNTS)
    with pytest.raises(RoyaltyError, match="is paid for this period"):
        payouts.execute(catalogue, other, CsvFile(tmp_path / "b.csv"), confirm=other.digest)


def test_live_keys_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STRIPE_API_KEY", raising=False)
    with pytest.raises(RoyaltyError, match="live key"):
        Stripe("sk_live_x", allow_live=True)
    with pytest.raises(RoyaltyError, match="STRIPE_API_KEY"):
        Stripe()


def test_a_bank_file_adds_up_and_is_the_same_again(catalogue: Catalogue, tmp_path: Path) -> None:
    plan = payouts.plan(STATEMENTS[:2], IBANS)
    created = datetime(2026, 8, 1, 12, tzinfo=UTC)
    for _ in range(2):
        bank = Pain001(tmp_path / "p.xml", debtor="North Pier", iban=IBANS["ada"], created=created)
        assert payouts.execute(catalogue, plan, bank, confirm=plan.digest) == {"paid": 2}
    names = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}
    root = etree.parse(tmp_path / "p.xml").getroot()
    amounts = [Decimal(e.text) for e in root.iterfind(".//p:InstdAmt", names)]
    assert root.findtext(".//p:GrpHdr/p:CtrlSum", namespaces=names) == "14.58"
    assert sum(amounts) == Decimal("14.58")
    assert [e.tag.split("}")[1] for e in root[0][1]] == [
        *("PmtInfId", "PmtMtd", "NbOfTxs", "CtrlSum", "ReqdExctnDt", "Dbtr", "DbtrAcct", "DbtrAgt"),
        *("CdtTrfTxInf", "CdtTrfTxInf"),
    ]
    wrong = payouts.plan(STATEMENTS[:2], {**IBANS, "ben": "GB00NWBK60161331926819"})
    mended = Catalogue.open(tmp_path / "d")
    other = Pain001(tmp_path / "q.xml", debtor="North Pier", iban=IBANS["ada"], created=created)
    with pytest.raises(RoyaltyError, match="IBAN"):
        payouts.execute(mended, wrong, other, confirm=wrong.digest)
    assert payouts.execute(mended, plan, other, confirm=plan.digest) == {"paid": 2}  # nothing was stored before


def test_a_changed_audit_log_is_noticed(catalogue: Catalogue) -> None:
    for number in range(3):
        ledger.audit(catalogue, "test", {"number": number})
    assert ledger.verify_audit(catalogue) == 3
    with catalogue.session() as session:
        sqlite = catalogue.engine.dialect.name == "sqlite"
        session.execute(text(f"DROP TRIGGER audit_log_{'no_update' if sqlite else 'append_only ON audit_log'}"))
        session.execute(text("UPDATE audit_log SET action = 'else' WHERE id = 2"))
    with pytest.raises(RoyaltyError, match="row 2"):
        ledger.verify_audit(catalogue)


def test_a_run_is_posted_once_and_sums_to_zero(catalogue: Catalogue) -> None:
    rows = [("t", "spotify", "US", 2777, f"2026-0{m}") for m in (1, 2)]
    lines = pd.DataFrame(rows, columns=["track_id", "platform", "country", "streams", "period"])
    splits = pd.DataFrame({"track_id": ["t", "t"], "recipient_id": ["ada", "ben"], "percentage": ["33.3333", "50"]})
    terms = pd.DataFrame({"recipient_id": ["ada"], "advance": ["5"], "recoup_rate": ["50"], "withholding": ["15"]})
    result = royalties.run(lines, splits, terms=terms)
    posted = ledger.post_run(catalogue, result)
    assert ledger.post_run(catalogue, result) == posted
    balances = ledger.balances(catalogue)
    assert sum(balances.values()) == 0
    closing = result.statements[result.statements["period"] == "2026-02"].set_index("recipient_id")["closing"]
    for name in ("ada", "ben"):
        assert -balances[f"payable:{name}", "USD"] == int(closing[name].scaleb(9))
    assert balances["receivable", "USD"] == 2 * 2777 * 4_000_000
    ledger.reverse(catalogue, posted[1], memo="wrong file")
    assert ledger.balances(catalogue)["receivable", "USD"] == 2777 * 4_000_000
    with pytest.raises(CatalogueError):
        ledger.reverse(catalogue, posted[1], memo="once more")


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAXBOOSTER_DATABASE_URL", str(tmp_path / "c.sqlite"))
    STATEMENTS.to_csv(tmp_path / "s.csv", index=False)
    assert run(["payouts", "plan", str(tmp_path / "s.csv"), "--json"]) == 0
    digest = json.loads(capsys.readouterr().out)["digest"]
    assert run(["payouts", "preview", str(tmp_path / "s.csv")]) == 0
    assert "11.34" in capsys.readouterr().out
    base = ["payouts", "execute", str(tmp_path / "s.csv"), "--confirm"]
    assert run([*base, "no"]) == 1
    assert run([*base, digest, "--json"]) == 0
    assert run([*base, digest, "--provider", "csv"]) == 2
    capsys.readouterr()
    assert run([*base, digest, "--provider", "csv", "--out", str(tmp_path / "bank.csv"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"paid": 3}
    assert (tmp_path / "bank.csv").read_text().count("\n") == 4


def test_published_statements_are_paid_by_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAXBOOSTER_DATABASE_URL", str(tmp_path / "c.sqlite"))
    lines = tmp_path / "l.csv"
    (tmp_path / "s.csv").write_text("track_id,recipient_id,percentage\nt,ada,50\n")
    base = ["royalties", "run", "--lines", str(lines), "--splits", str(tmp_path / "s.csv"), "--json", "--force"]
    base += ["--out", str(tmp_path / "out")]

    def owed(streams: int, *options: str) -> int:
        lines.write_text(f"track_id,platform,country,streams,period\nt,spotify,US,{streams},2026-07\n")
        assert run([*base, *options]) == 0
        capsys.readouterr()
        assert run(["payouts", "plan", "--json"]) == 0
        plan = json.loads(capsys.readouterr().out)
        path = str(tmp_path / f"{streams}.csv")
        execute = ["payouts", "execute", "--confirm", plan["digest"], "--provider", "csv", "--out", path]
        assert not plan["payouts"] or run([*execute, "--json"]) == 0
        return int(sum(plan["totals_minor"].values()))

    assert owed(1000, "--publish") == 200
    assert owed(1000, "--publish") == 0
    assert run([*base, "--publish"]) == 0
    assert owed(1500, "--correction") == 100


@pytest.mark.parametrize(
    ("sums", "period", "said"),
    [(["500"], "2026-13", "expected YYYY-MM"), (["--5"], None, "0 or more"), (["\u00b2"], None, "0 or more")],
)
def test_a_plan_of_no_period_or_no_number_is_refused(sums, period, said):
    table = {"period": ["2026-07"], "recipient_id": ["ada"], "currency": ["USD"], "net_paid_minor": sums}
    with pytest.raises(RoyaltyError, match=said):
        payouts.plan(table, period=period)


@pytest.mark.parametrize("command", ["plan", "preview", "execute --confirm x", "reconcile --confirm x"])
def test_a_catalogue_that_is_not_there_is_not_made_to_owe_nothing(command, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("STRIPE_API_KEY", "sk_test_1")
    assert run(["payouts", *command.split(), "--database", str(tmp_path / "bokks.sqlite")]) == 1
    said = capsys.readouterr()
    assert "there is no catalogue" in said.err
    assert said.out == ""
    assert list(tmp_path.iterdir()) == []
