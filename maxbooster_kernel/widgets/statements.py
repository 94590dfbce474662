"""The statement explorer: find a recipient's statement of a run, and walk from it back to the lines.

The page asks, the kernel answers with one page of rows or one explanation; amounts travel as exact text.
The browser's half is ``widgets/src/statements.ts``.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from maxbooster_kernel.errors import MaxBoosterError, expect
from maxbooster_kernel.money import format_nanos, minor_digits
from maxbooster_kernel.widgets.widget import Widget

if TYPE_CHECKING:
    from maxbooster_kernel.royalties import RoyaltyResult

BUNDLE = Path(__file__).parent / "static" / "statements.js"
PAGE = 20
AMOUNTS = ("opening", "earned", "recouped", "costs", "reserved", "released", "gross_paid", "tax_withheld", "closing")


class StatementExplorer(Widget):
    """Statements of a royalty run, to search and to explain.

    Parameters
    ----------
    result
        What :func:`maxbooster_kernel.royalties.run` returned.

    Examples
    --------
    >>> from maxbooster_kernel import royalties
    >>> lines = {"track_id": ["a"], "platform": ["spotify"], "country": ["US"], "streams": [9], "period": ["2026-07"]}
    >>> splits = {"track_id": ["a"], "recipient_id": ["ada"], "percentage": ["100"]}
    >>> StatementExplorer(royalties.run(lines, splits))
    StatementExplorer(1 statement)
    """

    _esm = BUNDLE if BUNDLE.is_file() else ""
    heading = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(self, result: RoyaltyResult) -> None:
        from maxbooster_kernel.royalties import RoyaltyResult

        need(BUNDLE)
        super().__init__()
        self._result = expect(result, RoyaltyResult, "a RoyaltyResult", "make one: mb.royalties.run(lines, splits)")
        self._table = result.arrow("statements")
        self.set_trait(
            "heading",
            {
                "count": self._table.num_rows,
                "periods": sorted(set(self._table.column("period").to_pylist())),
                "currencies": sorted(set(self._table.column("currency").to_pylist())),
            },
        )
        self.on_msg(self._receive)

    def _receive(self, _: Any, message: Mapping[str, Any], __: list[Any]) -> None:
        kind, request = message.get("type"), message.get("request")
        try:
            if kind == "find":
                self.send({"type": "rows", "request": request, **self._find(message)})
            elif kind == "open":
                told = self._result.explain(str(message.get("recipient")), str(message.get("period")))
                self.send({"type": "explanation", "request": request, "steps": [_step(step) for step in told.steps]})
        except MaxBoosterError as error:
            self.send({"type": "refused", "request": request, "message": str(error)})
        except (TypeError, ValueError):
            self.send({"type": "refused", "request": request, "message": "the page asked for no page; reload it"})

    def _find(self, message: Mapping[str, Any]) -> dict[str, Any]:
        import pyarrow.compute as pc

        table = self._table
        for name in ("period", "currency"):
            if wanted := str(message.get(name) or ""):
                table = table.filter(pc.equal(table.column(name), wanted))
        if search := str(message.get("search") or ""):
            table = table.filter(pc.match_substring(table.column("recipient_id"), search, ignore_case=True))
        pages = max(1, -(-table.num_rows // PAGE))
        page = min(max(int(message.get("page") or 0), 0), pages - 1)
        rows = [_row(row) for row in table.slice(page * PAGE, PAGE).to_pylist()]
        return {"rows": rows, "count": table.num_rows, "page": page, "pages": pages}

    def __repr__(self) -> str:
        count = self._table.num_rows
        return f"StatementExplorer({count} statement{'s' if count != 1 else ''})"

    def _still(self) -> str:
        return still([_row(row) for row in self._table.slice(0, PAGE).to_pylist()])


def need(bundle: Path) -> None:
    """Raise if a browser bundle is not there."""
    if not bundle.is_file():
        raise MaxBoosterError(
            f"the browser bundle {bundle.name} is missing; in a clone, make it with: python widgets/hatch_build.py"
        )


def still(rows: list[dict[str, str]]) -> str:
    """Return statements as a static table, for readers of a saved notebook.

    >>> "<td>a&amp;b</td>" in still([{"period": "2026-07", "recipient_id": "a&b"}])
    True
    """
    names = list(rows[0]) if rows else ["period", "recipient_id"]
    head = "".join(f"<th>{html.escape(name.replace('_', ' '))}</th>" for name in names)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(row[name])}</td>" for name in names) + "</tr>" for row in rows)
    return f"<table><caption>Statements</caption><thead><tr>{head}</tr></thead>{body}</table>"


def _row(row: Mapping[str, Any]) -> dict[str, str]:
    paid = Decimal(row["net_paid_minor"]).scaleb(-minor_digits(row["currency"]))
    amounts = {name: format(row[name], "f") for name in AMOUNTS if name in row}
    closing = amounts.pop("closing")
    return {
        "period": row["period"],
        "recipient_id": row["recipient_id"],
        "currency": row["currency"],
        **amounts,
        "net_paid": format(paid, "f"),
        "closing": closing,
    }


def _step(step: Any) -> dict[str, Any]:
    lines = [
        {"text": line.text, "level": line.level, "amount": "" if line.nanos is None else format_nanos(line.nanos)}
        for line in step.lines
    ]
    return {"title": step.title, "lines": lines}
