"""Features that need no audio, for comparing two implementations of the networks."""

import numpy as np


def golden_features() -> tuple[np.ndarray, np.ndarray]:
    """Features that need no audio: repeated and changing patterns, eight bits."""
    rng = np.random.default_rng(8)
    rhythm = rng.integers(90, 160, (300, 92)).astype(np.uint8)
    rhythm[:, 46:] = rng.integers(0, 20, (300, 46))
    rhythm[::25, 46:] = 180
    harmony = rng.integers(0, 60, (120, 72)).astype(np.uint8)
    for frame in range(120):
        harmony[frame, [12 + 5 * (frame // 40), 28 + 5 * (frame // 40), 31 + 5 * (frame // 40)]] = 220
    return rhythm, harmony
