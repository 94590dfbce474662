"""A session at a glance, as HTML that reads in light and dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from maxbooster_kernel.units import gain_to_db

STYLE = (
    ".mb-session{font-family:var(--jp-ui-font-family,sans-serif);color:var(--jp-ui-font-color1,inherit)}"
    ".mb-session table{border-collapse:collapse;margin:.4em 0}"
    ".mb-session th,.mb-session td{text-align:left;padding:.15em .8em .15em 0;"
    "border-bottom:1px solid var(--jp-border-color2,#8888)}"
    ".mb-session td.n{text-align:right;font-variant-numeric:tabular-nums}"
    ".mb-session i{display:inline-block;width:.7em;height:.7em;border-radius:2px;margin-right:.5em}"
)


def summary_html(session: Mapping[str, Any], *, peers: Sequence[str] = ()) -> str:
    """Return a table of the strips with their levels, in words and numbers; colors only repeat what is said."""
    rows = [_row(strip, "track") for strip in session["tracks"]] + [_row(strip, "bus") for strip in session["buses"]]
    master = {**session["master"], "name": "Master", "color": "transparent", "output": "", "sends": []}
    rows.append(_row({**master, "pan": None, "mute": False, "solo": False}, "master"))
    beat = "/".join(str(number) for number in session["time_signature"])
    facts = f"{session['sample_rate']} Hz, {session['tempo_bpm']:g} BPM, {beat}"
    counts = [_count(session, "markers"), _count(session, "comments"), f"{len(session['automation'])} automated"]
    people = f"<p>Here: {escape(', '.join(peers))}</p>" if peers else ""
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("Strip", "Kind", "Gain", "Pan", "State", "To", "Sends"))
    return (
        f'<div class="mb-session"><style>{STYLE}</style><strong>{escape(session["name"])}</strong> '
        f"{facts}; {', '.join(counts)}{people}"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _row(strip: Mapping[str, Any], kind: str) -> str:
    state = ", ".join(word for word in ("mute", "solo") if strip[word])
    sends = ", ".join(f"{send['bus']} {_db(send['gain'])}" for send in strip["sends"])
    swatch = f'<i style="background:{escape(strip["color"], quote=True)}"></i>'
    pan = "" if strip["pan"] is None else _pan(strip["pan"])
    cells = [kind, _db(strip["gain"]), pan, state, strip["output"], sends]
    columns = "".join(
        f'<td class="n">{escape(cell)}</td>' if index in (1, 2) else f"<td>{escape(cell)}</td>"
        for index, cell in enumerate(cells)
    )
    return f'<tr><th scope="row">{swatch}{escape(strip["name"])}</th>{columns}</tr>'


def _db(gain: float) -> str:
    return f"{gain_to_db(gain):+.1f} dB" if gain > 0 else "-∞ dB"


def _pan(pan: float) -> str:
    if abs(pan) < 0.005:
        return "center"
    return f"{abs(pan) * 100:.0f} % {'left' if pan < 0 else 'right'}"


def _count(session: Mapping[str, Any], name: str) -> str:
    count = len(session[name])
    return f"{count} {name if count != 1 else name[:-1]}"
