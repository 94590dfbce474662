from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel import money
from maxbooster_kernel.errors import FloatMoneyError, MoneyError, RoyaltyError


def test_case_7_three_thirds_of_seven_streams() -> None:
    assert money.allocate(41_230_000, [333_333, 333_333, 333_334]) == [13743320, 13743319, 13743361]


def test_float_is_refused_as_a_type_error() -> None:
    with pytest.raises(TypeError, match="binary floats"):
        money.to_nanos(0.004)
    assert issubclass(FloatMoneyError, RoyaltyError)


@pytest.mark.parametrize("text", ["0.0000000001", "abc", "NaN", "Infinity", ""])
def test_amounts_that_are_not_nanos_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        money.to_nanos(text)


@pytest.mark.parametrize(("code", "digits"), [("JPY", 0), ("USD", 2), ("EUR", 2), ("KWD", 3), ("CLF", 4)])
def test_minor_units_of_iso_4217(code: str, digits: int) -> None:
    assert money.minor_digits(code) == digits


@pytest.mark.parametrize("code", ["", "usd", "ZZZ", "US"])
def test_unknown_currency_is_refused(code: str) -> None:
    with pytest.raises(MoneyError, match="ISO 4217"):
        money.minor_digits(code)


def test_withholding_of_case_11() -> None:
    assert money.half_even(2525 * 300_000, money.WHOLE) == 758
    assert money.half_even(2525 * 150_000, money.WHOLE) == 379


@given(st.integers(-(10**30), 10**30), st.lists(st.integers(0, 10**12), min_size=1, max_size=9).filter(any))
def test_allocation_conserves_and_is_fair(total: int, weights: list[int]) -> None:
    parts = money.allocate(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * whole - total * weight) < whole
        assert part * total >= 0


@given(st.integers(-(10**30), 10**30))
def test_text_and_decimal_round_trip(nanos: int) -> None:
    assert money.to_nanos(money.format_nanos(nanos)) == nanos
    assert money.to_nanos(money.from_nanos(nanos)) == nanos


@given(st.integers(-(10**20), 10**20), st.integers(1, 10**9))
def test_half_even_is_decimals(numerator: int, denominator: int) -> None:
    from fractions import Fraction

    assert money.half_even(numerator, denominator) == round(Fraction(numerator, denominator))


@given(st.integers(-(10**15), 10**15), st.sampled_from(["JPY", "USD", "KWD"]))
def test_truncation_goes_toward_zero(nanos: int, currency: str) -> None:
    cut = money.truncate(nanos, currency)
    assert cut % money.minor_unit(currency) == 0
    assert abs(cut) <= abs(nanos) < abs(cut) + money.minor_unit(currency)
    assert Decimal(cut) * nanos >= 0
