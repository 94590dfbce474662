"""The split editor: who shares in a recording from which month on, edited to exactly 100 %.

The page checks while one types, the kernel checks again before it takes anything; percentages travel as exact text.
A change is dated: the shares before it stay as they were. The browser's half is ``widgets/src/splits.ts``.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from maxbooster_kernel.errors import MaxBoosterError, RoyaltyError, WrongKindError, kind_of
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.money import WHOLE, to_ppm
from maxbooster_kernel.royalties.periods import month
from maxbooster_kernel.royalties.tables import Source, read_table, rows
from maxbooster_kernel.widgets.statements import need
from maxbooster_kernel.widgets.widget import Widget

if TYPE_CHECKING:
    import pandas as pd

BUNDLE = Path(__file__).parent / "static" / "splits.js"
COLUMNS = ("track_id", "recipient_id", "percentage", "valid_from", "valid_to")


class SplitEditor(Widget):
    """Edit the dated splits of recordings.

    Parameters
    ----------
    splits
        The table ``track_id, recipient_id, percentage, valid_from, valid_to`` of a royalty run.
    track
        The recording to show first; None takes the first of the table.
    catalogue
        A :class:`~maxbooster_kernel.catalogue.store.Catalogue` that takes every saved change too.

    Examples
    --------
    >>> editor = SplitEditor({"track_id": ["a"], "recipient_id": ["ada"], "percentage": ["100"]})
    >>> editor.save("a", [("ada", "60"), ("ben", "40")], valid_from="2026-07")
    >>> editor.splits[["recipient_id", "percentage", "valid_from", "valid_to"]].to_numpy().tolist()
    [['ada', '100', '', '2026-07'], ['ada', '60', '2026-07', ''], ['ben', '40', '2026-07', '']]
    """

    _esm = BUNDLE if BUNDLE.is_file() else ""
    track = traitlets.Unicode("", read_only=True).tag(sync=True)
    tracks: Any = traitlets.List(read_only=True).tag(sync=True)
    sets: Any = traitlets.List(read_only=True).tag(sync=True)

    @checked
    def __init__(self, splits: Source, *, track: str | None = None, catalogue: Any = None) -> None:
        need(BUNDLE)
        super().__init__()
        table = read_table(
            splits,
            name="splits",
            required=COLUMNS[:3],
            optional=COLUMNS[3:],
            money=("percentage",),
        )
        self._rows: list[tuple[str, ...]] = list(rows(table, *COLUMNS))
        self._catalogue = catalogue
        self.set_trait("tracks", list(dict.fromkeys(row[0] for row in self._rows)))
        self.show(track or next(iter(self.tracks), ""))
        self.on_msg(self._receive)

    @property
    def splits(self) -> pd.DataFrame:
        """The table as it stands, for a royalty run."""
        import pandas as pd

        return pd.DataFrame(self._rows, columns=list(COLUMNS))

    @checked
    def show(self, track: str) -> None:
        """Show another recording's splits."""
        self.set_trait("track", track)
        self.set_trait("sets", dated([row for row in self._rows if row[0] == track]))

    @checked
    def save(
        self, track: str, shares: Sequence[tuple[str, str]], *, valid_from: str = "", rest_unallocated: bool = False
    ) -> None:
        """Give a recording new shares from a month on; what was agreed before stays for the months before.

        Parameters
        ----------
        track
            The recording.
        shares
            Recipient and percentage, as text with at most four decimals.
        valid_from
            First month, ``YYYY-MM``; empty is since ever.
        rest_unallocated
            Let the shares add up to less than 100 %; the rest stays with the owner.

        Raises
        ------
        RoyaltyError
            The shares do not add up, one is not positive or given twice, or the month is none.
        """
        try:
            dict(shares)
        except (TypeError, ValueError):
            said = f"expected a list of names and percentages, got {kind_of(shares)}"
            raise WrongKindError(f"{said}; give [('ada-vale', '70'), ('ben-oak', '30')]") from None
        check_shares(shares, valid_from=valid_from, rest_unallocated=rest_unallocated)
        if self._catalogue is not None:
            self._catalogue.set_splits(track, dict(shares), valid_from=valid_from)
        kept = []
        for row in self._rows:
            if row[0] != track:
                kept.append(row)
            elif row[3] < valid_from:
                kept.append((*row[:4], valid_from) if not row[4] or row[4] > valid_from else row)
        fresh = [(track, recipient, percentage, valid_from, "") for recipient, percentage in shares]
        self._rows = sorted([*kept, *fresh], key=lambda row: (row[0], row[3]))
        self.set_trait("tracks", list(dict.fromkeys([*self.tracks, track])))
        self.show(track)

    def _receive(self, _: Any, message: Mapping[str, Any], __: list[Any]) -> None:
        kind, request = message.get("type"), message.get("request")
        try:
            if kind == "show":
                self.show(str(message.get("track")))
            elif kind == "save":
                shares = [(str(row["recipient"]).strip(), str(row["percentage"]).strip()) for row in message["shares"]]
                self.save(
                    self.track,
                    shares,
                    valid_from=str(message.get("valid_from", "")),
                    rest_unallocated=bool(message.get("rest_unallocated")),
                )
                self.send({"type": "saved", "request": request})
        except MaxBoosterError as error:
            self.send({"type": "refused", "request": request, "message": str(error)})
        except (KeyError, TypeError):
            self.send({"type": "refused", "request": request, "message": "the page sent no shares; reload it"})

    def __repr__(self) -> str:
        return f"SplitEditor({self.track!r}, {len(self.sets)} agreement{'s' if len(self.sets) != 1 else ''})"

    def _still(self) -> str:
        return still(self.track, self.sets)


