"""The table of styles: metre, tempo, feel, and what each part may play in a bar; two TOML files beside this one.

A pattern has one character a step; a bar has ``beats * steps`` of them. In drum patterns ``X x o g`` are strokes from
loud to ghost. In bass patterns ``r`` is the root, ``3 5 7 o`` the chord's third, fifth, seventh and octave, ``a`` the
neighbour of the next root, ``-`` holds on. In comping patterns ``x`` is a held chord, ``s`` a stab, ``-`` holds on,
``l m h`` single notes from low to high (broken chords). ``.`` is a rest. Several patterns are alternatives.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

Patterns = tuple[str, ...]
FILES = ("styles_electric.toml", "styles_acoustic.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a kind of music moves.

    ``beats`` and ``steps`` give the bar (beats a bar, steps a beat), ``tempo`` the range of beats a minute,
    ``swing`` the range of how late off-beats are (0 straight, 0.33 triplets), ``drift`` the likely kinds of tempo,
    ``harmony`` the chord vocabulary, ``bars_a_chord`` how long chords last, ``timbres`` what may play which part,
    ``loose_ms`` the spread of the players' timing.
    """

    name: str
    tempo: tuple[float, float]
    beats: int = 4
    steps: int = 4
    swing: tuple[float, float] = (0.0, 0.0)
    drift: tuple[str, ...] = ("const",)
    drums: dict[str, Patterns] = field(default_factory=dict)
    bass: Patterns = ()
    comp: Patterns = ()
    melody: float = 0.5
    harmony: str = "pop"
    bars_a_chord: tuple[float, ...] = (1.0,)
    timbres: str = "band"
    loose_ms: float = 6.0
    beatless: bool = False


def _fixed(value: Any) -> Any:
    """Return the value with its lists made tuples."""
    if isinstance(value, list):
        return tuple(_fixed(item) for item in value)
    return {name: _fixed(item) for name, item in value.items()} if isinstance(value, dict) else value


def _read() -> tuple[Style, ...]:
    table: dict[str, Any] = {}
    for name in FILES:
        table |= tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))
    return tuple(Style(name=name, **_fixed(fields)) for name, fields in table.items())


STYLES: tuple[Style, ...] = _read()
BY_NAME = {style.name: style for style in STYLES}
