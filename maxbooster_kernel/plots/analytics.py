"""Pictures of what the money says: who, where, how much a thousand streams earn, where it went, what may come.

Tables come from a royalty run and from :mod:`maxbooster_kernel.royalties.analytics`, ``waterfall``, ``anomalies`` and
``forecast``. Amounts are drawn as floats; nothing is computed from the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from maxbooster_kernel.errors import expect
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.plots import theme
from maxbooster_kernel.royalties import analytics
from maxbooster_kernel.royalties.anomalies import Flag
from maxbooster_kernel.royalties.forecast import Forecast
from maxbooster_kernel.royalties.waterfall import Step

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 12
MARKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_FORECAST = "make one: mb.royalties.forecast.forecast(mb.royalties.analytics.trend(breakdown, by=None))"


@checked
def territories(breakdown: Any, *, currency: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw a heat map of revenue by country and month, the countries that earned the most on top."""
    table = analytics.trend(breakdown, by="country", currency=currency)
    code = table.attrs["currency"]
    wide = table.assign(revenue=table["revenue"].astype(float)).pivot_table(
        index="country", columns="period", values="revenue", aggfunc="sum", fill_value=0.0
    )
    wide = wide.loc[wide.sum(axis=1).sort_values(ascending=False).index[:MOST]]
    axes = theme.axes(ax, height_in=1.2 + 0.28 * max(3, len(wide)))
    values = wide.to_numpy()
    top = float(values.max(initial=0.0)) or 1.0
    bar = _heat(
        axes, np.sqrt(np.maximum(values, 0.0) / top), list(wide.columns), [name or "none" for name in wide.index]
    )
    bar.set_ticks(MARKS, labels=[_short(mark * mark * top) for mark in MARKS])
    bar.set_label(f"{code} (square-root scale)", color=theme.current().faint, fontsize=8)
    theme.title(axes, "Revenue by country and month")
    return axes