def check_shares(shares: Sequence[tuple[str, str]], *, valid_from: str, rest_unallocated: bool) -> None:
    """Refuse shares that do not add up to 100 %.

    >>> check_shares([("ada", "66.6667"), ("ben", "33.3333")], valid_from="", rest_unallocated=False)
    """
    if valid_from and month(valid_from) < 0:
        raise RoyaltyError(f"valid_from: expected a month YYYY-MM or nothing, got {valid_from!r}")
    seen: set[str] = set()
    total = 0
    for recipient, percentage in shares:
        if not recipient or recipient in seen:
            raise RoyaltyError(
                f"recipient: expected each of them once, got {recipient!r}{' twice' if recipient else ''}"
            )
        seen.add(recipient)
        ppm = to_ppm(percentage, what=f"percentage of {recipient}")
        if ppm <= 0:
            raise RoyaltyError(f"percentage of {recipient}: expected more than 0, got {percentage}")
        if ppm > WHOLE:
            raise RoyaltyError(f"percentage of {recipient}: expected at most 100, got {percentage}")
        total += ppm
    if total > WHOLE or (total < WHOLE and not rest_unallocated):
        shown = f"{total // 10_000}.{total % 10_000:04d}".rstrip("0").rstrip(".")
        raise RoyaltyError(f"shares: expected 100 % in all, got {shown} %")


def dated(track_rows: Sequence[tuple[str, ...]]) -> list[dict[str, Any]]:
    """Return a recording's agreements by their months, the newest first."""
    found: dict[tuple[str, str], list[dict[str, str]]] = {}
    for _, recipient, percentage, valid_from, valid_to in track_rows:
        found.setdefault((valid_from, valid_to), []).append({"recipient": recipient, "percentage": percentage})
    return [
        {"valid_from": start, "valid_to": stop, "shares": shares}
        for (start, stop), shares in sorted(found.items(), reverse=True)
    ]


def still(track: str, sets: Sequence[Mapping[str, Any]]) -> str:
    """Return agreements as a static table, for readers of a saved notebook."""
    lines = [
        (one["valid_from"] or "ever", one["valid_to"] or "open", share["recipient"], share["percentage"])
        for one in sets
        for share in one["shares"]
    ]
    head = "".join(f"<th>{title}</th>" for title in ("From", "To", "Recipient", "%"))
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in line) + "</tr>" for line in lines)
    return f"<table><caption>Splits of {html.escape(track)}</caption><thead><tr>{head}</tr></thead>{body}</table>"
