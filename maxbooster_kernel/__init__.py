"""Max Booster: a music studio and a label's back office in JupyterLab.

``import maxbooster_kernel as mb`` costs almost nothing: every public name is
declared in ``__init__.pyi`` and loaded from the layer that owns it on first use.
"""

from maxbooster_kernel import public_names

__version__ = "0.1.0"
__getattr__, __dir__ = public_names.load, public_names.names
