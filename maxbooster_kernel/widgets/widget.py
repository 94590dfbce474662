"""What all widgets share: where no page runs them, as in a saved notebook on the web, they are seen as a still."""

from __future__ import annotations

import html
from typing import Any

import anywidget


class Widget(anywidget.AnyWidget):
    """A widget with a still of itself, as HTML, beside what a page runs."""

    def _still(self) -> str:
        return f"<pre>{html.escape(repr(self))}</pre>"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        return {**data, "text/html": self._still()}, metadata
