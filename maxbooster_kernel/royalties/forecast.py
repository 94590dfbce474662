"""What the next months may bring: a damped trend with seasons, judged against the same month a year ago.

Exponential smoothing with an additive damped trend and additive seasons (Hyndman, Koehler, Ord, Snyder, *Forecasting
with Exponential Smoothing*, 2008, model AAdA, table 6.2 for the variance of its forecasts), on logarithms where all
months earned something. It is believed only where it has been better than the seasonal naive forecast (the same month
of the year before): both are judged by forecasting the past from ever later origins (MASE, Hyndman and Koehler 2006).
Forecasts are estimates and therefore floats; no money is computed from them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.errors import RoyaltyError, WrongKindError, kind_of
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.royalties.periods import month, period

Method = Literal["damped_trend", "seasonal_naive", "naive"]
Floats = NDArray[np.float64]
LEVELS = {0.5: 0.6744897501960817, 0.8: 1.2815515655446004, 0.95: 1.959963984540054}
"""Quantiles of the normal distribution by how much of it lies within."""
_START = ((0.2, 0.05, 0.1), (0.5, 0.1, 0.1), (0.5, 0.01, 0.3), (0.8, 0.05, 0.05), (0.1, 0.01, 0.5))
_DAMPING = (0.8, 0.9, 0.98)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """A forecast: its middle, the bounds of its intervals by level, and how its methods did on the past.

    ``mase`` is each method's mean absolute error in the unit of the seasonal naive method's error within the history:
    below that of ``seasonal_naive`` is better. ``covered`` is how much of the past fell into the intervals by level.
    """

    periods: tuple[str, ...]
    middle: Floats
    low: dict[float, Floats]
    high: dict[float, Floats]
    method: Method
    mase: dict[str, float]
    covered: dict[float, float]
    history: tuple[str, ...]
    values: Floats

    def table(self) -> Any:
        """Return the forecast as a DataFrame: ``period, forecast, low_80, high_80...``."""
        import pandas as pd

        bounds = {
            f"{side}_{level * 100:.0f}": getattr(self, side)[level] for level in self.low for side in ("low", "high")
        }
        return pd.DataFrame({"period": self.periods, "forecast": self.middle, **bounds})


@checked
def forecast(
    revenue: Any,
    *,
    months: int = 6,
    season: int = 12,
    levels: Sequence[float] = (0.8, 0.95),
    method: Method | None = None,
) -> Forecast:
    """Return a forecast of monthly revenue.

    Parameters
    ----------
    revenue
        Amount by period: a mapping, or a table with ``period`` and ``revenue`` as :func:`analytics.trend` makes with
        ``by=None``. Months between that are missing count as 0.
    months
        How many months to forecast.
    season
        Months after which the seasons return.
    levels
        How much of the future shall lie within each interval: 0.5, 0.8, 0.95.
    method
        None takes the one with the lower error on the past; ties go to the seasonal naive one.

    Raises
    ------
    RoyaltyError
        There are fewer than three months.
    """
    history, values = _series(revenue)
    if values.size < 3:
        raise RoyaltyError(f"a forecast needs three months of revenue at least, got {values.size}")
    if season < 1:
        raise RoyaltyError(f"expected a season of 1 month or more, got {season}")
    if not 1 <= months <= 60 or set(levels) - set(LEVELS):
        raise RoyaltyError(f"expected 1 to 60 months and levels of {sorted(LEVELS)}, got {months} and {list(levels)}")
    methods: dict[Method, Callable[[Floats, int], tuple[Floats, Floats]]] = {"naive": _naive}
    if values.size >= 2 * season:
        methods = {
            "seasonal_naive": lambda known, ahead: _seasonal_naive(known, ahead, season),
            "damped_trend": lambda known, ahead: _damped_trend(known, ahead, season),
        }
    if method is not None and method not in methods:
        raise RoyaltyError(f"{method} needs {2 * season} months of revenue, got {values.size}")
    mase, covered, widening = _judge(values, methods, months, season, levels)
    names: list[Method] = list(methods)
    best = min(range(len(names)), key=lambda place: (mase.get(names[place], 0.0), place))
    chosen: Method = names[best] if method is None else method
    logarithms = bool((values > 0).all())
    middle, spread = methods[chosen](np.log(values) if logarithms else values, months)
    low, high = _bounds(middle, spread * widening.get(chosen, 1.0), levels)
    back: Callable[[Floats], Floats] = np.exp if logarithms else np.asarray
    first = month(history[-1]) + 1
    return Forecast(
        periods=tuple(period(first + step) for step in range(months)),
        middle=back(middle),
        low={level: back(bound) for level, bound in low.items()},
        high={level: back(bound) for level, bound in high.items()},
        method=chosen,
        mase=mase,
        covered=covered.get(chosen, {}),
        history=history,
        values=values,
    )


def _series(revenue: Any) -> tuple[tuple[str, ...], Floats]:
    if hasattr(revenue, "columns"):
        if {"period", "revenue"} - set(revenue.columns):
            said = f"expected a table with period and revenue, got one with {', '.join(map(str, revenue.columns))}"
            raise RoyaltyError(f"{said}; make one: mb.royalties.analytics.trend(breakdown, by=None)")
        revenue = dict(zip(revenue["period"], revenue["revenue"], strict=True))
    if not isinstance(revenue, Mapping) and not hasattr(revenue, "items"):
        said = f"expected a trend or a dict of revenue by period, got {kind_of(revenue)}"
        raise WrongKindError(f"{said}; make one: mb.royalties.analytics.trend(breakdown, by=None)")
    found = {month(str(text)): float(amount) for text, amount in dict(revenue).items()}
    if not found or min(found) < 0:
        raise RoyaltyError("expected revenue by period YYYY-MM, got a text that is no period, or nothing")
    whole = range(min(found), max(found) + 1)
    return tuple(map(period, whole)), np.array([found.get(number, 0.0) for number in whole])


def _bounds(middle: Floats, spread: Floats, levels: Sequence[float]) -> tuple[dict[float, Floats], dict[float, Floats]]:
    low = {level: middle - LEVELS[level] * spread for level in levels}
    return low, {level: middle + LEVELS[level] * spread for level in levels}


def _naive(known: Floats, ahead: int) -> tuple[Floats, Floats]:
    steps = np.diff(known)
    return np.full(ahead, known[-1]), np.sqrt(np.mean(steps**2) * np.arange(1, ahead + 1))


def _seasonal_naive(known: Floats, ahead: int, season: int) -> tuple[Floats, Floats]:
    steps = known[season:] - known[:-season]
    last = known[-season:]
    middle = last[np.arange(ahead) % season]
    return middle, np.sqrt(np.mean(steps**2) * (np.arange(ahead) // season + 1))


def _damped_trend(known: Floats, ahead: int, season: int) -> tuple[Floats, Floats]:
    from scipy.optimize import minimize

    best: tuple[float, Floats, float] | None = None
    for damping in _DAMPING:
        for start in _START[:2] if damping != 0.9 else _START:
            found = minimize(
                lambda numbers, damping=damping: _smooth(known, season, numbers, damping)[0],
                np.array(start),
                method="Nelder-Mead",
                options={"maxiter": 120, "xatol": 1e-3, "fatol": 1e-6},
            )
            if best is None or found.fun < best[0]:
                best = float(found.fun), np.clip(found.x, 1e-4, 0.9999), damping
    assert best is not None
    _, (alpha, beta, gamma), damping = best
    error, level, slope, seasons = _smooth(known, season, np.array([alpha, beta, gamma]), damping)
    sums = np.cumsum(damping ** np.arange(1, ahead + 1))
    middle = level + slope * sums + seasons[np.arange(ahead) % season]
    # Table 6.2, AAdA: var = sigma^2 (1 + sum of c_j^2), c_j = alpha + beta phi_j + gamma where j is a whole season.
    steps = np.arange(1, ahead)
    weights = alpha + beta * np.cumsum(damping**steps) + gamma * (steps % season == 0)
    sigma2 = error / max(1, known.size - season - 4)
    spread = np.sqrt(sigma2 * (1.0 + np.concatenate([[0.0], np.cumsum(weights**2)])))
    return middle, spread


def _smooth(known: Floats, season: int, numbers: Floats, damping: float) -> tuple[float, float, float, Floats]:
    """Return the sum of squared errors after the first season, and where level, slope and seasons have come to."""
    alpha, beta, gamma = np.clip(numbers, 1e-4, 0.9999)
    beta, gamma = min(beta, alpha), min(gamma, 1.0 - alpha)
    penalty = float(np.sum(np.maximum(numbers - 0.9999, 0.0) + np.maximum(1e-4 - numbers, 0.0)))
    first, second = known[:season].mean(), known[season : 2 * season].mean()
    slope = (second - first) / season
    level = first + slope * (season - 1) / 2.0
    seasons = known[:season] - (first + slope * (np.arange(season) - (season - 1) / 2.0))
    seasons = list(seasons - seasons.mean())
    total = 0.0
    for place in range(season, known.size):
        expected = level + damping * slope + seasons[0]
        error = known[place] - expected
        total += error * error
        level, slope = level + damping * slope + alpha * error, damping * slope + beta * error
        seasons = [*seasons[1:], seasons[0] + gamma * error]
    return total * (1.0 + penalty), level, slope, np.array(seasons)


def _judge(
    values: Floats,
    methods: dict[Method, Callable[[Floats, int], tuple[Floats, Floats]]],
    months: int,
    season: int,
    levels: Sequence[float],
) -> tuple[dict[str, float], dict[str, dict[float, float]], dict[str, float]]:
    """Forecast the past from ever later origins.

    Returns each method's MASE, what its intervals covered, and how much wider than its model says they are made, so
    that the 80 % interval would have covered 80 % of the past.
    """
    least = 2 * season if "damped_trend" in methods else 3
    origins = range(least, values.size)
    origins = origins[-12:]
    lag = season if values.size > season else 1
    unit = float(np.mean(np.abs(values[lag:] - values[:-lag]))) or 1.0
    mase: dict[str, float] = {}
    covered: dict[str, dict[float, float]] = {}
    widening: dict[str, float] = {}
    logarithms = bool((values > 0).all())
    for name, method in methods.items():
        errors: list[float] = []
        ratios: list[float] = []
        for origin in origins:
            known, future = values[:origin], values[origin : origin + months]
            middle, spread = method(np.log(known) if logarithms else known, future.size)
            actual = np.log(future) if logarithms else future
            errors += np.abs(future - (np.exp(middle) if logarithms else middle)).tolist()
            ratios += (np.abs(actual - middle) / np.maximum(spread, 1e-12)).tolist()
        if errors:
            mase[name] = float(np.mean(errors)) / unit
            widening[name] = max(1.0, float(np.quantile(ratios, 0.8)) / LEVELS[0.8])
            hits = np.array(ratios) / widening[name]
            covered[name] = {level: float(np.mean(hits <= LEVELS[level])) for level in levels}
    return mase, covered, widening
