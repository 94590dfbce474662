"""How a loudness record shows in a notebook: a table that reads without colour."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING

from maxbooster_kernel.loudness.targets import sentences, sources

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
        f"<tr><th scope='row' style='text-align:left;white-space:nowrap'>{name}</th>"
        f"<td style='text-align:right;white-space:nowrap'>{value}</td>"
        f"<td style='text-align:left;padding-left:1em'>{note}</td></tr>"
        for name, value, note in rows
    )
    spread = " ".join(loudness.layout)
    return (
        "<div class='mb-card'>"
        f"<table><caption style='text-align:left'><b>Loudness</b> · {loudness.duration_s:.1f} s · "
        f"{loudness.sample_rate} Hz · {html.escape(spread)}</caption><tbody>{body}</tbody></table>"
        f"{_services(loudness, shown=False)}</div>"
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
        f"<tr><th scope='row' style='text-align:left;white-space:nowrap'>{name}</th>"
        + "".join(f"<td style='text-align:right;white-space:nowrap'>{value}</td>" for value in (old, new))
        + "</tr>"
        for name, old, new in rows
    )
    loud = f"{made.target.target_lufs:g} LUFS"
    goal = loud if made.target.title == loud else f"{html.escape(made.target.title)}, {loud}"
    outcome = "&#10003; reached" if made.reached else f"&#9888; not reached: {html.escape(made.reason or '')}"
    return (
        f"<div class='mb-card'><p><b>Master</b> for {goal}, ceiling {made.ceiling_dbtp:g} dBTP: {outcome}</p>"
        "<table><thead><tr><th></th><th scope='col'>before</th><th scope='col'>after</th></tr></thead>"
        f"<tbody>{body}</tbody></table><p>{_work(made)}</p>{_services(after, shown=True)}</div>"
    )


def _work(made: Master) -> str:
    """Return what gain and limiter did."""
    if made.max_reduction_db < 0.05:
        return f"gain {made.gain_db:+z.1f} dB; there was nothing to limit"
    return (
        f"gain {made.gain_db:+.1f} dB; limiter took at most {made.max_reduction_db:.1f} dB, "
        f"{made.mean_reduction_db:.1f} dB on average in {made.limited_part:.0%} of the time"
    )


def _services(loudness: Loudness, *, shown: bool) -> str:
    done = "".join(f"<li>{html.escape(told)}</li>" for told in sentences(loudness.targets.values()))
    opened = " open" if shown else ""
    return (
        f"<details{opened}><summary>What services will do</summary><ul>{done}</ul>"
        f"<p><small>{html.escape(sources())}</small></p></details>"
    )


def _number(value: float, unit: str) -> str:
    if math.isnan(value):
        return "undefined"
    if value == -math.inf:
        return "silence"
    return f"{value:z.1f} {unit}" if unit else f"{value:+z.2f}"


def _peak_note(dbtp: float) -> str:
    if math.isfinite(dbtp) and dbtp > 0.0:
        return "&#9888; over full scale: players will clip"
    if math.isfinite(dbtp) and dbtp > -1.0:
        return "&#9888; above -1 dBTP: lossy codecs may clip"
    return "between the samples, too"
