"""How a loudness record shows in a notebook: a table that reads without colour."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from maxbooster_kernel.loudness.report import Loudness


def loudness_card(loudness: Loudness) -> str:
    """Return the card as HTML."""
    rows = [
        ("Integrated", _number(loudness.integrated_lufs, "LUFS"), "the whole programme, gated"),
        ("Short-term, highest", _number(loudness.short_term_max_lufs, "LUFS"), "loudest 3 s"),
        ("Momentary, highest", _number(loudness.momentary_max_lufs, "LUFS"), "loudest 400 ms"),
        ("Range", _number(loudness.range_lu, "LU"), "quiet to loud passages"),
        ("True peak", _number(loudness.true_peak_dbtp, "dBTP"), _peak_note(loudness.true_peak_dbtp)),
        ("Peak to loudness", _number(loudness.plr_db, "dB"), "PLR; small is dense"),
        ("Phase correlation", _number(loudness.correlation, ""), "1 is mono, below 0 cancels in mono"),
    ]
    body = "".join(
        f"<tr><th scope='row' style='text-align:left'>{name}</th>"
        f"<td style='text-align:right;white-space:nowrap'>{value}</td><td style='text-align:left'>{note}</td></tr>"
        for name, value, note in rows
    )
    stores = "".join(f"<li>{html.escape(done.sentence())}</li>" for done in loudness.targets.values())
    spread = " ".join(loudness.layout)
    return (
        "<div class='mb-card'>"
        f"<table><caption style='text-align:left'><b>Loudness</b> · {loudness.duration_s:.1f} s · "
        f"{loudness.sample_rate} Hz · {html.escape(spread)}</caption><tbody>{body}</tbody></table>"
        f"<details><summary>What services will do</summary><ul>{stores}</ul></details></div>"
    )


def _number(value: float, unit: str) -> str:
    if math.isnan(value):
        return "undefined"
    if value == -math.inf:
        return "silence"
    return f"{value:.1f} {unit}".strip() if unit else f"{value:+.2f}"


def _peak_note(dbtp: float) -> str:
    if math.isfinite(dbtp) and dbtp > 0.0:
        return "&#9888; over full scale: players will clip"
    if math.isfinite(dbtp) and dbtp > -1.0:
        return "&#9888; above -1 dBTP: lossy codecs may clip"
    return "between the samples, too"
