"""The chain of steps that bring older session data to the newest version.

``STEPS[n]`` is a pure function that takes the data of version ``n`` and returns those of version ``n + 1``.
A step never changes its argument, and leaves fields it does not know as they are. To change the file's form, raise
``version`` in ``schema.json``, write the step in a module of this package named ``from_<n>.py``, and add it here.
"""

from maxbooster_kernel.session.migrations.chain import STEPS, Step, migrate

__all__ = ["STEPS", "Step", "migrate"]
