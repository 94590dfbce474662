"""What is true of the demo song, exactly, because it was written and not measured."""

from __future__ import annotations

from typing import Any

import numpy as np

from maxbooster_kernel.demo.score import (
    BEATS_PER_BAR,
    CHANGE_BEAT,
    DURATION_S,
    END_BEAT,
    FINAL_TEMPO_BPM,
    KEY,
    SECTIONS,
    TEMPO_BPM,
    beat_to_seconds,
    chords,
)


def truth() -> dict[str, Any]:
    """Return tempo, beats, downbeats, key, chords and sections of the demo song as a JSON object.

    The names are those of labelled songs: ``tempo`` in BPM (that of most of the song), ``tempo_map`` as
    ``[second, BPM]`` pairs, ``beats`` and ``downbeats`` in seconds, ``chords`` and ``sections`` as
    ``[start, end, label]`` in seconds.
    """
    end = float(beat_to_seconds(END_BEAT))
    return {
        "title": "Night Drive",
        "duration": DURATION_S,
        "tempo": TEMPO_BPM,
        "tempo_map": [[0.0, TEMPO_BPM], [_time(CHANGE_BEAT), FINAL_TEMPO_BPM]],
        "beats": [_time(beat) for beat in range(END_BEAT + 1)],
        "downbeats": [_time(beat) for beat in range(0, END_BEAT + 1, BEATS_PER_BAR)],
        "beats_per_bar": BEATS_PER_BAR,
        "key": KEY,
        "a4": 440.0,
        "chords": [
            [_time(chord.start), _time(chord.end) if chord.start < END_BEAT else DURATION_S, chord.label]
            for chord in chords()
        ],
        "sections": [
            [
                _time(4 * section.start_bar),
                _time(4 * section.end_bar) if section.name != "outro" else DURATION_S,
                section.name,
            ]
            for section in SECTIONS
        ],
        "end_of_last_bar": end,
    }


def _time(beat: float) -> float:
    return round(float(np.asarray(beat_to_seconds(beat))), 6)