@checked
def sales_lag(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw a heat map of when each month's sales were accounted for, by months of lag.

    The table is one of :func:`maxbooster_kernel.royalties.lag.sales_lag`; what has no month of a report is left out.
    """
    told = theme.table(table)
    told = told[told["lag_months"].notna()]
    wide = told.assign(lag=told["lag_months"].astype(int), share=told["revenue"].astype(float)).pivot_table(
        index="lag", columns="period", values="share", aggfunc="sum", fill_value=0.0
    )
    lags = range(min(wide.index, default=0), max(wide.index, default=0) + 1)
    wide = wide.reindex(lags, fill_value=0.0)
    whole = np.maximum(wide.clip(lower=0.0).sum().to_numpy(), 1e-12)
    shares = wide.clip(lower=0.0).to_numpy() / whole
    axes = theme.axes(ax, height_in=1.2 + 0.28 * max(3, len(wide)))
    bar = _heat(axes, shares, list(wide.columns), [str(number) for number in wide.index])
    look = theme.current()
    for (row, column), share in np.ndenumerate(shares if wide.shape[1] <= MOST else shares[:, :0]):
        if share >= 0.005:
            colour = look.background if share > 0.45 else look.ink
            axes.annotate(f"{share:.0%}", (column, row), ha="center", va="center", color=colour, fontsize=9)
    bar.set_ticks(MARKS, labels=[f"{mark:.0%}" for mark in MARKS])
    bar.set_label("share of the month's revenue", color=look.faint, fontsize=8)
    axes.set_xlabel("month of sale")
    axes.set_ylabel("months until accounted for")
    theme.title(axes, "How long money is under way")
    return axes


def _heat(axes: Axes, values: Any, columns: Sequence[str], rows: Sequence[str]) -> Any:
    """Draw values from 0 to 1 as a heat map and return its colour bar."""
    look = theme.current()
    image = axes.imshow(values, aspect="auto", cmap=theme.ramp(), vmin=0.0, vmax=1.0)
    _months(axes, columns)
    axes.set_yticks(range(len(rows)), list(rows))
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    bar = axes.figure.colorbar(image, ax=axes, pad=0.01, aspect=12)
    bar.ax.tick_params(colors=look.faint, labelsize=8, length=0)
    bar.outline.set_visible(False)
    return bar


@checked
def top(breakdown: Any, *, by: analytics.By = "track_id", count: int = 10, ax: Axes | None = None) -> Axes:
    """Draw who earned the most, and all others together."""
    table = analytics.top(breakdown, by=by, count=count)[::-1]
    look = theme.current()
    axes = theme.axes(ax, height_in=0.9 + 0.28 * max(3, len(table)))
    values = table["revenue"].astype(float).to_numpy()
    names = [str(name) or "none" for name in table[by]]
    colours = [look.faint if name == analytics.OTHER else look.main for name in names]
    axes.barh(range(len(table)), values, color=colours, height=0.7)
    axes.set_yticks(range(len(table)), names)
    axes.tick_params(length=0)
    for place, (value, share) in enumerate(zip(values, table["share"], strict=True)):
        axes.annotate(
            f" {value:,.2f}  ({share:.0%})", (max(value, 0.0), place), va="center", color=look.ink, fontsize=9
        )
    axes.set_xlim(right=max(float(values.max(initial=0.0)) * 1.22, 1e-9))
    axes.set_xlabel(f"revenue ({table.attrs['currency']})")
    theme.title(axes, f"Most revenue by {by.removesuffix('_id')}")
    return axes


@checked
def pareto(breakdown: Any, *, by: analytics.By = "track_id", ax: Axes | None = None) -> Axes:
    """Draw which share of the revenue the best tracks earned."""
    table = analytics.pareto(breakdown, by=by)
    look = theme.current()
    axes = theme.axes(ax, height_in=3.2)
    across = np.concatenate([[0.0], table["rank_share"].to_numpy()]) * 100.0
    up = np.concatenate([[0.0], table["cumulative_share"].to_numpy()]) * 100.0
    axes.plot([0, 100], [0, 100], color=look.grid, linewidth=1.0)
    axes.plot(across, up, color=look.main, linewidth=2.0, marker="o" if len(table) < 30 else None, markersize=4)
    for text, share in analytics.concentration(breakdown, by=by).items():
        part = float(text.split("_")[1])
        if part < 100.0 / max(len(table), 1):
            continue
        axes.plot([part, part, 0], [0, share * 100, share * 100], color=look.second, linewidth=0.9, linestyle=":")
        axes.annotate(
            f"best {part:.0f} %: {share:.0%}",
            (part, share * 100),
            (6, -12),
            textcoords="offset points",
            color=look.ink,
            fontsize=9,
        )
    axes.set_xlim(0, 100)
    axes.set_ylim(0, max(101.0, float(up.max()) + 1.0))
    axes.set_xlabel(f"share of all {by.removesuffix('_id')}s, best first (%)")
    axes.set_ylabel("share of revenue (%)")
    theme.title(axes, "How few earn how much")
    return axes


@checked
def per_thousand(breakdown: Any, *, by: analytics.By = "platform", ax: Axes | None = None) -> Axes:
    """Draw what a thousand streams earned, month by month."""
    table = analytics.trend(breakdown, by=by)
    look = theme.current()
    axes = theme.axes(ax, height_in=3.2)
    colours = (look.main, look.second, look.third, look.fourth, look.warning, look.ink, look.faint)
    order = table.groupby(by)["streams"].sum().sort_values(ascending=False).index[: len(colours)]
    periods = sorted(set(table["period"]))
    place = {text: number for number, text in enumerate(periods)}
    for colour, name in zip(colours, order, strict=False):
        own = table[(table[by] == name) & table["per_1000"].notna()]
        across = [place[text] for text in own["period"]]
        marker = "o" if len(periods) < 30 else None
        axes.plot(
            across, own["per_1000"].astype(float), color=colour, marker=marker, markersize=4, label=str(name) or "none"
        )
    _months(axes, periods)
    axes.set_ylim(0.0, axes.get_ylim()[1] * 1.05)
    axes.set_ylabel(f"{table.attrs['currency']} per 1,000 streams")
    theme.title(axes, "What a thousand streams earn")
    theme.legend(axes, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return axes


@checked
def ranks(breakdown: Any, *, by: analytics.By = "track_id", count: int = 8, ax: Axes | None = None) -> Axes:
    """Draw who was first, second, third by revenue, month by month."""
    table = analytics.trend(breakdown, by=by)
    wide = table.assign(revenue=table["revenue"].astype(float)).pivot_table(
        index="period", columns=by, values="revenue", aggfunc="sum", fill_value=0.0
    )
    places = wide.rank(axis=1, ascending=False, method="first")
    last = places.iloc[-1].sort_values() if len(places) else places.sum()
    look = theme.current()
    axes = theme.axes(ax, height_in=0.8 + 0.32 * count)
    colours = (look.main, look.second, look.third, look.fourth, look.warning, look.ink, look.faint)
    for number, name in enumerate(last.index[:count]):
        own = places[name].where(places[name] <= count)
        colour = colours[number % len(colours)]
        marker = "o" if len(places) < 30 else None
        axes.plot(range(len(own)), own.to_numpy(), color=colour, linewidth=2.0, marker=marker, markersize=5)
        axes.annotate(
            f" {name or 'none'}", (len(own) - 1, own.iloc[-1]), (4, 0), textcoords="offset points", va="center",
            color=look.ink, fontsize=9, annotation_clip=False,
        )  # fmt: skip
    _months(axes, list(wide.index))
    axes.set_yticks(range(1, min(count, wide.shape[1]) + 1))
    axes.set_ylim(min(count, max(wide.shape[1], 1)) + 0.5, 0.5)
    axes.tick_params(length=0)
    axes.set_ylabel("place")
    theme.title(axes, f"Places by revenue, {by.removesuffix('_id')}s")
    return axes


@checked
def waterfall(steps: Sequence[Step], *, currency: str = "", ax: Axes | None = None) -> Axes:
    """Draw the way from gross to what was paid."""
    expect(steps, Sequence, "a list of steps", "make one: mb.royalties.waterfall.waterfall(result)")  # type: ignore[type-abstract]
    for step in steps:
        expect(step, Step, "a Step", "make them: mb.royalties.waterfall.waterfall(result)")
    look = theme.current()
    axes = theme.axes(ax, height_in=3.4)
    level = 0.0
    for place, step in enumerate(steps):
        amount = float(step.amount)
        base, height = (0.0, amount) if step.kind == "level" else (level, amount)
        colour = look.main if step.kind == "level" else look.third if amount >= 0 else look.second
        axes.bar(place, height, bottom=base, width=0.66, color=colour)
        level = amount if step.kind == "level" else level + amount
        axes.annotate(
            f"{amount:+,.2f}" if step.kind != "level" else f"{amount:,.2f}",
            (place, max(base, base + height)), (0, 3), textcoords="offset points", ha="center", color=look.ink,
            fontsize=9,
        )  # fmt: skip
        if place + 1 < len(steps):
            axes.plot([place + 0.33, place + 0.67], [level, level], color=look.faint, linewidth=0.8)
    axes.axhline(0.0, color=look.grid, linewidth=0.8)
    axes.set_xticks(range(len(steps)), [step.name.replace(" ", "\n") for step in steps])
    axes.tick_params(axis="x", length=0)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.08 * (high - low))
    axes.yaxis.set_major_formatter(lambda value, _: _short(value) if value else "0")
    axes.set_ylabel(currency or "amount")
    theme.title(axes, "From gross to payout")
    return axes


@checked
def forecast(made: Forecast, *, currency: str = "", ax: Axes | None = None) -> Axes:
    """Draw the past and what may come, with its intervals."""
    expect(made, Forecast, "a Forecast", _FORECAST)
    look = theme.current()
    axes = theme.axes(ax, height_in=3.4)
    past = made.history[-36:]
    values = made.values[-36:]
    across = np.arange(len(past))
    ahead = len(past) + np.arange(len(made.periods))
    joined = np.concatenate([[across[-1]], ahead])
    for level in sorted(made.low, reverse=True):
        low, high = (np.concatenate([[values[-1]], bound[level]]) for bound in (made.low, made.high))
        axes.fill_between(joined, low, high, color=look.second, alpha=0.18, linewidth=0, label=f"{level:.0%} interval")
    axes.plot(
        joined,
        np.concatenate([[values[-1]], made.middle]),
        color=look.second,
        linewidth=1.8,
        label=made.method.replace("_", " "),
    )
    axes.plot(across, values, color=look.main, linewidth=1.8, label="revenue")
    texts = [*past, *made.periods]
    _months(axes, texts)
    axes.set_ylim(bottom=min(0.0, float(values.min())))
    axes.set_ylabel(f"revenue ({currency})" if currency else "revenue")
    judged = ", ".join(f"{name.replace('_', ' ')} {value:.2f}" for name, value in made.mase.items())
    theme.title(axes, f"Forecast (error on the past, MASE: {judged})" if judged else "Forecast")
    theme.legend(axes, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return axes


@checked
def flagged(breakdown: Any, found: Sequence[Flag], *, track: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw a track's streams by month with what stands out marked; None takes the track of the highest score."""
    expect(found, Sequence, "a list of flags", "make one: mb.royalties.anomalies.flags(breakdown)")  # type: ignore[type-abstract]
    for flag in found:
        expect(flag, Flag, "a Flag", "make them: mb.royalties.anomalies.flags(breakdown)")
    look = theme.current()
    axes = theme.axes(ax, height_in=3.2)
    marked = [flag for flag in found if track is None or flag.track_id == track]
    chosen = track or (max(marked, key=lambda flag: flag.score).track_id if marked else "")
    _, rows = analytics.exact(breakdown)
    rows = rows[rows["track_id"] == chosen] if chosen else rows
    sums = rows.groupby(["platform", "period"], observed=True)["streams"].sum()
    periods = sorted({str(text) for _, text in sums.index})
    place = {text: number for number, text in enumerate(periods)}
    for colour, (platform, own) in zip(
        (look.main, look.third, look.fourth, look.ink, look.faint), sums.groupby(level=0, observed=True), strict=False
    ):
        across = [place[str(key[1])] for key in own.index]
        axes.plot(across, own.to_numpy().astype(float), color=colour, linewidth=1.6, label=str(platform))
    for flag in marked:
        if flag.track_id == chosen and flag.code == "spike":
            axes.plot(place[flag.period], flag.seen, marker="o", markersize=11, fillstyle="none", color=look.warning)
            axes.annotate(
                f"{flag.seen / max(flag.usual, 1.0):,.0f} times as many", (place[flag.period], flag.seen), (-10, -3),
                textcoords="offset points", ha="right", color=look.warning, fontsize=9,
            )  # fmt: skip
        elif flag.track_id == chosen and flag.period in place:
            axes.axvline(place[flag.period], color=look.warning, linewidth=0.8, linestyle=":")
            axes.annotate(
                flag.code.replace("_", " "), (place[flag.period], 1.0), (3, -10), xycoords=("data", "axes fraction"),
                textcoords="offset points", color=look.warning, fontsize=9,
            )  # fmt: skip
    _months(axes, periods)
    axes.set_ylim(bottom=0.0)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_ylabel("streams")
    theme.title(axes, f"What stands out in {chosen}" if marked else "Nothing stands out")
    theme.legend(axes, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return axes


def _months(axes: Axes, periods: Sequence[str]) -> None:
    """Label a month axis with as many months as can be read."""
    step = -(-len(periods) // 14)
    axes.set_xticks(range(0, len(periods), max(1, step)), list(periods)[:: max(1, step)])
    axes.tick_params(axis="x", rotation=0 if len(periods) < 10 else 60)


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:,.2f}"
