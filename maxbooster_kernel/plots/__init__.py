"""Plots: functions ``(data, *, ax=None) -> Axes``, in a light and a dark theme."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "analytics": [
            "flagged",
            "forecast",
            "pareto",
            "per_thousand",
            "ranks",
            "sales_lag",
            "territories",
            "top",
            "waterfall",
        ],
        "dynamics": ["gain_reduction", "levels"],
        "harmony": ["chords", "chroma"],
        "loudness": ["loudness_over_time"],
        "royalties": ["payouts", "revenue"],
        "mastering": ["before_after"],
        "rhythm": ["beats", "tempogram"],
        "spectra": ["long_term_spectrum", "spectrogram"],
        "stereo": ["correlation", "vectorscope"],
        "theme": ["use_theme"],
        "wave": ["waveform"],
    },
)
