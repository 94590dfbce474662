"""How an analysis shows in a notebook: a table that reads without colour."""

from __future__ import annotations

import html
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from maxbooster_kernel.analysis.report import Analysis


def analysis_card(analysis: Analysis) -> str:
    """Return the card as HTML."""
    rows = [
        ("Tempo", _tempo(analysis), _others(analysis)),
        ("Beats", str(analysis.beats_s.size) if analysis.bpm is not None else "none", _beat_note(analysis)),
        ("Key", f"{analysis.key} {analysis.scale}" if analysis.key else "none", _key_note(analysis)),
        ("Tuning", f"A4 = {analysis.tuning_hz:.1f} Hz" if analysis.tuning_hz else "unknown", ""),
        ("Chords", _chord_count(analysis), _first_chords(analysis)),
        ("Sections", str(len(analysis.sections)) if analysis.sections else "unknown", _section_names(analysis)),
        ("Danceability", _share(analysis.danceability), "regularity of loudness, 0 to 1"),
        ("Dynamic complexity", _unit(analysis.dynamic_complexity, "dB"), "how far loudness wanders"),
        ("Brightness", _unit(analysis.spectral_centroid_hz, "Hz", 0), "mean spectral centroid"),
    ]
    body = "".join(
        f"<tr><th scope='row' style='text-align:left;white-space:nowrap'>{name}</th>"
        f"<td style='text-align:right;white-space:nowrap'>{html.escape(value)}</td>"
        f"<td style='text-align:left;padding-left:1em'>{html.escape(note)}</td></tr>"
        for name, value, note in rows
    )
    title = html.escape(analysis.file) if analysis.file else "Analysis"
    loudness = analysis.loudness._repr_html_() if analysis.loudness else ""
    return (
        f"<div class='mb-card'><table><caption style='text-align:left'><b>{title}</b> · {analysis.duration_s:.1f} s · "
        f"{analysis.channels} channels · {analysis.sample_rate} Hz</caption>"
        f"<tbody>{body}</tbody></table>{loudness}</div>"
    )


def _tempo(analysis: Analysis) -> str:
    if analysis.bpm is None:
        return "none"
    doubt = " (unsure)" if analysis.doubtful else ""
    return f"{analysis.bpm:.1f} BPM{doubt}"


def _others(analysis: Analysis) -> str:
    others = ", ".join(f"{bpm:.0f} ({weight:.0%})" for bpm, weight in analysis.bpm_alternatives[1:4])
    return f"or {others}" if others else ""


def _beat_note(analysis: Analysis) -> str:
    parts = [f"{analysis.time_signature}, {analysis.downbeats_s.size} bars" if analysis.time_signature else ""]
    if analysis.beats_from:
        parts.append(f"tapped by a person, from {analysis.beats_from}")
    elif analysis.bpm_confidence is not None and analysis.doubtful:
        said = "no beat is heard" if analysis.bpm is None else "there may be no steady beat"
        parts.append(f"{said} (confidence {analysis.bpm_confidence:.2f})")
    return "; ".join(part for part in parts if part)


def _key_note(analysis: Analysis) -> str:
    if analysis.key_strength is None:
        return ""
    doubt = ", a close call" if (analysis.key_margin or 0.0) < 0.05 else ""
    return f"strength {analysis.key_strength:.2f}{doubt}{_key_path(analysis)}"


def _key_path(analysis: Analysis) -> str:
    """Return the keys that windows of 16 s are in, where they are not all the same."""
    names = [key for key, _ in groupby(key for _, key in analysis.key_curve)]
    if len(names) < 2:
        return ""
    return f"; over time {', '.join(names[:4])}" + (" …" if len(names) > 4 else "")


def _section_names(analysis: Analysis) -> str:
    names = [f"{part.label} {_clock(part.start_s)}" for part in analysis.sections[:8]]
    return " · ".join(names) + (" …" if len(analysis.sections) > 8 else "")


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{int(seconds % 60):02d}"


def _chord_count(analysis: Analysis) -> str:
    return str(sum(chord.label != "N" for chord in analysis.chords) or "none")


def _first_chords(analysis: Analysis) -> str:
    heard = [chord.label for chord in analysis.chords if chord.label != "N"]
    return " ".join(heard[:8]) + (" …" if len(heard) > 8 else "")


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"


def _unit(value: float | None, unit: str, places: int = 1) -> str:
    return "unknown" if value is None else f"{value:.{places}f} {unit}"
