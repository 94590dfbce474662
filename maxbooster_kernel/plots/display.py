"""How figures stand in a notebook: light on a light page, dark on a dark one, whichever the reader chose.

A figure is drawn once, light. It is sent as an image, and as HTML with the same image, which a filter of the page turns
over where the page is dark: light for dark, each colour staying the colour it was.

Functions: :func:`follow_page`, :func:`bundle`.
"""

from __future__ import annotations

import base64
import html
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure

DARK_PAGES = ('[data-jp-theme-light="false"]', ".vscode-dark", ".vscode-high-contrast", "html[theme=dark]")
"""What tells that a page is dark: JupyterLab, Notebook, nbconvert and Voila; VS Code; Colab."""
IMAGES = ("image/png", "image/svg+xml", "image/jpeg")
_HOOK = "_ipython_display_"
_STYLE = f"{', '.join(f'{page} img.mb-figure' for page in DARK_PAGES)} {{filter: invert(.93) hue-rotate(180deg)}}"


def follow_page(figure: Figure, *, follow: bool) -> None:
    """Let a figure be dark wherever the page that shows it is dark, or not any more.

    Parameters
    ----------
    figure
        Drawn for a light page.
    follow
        False shows it as it is.
    """
    if follow:
        setattr(figure, _HOOK, partial(_show, figure))
    elif hasattr(figure, _HOOK):
        delattr(figure, _HOOK)


def bundle(figure: Figure, formatters: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a notebook is sent of a figure, by media type, and what is to be known of each.

    Parameters
    ----------
    figure
        Drawn for a light page.
    formatters
        IPython's, by media type; how they draw figures is set by ``%config InlineBackend.figure_formats``.

    Returns
    -------
    tuple of two dicts
        Both empty where figures are not sent as images.
    """
    for kind in IMAGES:
        made = formatters[kind](figure)
        data, known = made if isinstance(made, tuple) else (made, {})
        if data is not None:
            words = formatters["text/plain"](figure)
            return {kind: data, "text/html": _page(figure, kind, data, known), "text/plain": words}, {kind: known}
    return {}, {}


def _show(figure: Figure) -> None:
    from IPython.core.getipython import get_ipython
    from IPython.display import display

    shell = get_ipython()
    data: dict[str, Any] = {}
    if shell is not None and shell.display_formatter is not None:
        data, known = bundle(figure, shell.display_formatter.formatters)
    if not data:
        raise NotImplementedError("figures are not sent as images here; IPython then shows this one as it shows others")
    display(data, raw=True, metadata=known)  # type: ignore[no-untyped-call]


def _page(figure: Figure, kind: str, data: str | bytes, known: Mapping[str, Any]) -> str:
    raw = data.encode() if isinstance(data, str) else data
    coded = data if isinstance(data, str) and kind != "image/svg+xml" else base64.b64encode(raw).decode("ascii")
    size = "".join(f' {side}="{known[side]}"' for side in ("width", "height") if side in known)
    titles = (ax.get_title(loc=place) for ax in figure.axes for place in ("left", "center", "right"))
    alt = html.escape("; ".join(title for title in titles if title))
    return f'<style>{_STYLE}</style><img class="mb-figure"{size} alt="{alt}" src="data:{kind};base64,{coded}">'
