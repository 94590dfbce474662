"""The hand-worked cases of the facts, and random runs against independent integers."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel import royalties
from maxbooster_kernel.errors import FloatMoneyError, MoneyError, RoyaltyError
from maxbooster_kernel.royalties.waterfall import waterfall

SEVENTY = [("a", "70"), ("b", "20"), ("c", "10")]


def lines(*rows: tuple[Any, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["track_id", "platform", "country", "streams", "period"])


def splits(*rows: tuple[str, ...]) -> pd.DataFrame:
    names = ["track_id", "recipient_id", "percentage", "valid_from", "valid_to"]
    return pd.DataFrame([(*row, "", "")[:5] for row in rows], columns=names)


def one_track(shares: list[tuple[str, str]]) -> pd.DataFrame:
    return splits(*[("t", recipient, percentage) for recipient, percentage in shares])


def texts(frame: pd.DataFrame, column: str) -> list[str]:
    return [format(value, "f") for value in frame[column]]


FIVE = [
    ("t", "spotify", "US", 1000, "2026-07"),
    ("t", "appleMusic", "UK", 1000, "2026-07"),
    ("t", "amazonMusic", "IN", 1000, "2026-07"),
    ("t", "youtubeMusic", "BR", 1000, "2026-07"),
    ("t", "spotify", "DE", 1000, "2026-07"),
]


@pytest.mark.parametrize(
    ("line", "earnings"),
    list(zip(FIVE, ["4.000000000", "5.890000000", "2.640000000", "1.680000000", "2.000000000"], strict=True)),
)
def test_cases_1_to_5_one_line(line: tuple[Any, ...], earnings: str) -> None:
    assert texts(royalties.run(lines(line), one_track(SEVENTY)).tracks, "earnings") == [earnings]


def test_cases_1_to_5_together() -> None:
    result = royalties.run(lines(*FIVE), one_track(SEVENTY))
    assert texts(result.tracks, "earnings") == ["16.210000000"]
    assert texts(result.payouts, "amount") == ["11.347000000", "3.242000000", "1.621000000"]
    assert result.statements["net_paid_minor"].tolist() == [1134, 324, 162]
    assert texts(result.statements, "closing") == ["0.007000000", "0.002000000", "0.001000000"]


def test_case_6_every_platform_and_country() -> None:
    places = ["US", "UK", "CA", "IN", "BR", "DE"]
    rows = [
        ("t", p, c, 1000, "2026-07") for p in ("spotify", "appleMusic", "amazonMusic", "youtubeMusic") for c in places
    ]
    result = royalties.run(lines(*rows), one_track(SEVENTY))
    assert texts(result.tracks, "earnings") == ["95.200000000"]
    assert texts(result.payouts, "amount") == ["66.640000000", "19.040000000", "9.520000000"]


def test_case_7_ties_go_to_the_lower_position() -> None:
    thirds = one_track([("a", "33.3333"), ("b", "33.3333"), ("c", "33.3334")])
    result = royalties.run(lines(("t", "appleMusic", "UK", 7, "2026-07")), thirds)
    assert texts(result.payouts, "amount") == ["0.013743320", "0.013743319", "0.013743361"]


def test_case_8_no_cent_is_invented() -> None:
    money = pd.DataFrame(
        [("t", "any store", "US", 10, "2026-07", "0.05", "USD")],
        columns=["track_id", "platform", "country", "streams", "period", "amount", "currency"],
    )
    result = royalties.run(money, one_track([("a", "50"), ("b", "50")]))
    assert texts(result.payouts, "amount") == ["0.025000000", "0.025000000"]
    assert result.statements["net_paid_minor"].tolist() == [2, 2]
    assert texts(result.statements, "closing") == ["0.005000000", "0.005000000"]


def test_case_9_recoupment() -> None:
    rows = [("t", "appleMusic", "US", 1000, month) for month in ("2026-07", "2026-08")]
    terms = pd.DataFrame({"recipient_id": ["a"], "advance": ["10"], "recoup_rate": ["100"], "currency": ["USD"]})
    result = royalties.run(lines(*rows), one_track([("a", "100")]), terms=terms)
    assert texts(result.statements, "recouped") == ["6.200000000", "3.800000000"]
    assert texts(result.statements, "gross_paid") == ["0.000000000", "2.400000000"]
    assert texts(result.statements, "advance_left") == ["3.800000000", "0.000000000"]


def test_case_10_negative_balances_are_carried() -> None:
    rows = [("t", "spotify", "US", streams, f"2026-0{i}") for i, streams in enumerate([1000, -2500, 5000], 1)]
    result = royalties.run(lines(*rows), one_track([("a", "100")]))
    assert result.statements["net_paid_minor"].tolist() == [400, 0, 1000]
    assert texts(result.statements, "closing") == ["0.000000000", "-10.000000000", "0.000000000"]


@pytest.mark.parametrize(("percent", "tax", "net"), [("30", "7.580000000", 1767), ("15", "3.790000000", 2146)])
def test_case_11_withholding(percent: str, tax: str, net: int) -> None:
    terms = pd.DataFrame({"recipient_id": ["a"], "withholding": [percent], "opening": ["25.25"]})
    result = royalties.run(lines(("t", "spotify", "US", 0, "2026-07")), one_track([("a", "100")]), terms=terms)
    assert texts(result.statements, "tax_withheld") == [tax]
    assert result.statements["net_paid_minor"].tolist() == [net]


def test_minimum_payout_carries() -> None:
    rows = [("t", "spotify", "US", 1500, f"2026-0{i}") for i in range(1, 4)]
    terms = pd.DataFrame({"recipient_id": ["a"], "minimum_payout": ["10"]})
    result = royalties.run(lines(*rows), one_track([("a", "100")]), terms=terms)
    assert result.statements["net_paid_minor"].tolist() == [0, 1200, 0]
    assert texts(result.statements, "opening") == ["0.000000000", "6.000000000", "0.000000000"]


def test_small_lines_lose_nothing() -> None:
    rows = [("t", "spotify", "US", i % 3 + 1, "2026-07") for i in range(100_000)]
    result = royalties.run(lines(*rows), one_track([("a", "100")]))
    assert texts(result.tracks, "earnings") == [format(Decimal("0.004") * sum(r[3] for r in rows), ".9f")]


def test_zero_multiplier_is_zero_and_the_default_is_half() -> None:
    result = royalties.run(
        lines(("t", "spotify", "XX", 1000, "2026-07"), ("t", "spotify", None, 1000, "2026-07")),
        one_track([("a", "100")]),
        multipliers=pd.DataFrame({"country": ["XX"], "multiplier": ["0"]}),
    )
    assert texts(result.breakdown, "earnings") == ["2.000000000", "0.000000000"]
    assert result.breakdown["country"].tolist() == ["", "XX"]


def test_alias_is_applied_only_when_asked() -> None:
    line = lines(("t", "spotify", "GB", 1000, "2026-07"))
    assert texts(royalties.run(line, one_track(SEVENTY)).tracks, "earnings") == ["2.000000000"]
    aliased = royalties.run(line, one_track(SEVENTY), country_alias={"GB": "UK"})
    assert texts(aliased.tracks, "earnings") == ["3.800000000"]
    assert aliased.breakdown["country"].tolist() == ["UK"]


def test_rejected_lines_have_reasons_and_do_not_count() -> None:
    rates = pd.DataFrame(
        {"platform": ["spotify", "tidal"], "period": [None, "2026-08"], "rate": ["0.004", "0.01"]}, dtype="str"
    )
    result = royalties.run(
        lines(
            ("t", "spotify", "US", "10", "2026-07"),
            ("t", "deezer", "US", "10", "2026-07"),
            ("t", "tidal", "US", "10", "2026-07"),
            ("t", "spotify", "US", "1.5", "2026-07"),
            ("t", "spotify", "US", "10", "2026-13"),
            ("t", "tidal", "US", "10", "2026-08"),
        ),
        one_track([("a", "100")]),
        rates,
    )
    assert result.rejected["line"].tolist() == [1, 2, 3, 4]
    assert result.rejected["reason"].tolist() == ["unknown_platform", "no_rate_for_period", "bad_streams", "bad_period"]
    assert texts(result.tracks, "earnings") == ["0.040000000", "0.100000000"]
    assert result.summary()["rejected"]["unknown_platform"] == {"lines": 1, "streams": 10}


def test_faulty_splits_keep_the_pool_unallocated() -> None:
    sub = pd.DataFrame({"recipient_id": ["x", "y"], "to": ["y", "x"], "percentage": ["50", "50"]})
    result = royalties.run(
        lines(
            *[(track, "spotify", "US", 1000, "2026-07") for track in ("cycle", "fine", "minus", "none", "over", "thin")]
        ),
        splits(
            ("over", "a", "60"),
            ("over", "b", "60"),
            ("minus", "a", "-1"),
            ("thin", "a", "33.33333"),
            ("cycle", "x", "10"),
            ("fine", "c", "25"),
        ),
        sub_splits=sub,
    )
    assert list(zip(result.errors["track_id"], result.errors["error"], strict=True)) == [
        ("cycle", "split_cycle"),
        ("minus", "split_not_positive"),
        ("over", "splits_exceed_100"),
        ("thin", "split_precision"),
    ]
    assert texts(result.unallocated, "amount") == ["4.000000000", "3.000000000", *["4.000000000"] * 4]
    assert result.payouts["recipient_id"].tolist() == ["c"]


def test_splits_hold_for_their_own_periods() -> None:
    result = royalties.run(
        lines(*[("t", "spotify", "US", 1000, f"2026-0{i}") for i in range(1, 4)]),
        splits(("t", "a", "100", "", "2026-02"), ("t", "b", "100", "2026-02", "2026-03")),
    )
    assert list(zip(result.payouts["period"], result.payouts["recipient_id"], strict=True)) == [
        ("2026-01", "a"),
        ("2026-02", "b"),
    ]
    assert texts(result.unallocated, "amount") == ["4.000000000"]


@pytest.mark.parametrize("kind", ["int32", "int64", "int16"])
@pytest.mark.parametrize("least", [1, 0, -5])
def test_tracks_whose_streams_come_to_nothing_are_there(kind: str, least: int) -> None:
    """Counts above zero are summed by a kernel of their own, which leaves it to the sums to say who had lines."""
    rows = lines(
        (0, "spotify", "US", 5, "2026-07"), (2, "spotify", "US", least, "2026-07"), (0, "spotify", "US", -5, "2026-07")
    )
    rows = rows.astype({"streams": kind, "track_id": "int32"})
    shares = splits(("0", "a", "100"), ("2", "a", "100"))
    both = royalties.run(rows, shares)
    assert both.tracks["track_id"].tolist() == ["0", "2"]
    assert both.tracks["streams"].tolist() == [0, least]
    positive = royalties.run(rows[rows["streams"] > 0], shares)
    assert positive.tracks["streams"].tolist() == [5, *([least] if least > 0 else [])]
    negative = royalties.run(rows.assign(track_id=[-1, 2, -1]), shares)
    assert negative.tracks["track_id"].tolist() == ["-1", "2"]


def test_a_split_that_ends_before_it_begins_is_refused_with_its_place() -> None:
    good = ("t", "a", "50", "2026-07", "2026-08")
    with pytest.raises(RoyaltyError, match=r"splits, row 1: .* before valid_from, 2026-07, got 2026-01"):
        royalties.run(lines(*FIVE), splits(good, ("t", "b", "50", "2026-07", "2026-01"), good))
    empty = ("t", "b", "50", "2026-07", "2026-07")  # half-open: no month at all, and no contradiction
    assert texts(royalties.run(lines(*FIVE), splits(good, empty)).payouts, "amount") == ["8.105000000"]


def test_floats_are_refused_as_money() -> None:
    with pytest.raises(FloatMoneyError, match="dtype=str"):
        royalties.run(lines(FIVE[0]), one_track(SEVENTY), pd.DataFrame({"platform": ["spotify"], "rate": [0.004]}))
    money = lines(FIVE[0]).assign(amount=[0.05], currency=["USD"])
    with pytest.raises(FloatMoneyError):
        royalties.run(money, one_track(SEVENTY))


def test_a_price_finer_than_a_nano_is_refused_when_it_is_used() -> None:
    rates = {"spotify": "0.000000001", "deezer": "0.004"}
    royalties.run(lines(("t", "deezer", "DE", 1, "2026-07")), one_track(SEVENTY), rates)
    with pytest.raises(MoneyError, match="nine decimals"):
        royalties.run(lines(("t", "spotify", "DE", 1, "2026-07")), one_track(SEVENTY), rates)


def test_nothing_wraps_beyond_64_bits() -> None:
    huge = 4 * 10**18 // 10
    rows = [("t", "spotify", "US", huge, "2026-07")] * 5 + [("t", "spotify", "US", 10**12, "2026-07")] * 5
    result = royalties.run(lines(*rows), one_track([("a", "33.3333"), ("b", "66.6667")]))
    total = (5 * huge + 5 * 10**12) * 4_000_000
    assert int(result.tracks["earnings"][0].scaleb(9)) == total
    amounts = [int(value.scaleb(9)) for value in result.payouts["amount"]]
    assert sum(amounts) == total
    assert texts(result.breakdown, "earnings") == texts(result.tracks, "earnings")
    assert result.statements["net_paid_minor"].sum() == total // 10**7


def test_artist_by_column_and_by_split() -> None:
    rows = lines(("t", "spotify", "US", 1000, "2026-07"), ("u", "spotify", "US", 1000, "2026-07"))
    both = splits(("t", "a", "100"), ("u", "b", "100"))
    assert royalties.run(rows, both, artist="b").tracks["track_id"].tolist() == ["u"]
    named = rows.assign(artist_id=["x", "y"])
    assert royalties.run(named, both, artist="x").tracks["track_id"].tolist() == ["t"]
    with pytest.raises(RoyaltyError, match="no split names"):
        royalties.run(rows, both, artist="nobody")


def test_several_currencies_stay_apart() -> None:
    money = pd.DataFrame(
        {
            "track_id": ["t", "t", "t"],
            "platform": ["s"] * 3,
            "country": ["US"] * 3,
            "streams": [1, 1, 1],
            "period": ["2026-07"] * 3,
            "amount": [Decimal("1.10"), Decimal("2.20"), Decimal("100.7")],
            "currency": ["USD", "EUR", "JPY"],
        }
    )
    result = royalties.run(money, one_track([("a", "100")]))
    assert result.payouts["currency"].tolist() == ["EUR", "JPY", "USD"]
    assert result.statements["net_paid_minor"].tolist() == [220, 100, 110]
    assert texts(result.statements, "closing") == ["0.000000000", "0.700000000", "0.000000000"]


TRACKS, PEOPLE = ["t1", "t2", "t10"], ["a", "b", "c", "d"]
LINE = st.fixed_dictionaries(
    {
        "track_id": st.sampled_from(TRACKS),
        "platform": st.sampled_from(["spotify", "appleMusic", "amazonMusic", "deezer"]),
        "country": st.sampled_from(["US", "UK", "DE", "IN", ""]),
        "streams": st.one_of(st.integers(-(10**6), 10**9).map(str), st.sampled_from(["x", "1.5", ""])),
        "period": st.sampled_from(["2026-01", "2026-02", "2026-03", "2026-00", "soon"]),
    }
)
PERCENT = st.one_of(
    st.integers(1, 500_000).map(lambda n: str(Decimal(n) / 10_000)), st.sampled_from(["0", "-5", "0.00001"])
)
SPLIT = st.fixed_dictionaries(
    {
        "track_id": st.sampled_from(TRACKS),
        "recipient_id": st.sampled_from(PEOPLE),
        "percentage": PERCENT,
        "valid_from": st.sampled_from(["", "2026-01", "2026-02"]),
        "valid_to": st.sampled_from(["", "2026-02", "2026-03"]),
    }
)
SUB = st.fixed_dictionaries(
    {"recipient_id": st.sampled_from(PEOPLE), "to": st.sampled_from([*PEOPLE, "e"]), "percentage": PERCENT}
)


@given(st.lists(LINE, max_size=30), st.lists(SPLIT, max_size=8), st.lists(SUB, max_size=3))
def test_random_runs_equal_independent_integers(independent: Any, rows: Any, shares: Any, sub: Any) -> None:
    expected = independent.run(rows, shares, sub)
    result = royalties.run(
        pd.DataFrame(rows, columns=["track_id", "platform", "country", "streams", "period"], dtype="str"),
        pd.DataFrame(shares, columns=["track_id", "recipient_id", "percentage", "valid_from", "valid_to"], dtype="str"),
        sub_splits=pd.DataFrame(sub, columns=["recipient_id", "to", "percentage"], dtype="str"),
        threads=2,
    )
    for name in ("tracks", "breakdown", "rejected", "errors", "unallocated", "payouts"):
        assert independent.rows(result, name) == getattr(expected, name), name
    given_out = sum(int(a.scaleb(9)) for a in result.payouts["amount"]) + sum(
        int(a.scaleb(9)) for a in result.unallocated["amount"]
    )
    assert given_out == expected.total


def test_amounts_are_exact_whatever_decimal_context_is_set(tmp_path):
    """A notebook may have set another precision; and amounts may have more digits than Python's own 28."""
    terms = pd.DataFrame({"recipient_id": ["a"], "advance": ["12345678901234567890123.123456789"]})

    def written(name: str) -> list[bytes]:
        result = royalties.run(lines(*FIVE), one_track(SEVENTY), terms=terms)
        result.write(tmp_path / name)
        told = str(result.explain("a", "2026-07")), [str(step.amount) for step in waterfall(result)]
        tables = (tmp_path / name / f"{table}.csv" for table in ("payouts", "statements"))
        return [repr(told).encode(), *(table.read_bytes() for table in tables)]

    usual = written("usual")
    with localcontext(prec=4):
        assert written("short") == usual
    assert b"12345678901234567890111.776456789" in usual[-1]  # less 70 % of 16.21, recouped whole


@pytest.mark.parametrize("advance", ["1e27", "1e400", "123456789012345678901234567890"])
def test_an_amount_that_no_table_can_hold_is_refused(advance):
    terms = pd.DataFrame({"recipient_id": ["a"], "advance": [advance]})
    with pytest.raises(MoneyError, match=r"terms, row 0, advance: expected an amount below 10\^27"):
        royalties.run(lines(*FIVE), one_track(SEVENTY), terms=terms)
