"""Loudness by ITU-R BS.1770-5 and EBU R 128, services' targets, and mastering to them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "master": ["Master"],
        "meter": ["Meter"],
        "report": ["Loudness", "LoudnessHistory", "measure_loudness", "read_meter"],
        "targets": ["TARGETS", "Target", "Treatment", "find_target", "treatment"],
    },
)
