"""Songs of the package's own demo synthesiser as training songs: other styles, sounds and rooms than `song.py`'s."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.demo.corpus import STYLES, make_song
from training.harmony import NAMES
from training.production import produced
from training.song import SECONDS
from training.synthesis import RATE

HELD_OUT = ("afro12", "bluegrass", "dubstep", "slowblues", "trance", "jig", "strings", "sevenfour")
"""Styles kept for validation."""
KNOWN = tuple(style.name for style in STYLES if not style.beatless and style.name not in HELD_OUT)
_THIRDS = {
    "maj": 0,
    "7": 0,
    "maj7": 0,
    "6": 0,
    "maj6": 0,
    "9": 0,
    "maj9": 0,
    "min": 12,
    "min7": 12,
    "min6": 12,
    "min9": 12,
}


def demo_song(seed: int, *, held_out: bool = False) -> tuple[dict[str, Any], NDArray[np.float32]]:
    """Play one song of the demo synthesiser.

    Parameters
    ----------
    seed
        Chooses the style too: they come in turn.
    held_out
        Play the styles kept for validation; otherwise they are never played.

    Returns
    -------
    dict
        The labels, as `dataset.truth` writes them.
    NDArray[np.float32]
        Mono at 22050 Hz, 30 s.
    """
    names = HELD_OUT if held_out else KNOWN
    song = make_song(names[seed % len(names)], seed, duration_s=SECONDS, sample_rate=RATE)
    rng = np.random.default_rng([20263, seed])
    sound = song.audio.samples.mean(axis=0)
    if rng.random() < 0.5:
        sound = produced(rng, sound)
    tonic, mode = song.truth["key"].split()
    truth = {
        "style": f"demo {song.truth['style']}",
        "seed": seed,
        "tempo": song.truth["tempo"],
        "curve": song.truth["tempo_map"],
        "beats": song.truth["beats"],
        "downbeats": song.truth["downbeats"],
        "beats_per_bar": song.truth["beats_per_bar"],
        "key": NAMES.index(tonic) + (12 if mode == "minor" else 0),
        "key_name": song.truth["key"],
        "a4": song.truth["a4"],
        "chords": [(start, end, chord_class(label)) for start, end, label in song.truth["chords"]],
        "seconds": SECONDS,
        "roles": ["drums"] * song.truth["has_drums"],
    }
    return truth, np.asarray(sound, np.float32)


def chord_class(label: str) -> int:
    """Class of a chord in Harte's syntax: 0 to 11 major, 12 to 23 minor, -1 other.

    Examples
    --------
    >>> chord_class("Eb:min7"), chord_class("C:maj"), chord_class("C:dim")
    (15, 0, -1)
    """
    root, _, quality = label.partition(":")
    third = _THIRDS.get(quality.partition("/")[0])
    return -1 if third is None else NAMES.index(root) + third
