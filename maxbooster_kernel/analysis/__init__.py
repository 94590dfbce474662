"""Music analysis: tempo, beats, key, chords, tuning, dynamics and timbre, in NumPy and numba."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, submod_attrs={"report": ["Analysis", "analyze"], "chords": ["Chord"], "key": ["Key"]}
)
