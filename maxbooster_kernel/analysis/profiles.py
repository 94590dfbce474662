"""Key by profile: which key's tones sound most, whatever plays them.

A network knows the sounds it learned from; a profile knows only how much each degree of a key is used. So where a
programme sounds unlike anything the network has met, the profiles are asked (see
:mod:`~maxbooster_kernel.analysis.learned_harmony`).

Functions
---------
- :func:`whitened_chroma`: pitch classes of a programme, blind to its timbre.
- :func:`profile_keys`: probability of the 24 keys.
- :func:`with_profiles`: a network's key with their help.
"""

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis.learned_features import HARMONY_FPS, LOWEST_MIDI, SALIENCE_STEP

PROFILES = (
    ((0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081),
     (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052)),
    ((4.0, 0.0, 1.5, 0.0, 2.0, 1.5, 0.0, 3.0, 0.0, 1.5, 0.75, 1.5),
     (4.0, 0.0, 1.5, 1.5, 0.0, 1.5, 0.0, 3.0, 1.0, 0.0, 1.5, 0.75)),
)  # fmt: skip
"""Major and minor from the tonic: Albrecht and Shanahan 2013 (Music Perception 31), counted in 982 notated works; and
one of our own for music of riffs and loops: tonic, fifth and third as 4 : 3 : 2, seventh major or minor."""
SHARPNESS = 12.0
"""Log weight of a correlation of one; set with what weighs network and profiles, see ``training/README.md``."""
CLEAR = 0.06
"""Standard deviation of a chroma from which a key can be told: noise of 3 s and more has at most 0.053, 99 in 100
pieces of music at least 0.066."""
OCTAVE = 12


def whitened_chroma(saliences: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return how much each pitch class stands out, shape ``(12,)`` from C.

    Parameters
    ----------
    saliences
        From :func:`~maxbooster_kernel.analysis.learned_features.harmony_features`, shape (frames, 72).

    Notes
    -----
    Means of about a second; of each semitone the mean of the octave around it is taken away, and what is left above 0
    is summed. Noise, drums and equalisation weigh on neighbours alike, so they go.

    Examples
    --------
    >>> tone = np.zeros((20, 72), np.uint8)
    >>> tone[:, 21] = 100
    >>> int(whitened_chroma(tone).argmax())
    9
    """
    frames = len(saliences)
    if not frames:
        return np.zeros(OCTAVE)
    parts = max(1, frames // round(HARMONY_FPS))
    edges = np.linspace(0, frames, parts + 1).astype(np.int64)
    totals = np.add.reduceat(saliences, edges[:-1], axis=0, dtype=np.float64)
    level = totals / np.diff(edges)[:, np.newaxis] / SALIENCE_STEP
    padded = np.pad(level, ((0, 0), (OCTAVE // 2, OCTAVE // 2)), mode="edge")
    around = np.lib.stride_tricks.sliding_window_view(padded, OCTAVE + 1, axis=1).mean(axis=-1)
    clear = np.maximum(level - around, 0.0).sum(axis=0)
    return np.asarray(np.roll(clear.reshape(-1, OCTAVE).sum(axis=0), LOWEST_MIDI % OCTAVE) / parts)


def profile_keys(chroma: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the probability of C to B major, then C to B minor, shape ``(24,)``; the same for all where nothing is.

    Parameters
    ----------
    chroma
        Shape ``(12,)`` from C.

    Examples
    --------
    >>> keys = profile_keys(np.array([0.0, 0, 1, 0, 0.6, 0, 0.8, 0.5, 0, 1, 0, 0.6]))
    >>> int(keys.argmax())  # D major
    2
    """
    spread = float(chroma.std())
    if not spread > 1e-9:
        return np.full(24, 1 / 24)
    weight = SHARPNESS * _turned() @ ((chroma - chroma.mean()) / spread)
    likely = np.exp(weight - weight.max())
    return np.asarray(likely / likely.sum())


def with_profiles(likely: NDArray[np.floating], strange: float, saliences: NDArray[np.uint8]) -> NDArray[np.floating]:
    """Return the probability of the 24 keys by a network and, as far as the sound is strange to it, by profiles.

    Parameters
    ----------
    likely
        By the network, shape ``(24,)``.
    strange
        How strange the sound is to it, 0 to 1.
    saliences
        See :func:`whitened_chroma`. Where no pitch class stands out, as in noise, the network alone is asked.
    """
    chroma = whitened_chroma(saliences)
    share = strange if chroma.std() >= CLEAR else 0.0
    return (1.0 - share) * likely + share * profile_keys(chroma)


def _turned() -> NDArray[np.float64]:
    """Profiles of all keys, whose product with a standardised chroma is the mean correlation, shape (24, 12)."""
    modes = np.array(PROFILES)
    modes = (modes - modes.mean(axis=-1, keepdims=True)) / modes.std(axis=-1, keepdims=True) / OCTAVE
    return np.array([np.roll(mode, tonic) for mode in modes.mean(axis=0) for tonic in range(OCTAVE)])
