"""Royalties to the nano: lines, prices, splits, statements, payouts.

Names are declared in ``__init__.pyi`` and loaded on first use.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
