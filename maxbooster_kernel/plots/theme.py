"""How figures look: one light and one dark theme, colours that everyone can tell apart, names for their parts.

Every plot of this package takes ``(data, *, ax=None)`` and returns the Axes it drew on; without ``ax`` it makes a
figure of notebook width in the current theme. In a notebook a light figure is dark where the page is
(:mod:`~maxbooster_kernel.plots.display`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from maxbooster_kernel.errors import MaxBoosterError, expect
from maxbooster_kernel.plots.display import follow_page

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Name = Literal["light", "dark"]
WIDTH_IN = 9.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Colours by what they mean; ``ramp`` is a sequential colour map whose low end is the background."""

    name: Name
    background: str
    ink: str
    faint: str
    grid: str
    main: str
    second: str
    third: str
    fourth: str
    warning: str
    ramp: str


LIGHT = Theme(
    name="light", background="#ffffff", ink="#1b1f24", faint="#5b6570", grid="#d9dee3", main="#0067a5",
    second="#d26a00", third="#00795a", fourth="#9c4a8b", warning="#c0251c", ramp="mb_light",
)  # fmt: skip
DARK = Theme(
    name="dark", background="#14181d", ink="#e8ebee", faint="#a3adb8", grid="#323a43", main="#5db8f0",
    second="#f5a742", third="#4cc9a0", fourth="#dd93cd", warning="#ff7468", ramp="mb_dark",
)  # fmt: skip
_THEMES: dict[str, Theme] = {"light": LIGHT, "dark": DARK}
_current: list[Theme] = [LIGHT]


def current() -> Theme:
    """Return the theme in use."""
    return _current[-1]


@contextmanager
def theme(name: Name) -> Iterator[Theme]:
    """Draw in a theme until the block ends.

    Examples
    --------
    >>> with theme("dark") as colours:
    ...     colours.background
    '#14181d'
    """
    chosen = _THEMES[name]
    _current.append(chosen)
    try:
        yield chosen
    finally:
        _current.pop()


def use_theme(name: Name) -> None:
    """Draw in a theme from now on: ``"dark"`` for slides and files; in a notebook ``"light"`` follows the page."""
    if expect(name, str, "a theme's name", "give light or dark") not in _THEMES:
        raise MaxBoosterError(f"expected one of the themes {', '.join(_THEMES)}, got {name!r}")
    _current[-1] = _THEMES[name]


def axes(ax: Axes | None, *, height_in: float = 2.6, width_in: float = WIDTH_IN) -> Axes:
    """Return ``ax`` dressed in the current theme, or that of a new figure."""
    from matplotlib import pyplot as plt
    from matplotlib.axes import Axes

    if ax is None:
        _, ax = plt.subplots(figsize=(width_in, height_in), layout="constrained")
    dress(expect(ax, Axes, "the Axes to draw on", "make them: matplotlib.pyplot.subplots()"))
    return ax


def dress(ax: Axes) -> None:
    """Give an Axes, and a figure it is alone in, the colours of the current theme."""
    look = current()
    if (figure := ax.get_figure(root=True)) is not None:
        figure.set_facecolor(look.background)
        follow_page(figure, follow=look is LIGHT)
    ax.set_facecolor(look.background)
    for side, spine in ax.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(look.grid)
    ax.tick_params(colors=look.faint, labelsize=9, length=3)
    ax.xaxis.label.set_color(look.faint)
    ax.yaxis.label.set_color(look.faint)
    ax.title.set_color(look.ink)
    ax.title.set_fontsize(11)


def table(value: Any) -> Any:
    """Return a value that is a table of pandas; else raise one line that says what came."""
    import pandas as pd

    return expect(value, pd.DataFrame, "a table", "take it from a run: mb.royalties.run(lines, splits).breakdown")


def title(ax: Axes, text: str) -> None:
    """Set the title, to the left, in the theme's ink."""
    ax.set_title(text, loc="left", color=current().ink, fontsize=11)


def legend(ax: Axes, **options: Any) -> None:
    """Add a legend without a frame in the theme's ink."""
    made = ax.legend(frameon=False, fontsize=9, **options)
    for text in made.get_texts():
        text.set_color(current().ink)


def clock(ax: Axes) -> None:
    """Label the time axis in minutes and seconds, as finely as its ticks lie."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(nbins=10, steps=[1, 1.5, 2, 3, 5, 6, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(partial(_told, ax)))
    ax.set_xlabel("time (min:s)")


def ramp() -> Any:
    """Return the sequential colour map of the current theme."""
    from matplotlib.colors import LinearSegmentedColormap

    look = current()
    middle = (
        ["#bcd7ea", "#3f8fc4", "#0b4a7d", "#2b1650"] if look is LIGHT else ["#173a5e", "#1d78a8", "#62c3b8", "#f4eda6"]
    )
    return LinearSegmentedColormap.from_list(look.ramp, [look.background, *middle])


def _told(ax: Axes, seconds: float, _place: int | None = None) -> str:
    ticks = ax.get_xticks()
    return clock_label(seconds, float(ticks[1] - ticks[0]) if len(ticks) > 1 else 1.0)


def clock_label(seconds: float, step_s: float) -> str:
    """Return a time as minutes and seconds, with as many decimals as times so far apart need.

    Examples
    --------
    >>> clock_label(75.0, 15.0), clock_label(3.0, 1.5), clock_label(0.02, 0.01)
    ('1:15', '0:03.0', '0:00.02')
    """
    places = next((n for n in range(6) if abs(step_s * 10**n - round(step_s * 10**n)) < 1e-6 * 10**n), 6)
    ticks = round(seconds * 10**places)
    minutes, rest = divmod(ticks, 60 * 10**places)
    return f"{minutes}:{rest / 10**places:0{places + 3 if places else 2}.{places}f}"
