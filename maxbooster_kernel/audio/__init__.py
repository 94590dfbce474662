"""Audio in memory and on disk; the only place that opens audio files.

Names are declared in ``__init__.pyi`` and loaded on first use; functions called as their modules are (``peaks``,
``probe``, ``resample``) are imported from these.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
