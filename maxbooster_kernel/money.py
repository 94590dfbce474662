"""Money as integers: nanos (1e-9 of a currency unit) inside, Decimal at the border, float never.

Conventions
-----------
* A *nano* is 1e-9 of the currency's unit: 1 USD = 1,000,000,000 nanos.
* A *minor unit* is the smallest amount that can be paid: a cent, a yen, a fils (ISO 4217).
* A *ppm* is a millionth of the whole: 100 % = 1,000,000 ppm, so percentages carry four decimals.
* Sums are split by the method of largest remainders: the parts always add up to the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact, InvalidOperation, localcontext
from functools import lru_cache

from maxbooster_kernel.errors import FloatMoneyError, MoneyError

NANO = 1_000_000_000
"""Nanos in one unit of a currency."""
WHOLE = 1_000_000
"""Parts per million in 100 %."""

LARGEST = 10**36
"""What an amount in nanos stays below: 10^27 units, so that sums of many keep to the 38 digits of the tables."""

EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN, traps=[Inexact, InvalidOperation])
"""Decimal context in which a result that had to be rounded raises."""

_ZERO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_DECIMALS = "CLF UYW"
_EXCEPTIONS = {
    **dict.fromkeys(_ZERO_DECIMALS.split(), 0),
    **dict.fromkeys(_THREE_DECIMALS.split(), 3),
    **dict.fromkeys(_FOUR_DECIMALS.split(), 4),
}


def to_decimal(value: Decimal | int | str, *, what: str = "amount") -> Decimal:
    """Return ``value`` as a finite Decimal; floats are refused.

    >>> to_decimal("0.0062")
    Decimal('0.0062')
    """
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise FloatMoneyError(
            f"{what}: expected Decimal, int or text, got {type(value).__name__} {value!r}; "
            "binary floats cannot hold decimal money, give text such as '0.004'"
        )
    try:
        number = Decimal(value.strip() if isinstance(value, str) else value)
    except InvalidOperation:
        raise MoneyError(f"{what}: expected a decimal number, got {value!r}") from None
    if not number.is_finite():
        raise MoneyError(f"{what}: expected a finite number, got {value!r}")
    return number


def to_nanos(value: Decimal | int | str, *, what: str = "amount") -> int:
    """Return an amount in nanos, exactly.

    Raises
    ------
    FloatMoneyError
        ``value`` is a float.
    MoneyError
        ``value`` is not a number, has more than nine decimals or is not below 10^27.

    Examples
    --------
    >>> to_nanos("0.00589")
    5890000
    """
    nanos = scaled(value, 9, what=what)
    if abs(nanos) >= LARGEST:
        raise MoneyError(f"{what}: expected an amount below 10^27, got {value}")
    return nanos


def exact_nanos(value: Decimal) -> int:
    """Return the nanos of an amount of a table, whatever decimal context is set.

    >>> exact_nanos(Decimal("12345678901234567890.123456789"))
    12345678901234567890123456789
    """
    return int(value.scaleb(9, EXACT))


def to_ppm(percent: Decimal | int | str, *, what: str = "percentage") -> int:
    """Return a percentage in parts per million, exactly.

    >>> to_ppm("33.3333")
    333333
    """
    return scaled(percent, 4, what=what)


def scaled(value: Decimal | int | str, decimals: int, *, what: str) -> int:
    """Return ``value * 10**decimals`` as an integer, or raise if that is not a whole number."""
    number = to_decimal(value, what=what)
    with localcontext(EXACT):
        try:
            return int(number.scaleb(decimals).to_integral_exact())
        except (Inexact, InvalidOperation):
            raise MoneyError(f"{what}: expected at most {decimals} decimals, got {number}") from None


def add_up(amounts: Iterable[Decimal]) -> Decimal:
    """Return the sum of amounts, exactly, whatever decimal context is set.

    >>> add_up([Decimal("0.1"), Decimal("0.2")])
    Decimal('0.3')
    """
    with localcontext(EXACT):
        return sum(amounts, Decimal(0))


def from_nanos(nanos: int) -> Decimal:
    """Return nanos as a Decimal with nine places.

    >>> from_nanos(11_347_000_000)
    Decimal('11.347000000')
    """
    return Decimal(format_nanos(nanos))


def format_nanos(nanos: int) -> str:
    """Return nanos as a decimal string with exactly nine places.

    >>> format_nanos(-1)
    '-0.000000001'
    """
    whole, rest = divmod(abs(nanos), NANO)
    return f"{'-' if nanos < 0 else ''}{whole}.{rest:09d}"


@lru_cache(maxsize=256)
def minor_digits(currency: str) -> int:
    """Return how many decimals a payment in ``currency`` has (ISO 4217, list one).

    >>> [minor_digits(code) for code in ("JPY", "USD", "KWD")]
    [0, 2, 3]
    """
    if currency in _EXCEPTIONS:
        return _EXCEPTIONS[currency]
    import pycountry

    if len(currency) != 3 or not currency.isupper() or pycountry.currencies.get(alpha_3=currency) is None:
        raise MoneyError(f"currency: expected an ISO 4217 code such as USD, got {currency!r}")
    return 2


def minor_unit(currency: str) -> int:
    """Return the smallest payable amount of ``currency`` in nanos.

    >>> minor_unit("USD")
    10000000
    """
    return int(10 ** (9 - minor_digits(currency)))


def truncate(nanos: int, currency: str) -> int:
    """Return nanos cut toward zero to the currency's minor unit, in nanos.

    >>> truncate(11_347_000_000, "USD"), truncate(-11_347_000_000, "USD")
    (11340000000, -11340000000)
    """
    unit = minor_unit(currency)
    whole = abs(nanos) // unit * unit
    return whole if nanos >= 0 else -whole


def half_even(numerator: int, denominator: int) -> int:
    """Return ``numerator / denominator`` rounded to a whole number, halves to the even one.

    >>> half_even(5, 2), half_even(7, 2), half_even(-5, 2)
    (2, 4, -2)
    """
    quotient, rest = divmod(numerator, denominator)
    twice = 2 * rest
    return quotient + (twice > denominator or (twice == denominator and quotient % 2 == 1))


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split ``total`` by weights so that the parts add up to it exactly.

    Parameters
    ----------
    total
        What to split, any integer (nanos).
    weights
        Non-negative integers, not all zero.

    Returns
    -------
    list of int
        One part a weight. ``|total| * w / W`` is rounded down and what is left over goes, one nano each,
        to the largest remainders, ties to the lower position; the sign is restored at the end.

    Examples
    --------
    >>> allocate(41_230_000, [333_333, 333_333, 333_334])
    [13743320, 13743319, 13743361]
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise MoneyError(f"weights: expected non-negative integers with a positive sum, got {list(weights)!r}")
    parts = [abs(total) * weight // whole for weight in weights]
    remainders = [abs(total) * weight % whole for weight in weights]
    left = abs(total) - sum(parts)
    for position in sorted(range(len(weights)), key=lambda place: (-remainders[place], place))[:left]:
        parts[position] += 1
    return parts if total >= 0 else [-part for part in parts]
