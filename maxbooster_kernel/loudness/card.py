"""How a loudness record shows in a notebook: a table that reads without colour."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from maxbooster_kernel.loudness.master import Master
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


def master_card(made: Master) -> str:
    """Return the card of a master as HTML: before, after, what was done, and what services will do."""
    before, after = made.before, made.after
    rows = [
        ("Integrated", _number(before.integrated_lufs, "LUFS"), _number(after.integrated_lufs, "LUFS")),
        (
            "Short-term, highest",
            _number(before.short_term_max_lufs, "LUFS"),
            _number(after.short_term_max_lufs, "LUFS"),
        ),
        ("Range", _number(before.range_lu, "LU"), _number(after.range_lu, "LU")),
        ("True peak", _number(before.true_peak_dbtp, "dBTP"), _number(after.true_peak_dbtp, "dBTP")),
        ("Peak to loudness", _number(before.plr_db, "dB"), _number(after.plr_db, "dB")),
    ]
    body = "".join(
        f"<tr><th scope='row' style='text-align:left'>{name}</th><td style='text-align:right'>{old}</td>"
        f"<td style='text-align:right'>{new}</td></tr>"
        for name, old, new in rows
    )
    goal = f"{made.target.target_lufs:g} LUFS, ceiling {made.ceiling_dbtp:g} dBTP"
    outcome = "&#10003; reached" if made.reached else f"&#9888; not reached: {html.escape(made.reason or '')}"
    limiter = (
        f"gain {made.gain_db:+.1f} dB; limiter took at most {made.max_reduction_db:.1f} dB, "
        f"{made.mean_reduction_db:.1f} dB on average in {made.limited_part:.0%} of the time"
    )
    stores = "".join(f"<li>{html.escape(done.sentence())}</li>" for done in after.targets.values())
    return (
        f"<div class='mb-card'><table><caption style='text-align:left'><b>Master</b> for "
        f"{html.escape(made.target.title)} ({goal}): {outcome}</caption>"
        "<thead><tr><th></th><th scope='col'>before</th><th scope='col'>after</th></tr></thead>"
        f"<tbody>{body}</tbody></table><p>{limiter}</p>"
        f"<details open><summary>What services will do</summary><ul>{stores}</ul></details></div>"
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
