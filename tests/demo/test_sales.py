"""The demo's sales: exactly as many lines as asked, the same every time, a long tail, a few lines wrong."""

import pytest

from maxbooster_kernel.demo.release import isrc
from maxbooster_kernel.demo.sales import COUNTRIES, PERIODS, PLATFORMS, WRONG_LINES, sales, splits, terms, write_sales
from maxbooster_kernel.errors import OutputExistsError, RoyaltyError


@pytest.fixture(scope="module")
def table():
    return sales()


def test_a_hundred_thousand_lines_in_the_contracts_columns(table):
    assert list(table.columns) == ["track_id", "platform", "country", "streams", "period"]
    assert len(table) == 100_000
    assert table.equals(sales())
    assert not table.equals(sales(seed=1))


def test_wrong_lines_are_few_and_of_each_kind(table):
    bad_platform = ~table["platform"].isin(list(PLATFORMS))
    bad_streams = ~table["streams"].str.fullmatch(r"-?\d+")
    bad_period = ~table["period"].isin(PERIODS)
    assert (bad_platform | bad_streams | bad_period).sum() == WRONG_LINES
    assert bad_platform.sum() == 20
    assert bad_streams.sum() == bad_period.sum() == 10
    assert (table["platform"] == "tidalwave").sum() == 10


def test_every_period_platform_and_country_sells(table):
    good = table[table["streams"].str.fullmatch(r"-?\d+")]
    assert set(PERIODS) <= set(good["period"])
    assert set(PLATFORMS) <= set(good["platform"])
    assert set(COUNTRIES) | {""} == set(good["country"])
    assert set(good["track_id"]) == {isrc(1), isrc(2), isrc(3)}


def test_the_tail_is_long(table):
    streams = table["streams"][table["streams"].str.fullmatch(r"\d+")].astype(int).sort_values(ascending=False)
    assert (
        streams.head(len(streams) // 100).sum() > 0.2 * streams.sum()
    )  # a hundredth of the lines, a fifth of the plays
    assert streams.median() < 0.3 * streams.mean()
    assert (table["streams"].str.startswith("-")).sum() > 10


def test_splits_change_in_july_and_one_track_is_not_shared_out():
    from decimal import Decimal

    shares = splits()
    for number, month, total in [(1, "2026-06", 100), (1, "2026-07", 100), (2, "2026-01", 100), (3, "2026-01", 95)]:
        rows = shares[
            (shares["track_id"] == isrc(number))
            & (shares["valid_from"] <= month)
            & ((shares["valid_to"] == "") | (shares["valid_to"] > month))
        ]
        assert sum(map(Decimal, rows["percentage"])) == total
    assert len(splits(tracks=1)) == 6
    assert set(terms()["recipient_id"]) == set(shares["recipient_id"])


def test_files_come_back(tmp_path, table):
    import pandas as pd

    paths = write_sales(tmp_path, lines=500)
    back = pd.read_csv(paths["lines"], dtype=str, keep_default_na=False)
    assert back.equals(sales(500).astype(back.dtypes.to_dict()))
    with pytest.raises(OutputExistsError):
        write_sales(tmp_path, lines=500, force=False)


def test_small_tables_work_and_none_does_not():
    assert len(sales(1)) == 1
    assert set(sales(300, tracks=1)["track_id"]) == {isrc(1)}
    with pytest.raises(RoyaltyError, match="at least one line"):
        sales(0)
