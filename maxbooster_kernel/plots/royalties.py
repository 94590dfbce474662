"""Pictures of money: where revenue comes from, and where it goes.

Every function takes a table of a royalty run (``result.breakdown``, ``result.statements``) and draws on ``ax``.
Amounts are drawn as floats; nothing is computed from the picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from maxbooster_kernel.errors import RoyaltyError
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.plots import theme

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

TOP = 7


@checked
def revenue(
    breakdown: pd.DataFrame, *, by: str = "platform", currency: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw revenue by platform (or country, or track): bars over the periods, stacked.

    Parameters
    ----------
    breakdown
        Columns ``period, currency, earnings`` and the one named by ``by``.
    by
        ``platform``, ``country`` or ``track_id``; beyond seven, the smallest are drawn as "other".
    currency
        Which currency to draw; None takes the one with the most rows.
    ax
        Where to draw; None makes a figure.

    Returns
    -------
    Axes
        The axes drawn on.
    """
    code, rows = _one_currency(breakdown, currency)
    if by not in rows:
        raise RoyaltyError(f"expected a column of the breakdown, {', '.join(rows.columns)}, got {by!r}")
    table = rows.assign(earnings=rows["earnings"].astype(float)).pivot_table(
        index="period", columns=by, values="earnings", aggfunc="sum", fill_value=0.0, observed=True
    )
    table = _with_other(table)
    axes = theme.axes(ax, height_in=3.6)
    places = np.arange(len(table))
    up, down = np.zeros(len(table)), np.zeros(len(table))
    for colour, name in zip(_colours(), table.columns, strict=False):
        values = table[name].to_numpy()
        base = np.where(values >= 0, up, down)
        axes.bar(places, values, bottom=base, width=0.72, color=colour, label=str(name) or "none")
        up, down = up + np.maximum(values, 0), down + np.minimum(values, 0)
    axes.set_xticks(places, list(table.index))
    axes.set_xlim(-0.8, max(len(table), 3) - 0.2)
    axes.tick_params(axis="x", rotation=0 if len(table) < 10 else 60)
    axes.set_ylabel(f"revenue ({code})")
    theme.title(axes, f"Revenue by {by.removesuffix('_id')}")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}" if up.max(initial=0) >= 10 else f"{value:,.2f}")
    if len(table.columns):
        theme.legend(axes, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    _plain(axes)
    return axes


@checked
def payouts(statements: pd.DataFrame, *, currency: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw what each recipient was paid over all periods, and what is carried on.

    Parameters
    ----------
    statements
        Columns ``period, recipient_id, currency, gross_paid, closing`` of a run.
    currency
        Which currency to draw; None takes the one with the most rows.
    ax
        Where to draw; None makes a figure.

    Returns
    -------
    Axes
        The axes drawn on.
    """
    code, rows = _one_currency(statements, currency)
    rows = rows.assign(paid=rows["gross_paid"].astype(float), left=rows["closing"].astype(float))
    groups = rows.sort_values("period").groupby("recipient_id", observed=True)
    paid, left = groups["paid"].sum(), groups["left"].last()
    shown = paid.sort_values().index[-12:]
    look = theme.current()
    axes = theme.axes(ax, height_in=0.6 + 0.35 * max(4, len(shown)))
    axes.barh(list(shown), paid[shown].to_numpy(), color=look.main, label="paid")
    axes.barh(list(shown), left[shown].to_numpy(), left=paid[shown].to_numpy(), color=look.second, label="carried on")
    for name in shown:
        axes.annotate(
            f" {paid[name]:,.2f}",
            (max(paid[name] + left[name], paid[name]), name),
            va="center",
            color=look.ink,
            annotation_clip=False,
        )
    axes.set_xlabel(code)
    theme.title(axes, "Paid to recipients")
    axes.set_xlim(right=axes.get_xlim()[1] * 1.12)
    theme.legend(axes, loc="lower right")
    _plain(axes)
    return axes


def _one_currency(table: pd.DataFrame, currency: str | None) -> tuple[str, pd.DataFrame]:
    theme.table(table)
    code = currency or (str(table["currency"].mode().iloc[0]) if len(table) else "")
    return code, table[table["currency"] == code]


def _with_other(table: Any) -> Any:
    order = table.abs().sum().sort_values(ascending=False).index
    if len(order) <= TOP + 1:
        return table[order]
    return table[order[:TOP]].assign(other=table[order[TOP:]].sum(axis=1))


def _colours() -> tuple[str, ...]:
    """Return as many colours of the theme as are drawn side by side; the last is "other"."""
    look = theme.current()
    return look.main, look.second, look.third, look.fourth, look.warning, look.ink, look.grid, look.faint


def _plain(axes: Axes) -> None:
    axes.tick_params(length=0)
    axes.set_axisbelow(True)
