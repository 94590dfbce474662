"""Findings as a list that shows itself as a table in a notebook."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from maxbooster_kernel.problems import SEVERITIES, Problem, blocking

_COLOURS = {"fatal": "#b00020", "error": "#d1495b", "warning": "#b7791f", "info": "#4c78a8"}


class Problems(list[Problem]):
    """A list of findings; ``ok`` is true if none of them stops the work."""

    @property
    def ok(self) -> bool:
        """Return whether nothing is fatal or an error."""
        return not blocking(self)

    def counts(self) -> dict[str, int]:
        """Return how many findings there are of each severity."""
        return {severity: sum(problem.severity == severity for problem in self) for severity in SEVERITIES}

    def _repr_html_(self) -> str:
        if not self:
            return "<p>No findings.</p>"
        return f"<p>{escape(summary(self))}</p>" + _table(self)


def summary(problems: Iterable[Problem]) -> str:
    """Return how many findings there are, in words.

    Examples
    --------
    >>> summary([Problem(code="a", severity="error", where="x", message="m")])
    '1 error'
    """
    counts = Problems(problems).counts()
    parts = [f"{count} {name}{'s' if count != 1 and name != 'info' else ''}" for name, count in counts.items() if count]
    return ", ".join(parts) or "no findings"


def _cell(text: str = "", *, code: str = "") -> str:
    # Notebooks put cells to the right unless told otherwise.
    shown = f"<code>{escape(code)}</code>" if code else escape(text)
    return f'<td style="text-align:left">{shown}</td>'


def _table(problems: Iterable[Problem]) -> str:
    rows = "".join(
        f'<tr><td style="text-align:left;color:{_COLOURS[problem.severity]};font-weight:600">{problem.severity}</td>'
        f"{_cell(code=problem.where)}{_cell(problem.message)}{_cell(problem.fix)}{_cell(code=problem.code)}</tr>"
        for problem in problems
    )
    head = "".join(f'<th style="text-align:left">{name}</th>' for name in ("", "where", "what", "what to do", "code"))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
