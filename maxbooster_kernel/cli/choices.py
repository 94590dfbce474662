"""The words that options and arguments of commands choose from; another word is wrong usage.

They are those of the functions that the commands call, written here again because importing those takes time that
``--help`` does not have; a test holds both together.
"""

from __future__ import annotations

from typing import Literal

Action = Literal["initial", "update", "takedown", "purge"]
"""What a message asks a store to do."""
BitDepth = Literal["16", "24", "32f"]
"""What a sample is written as."""
Damaged = Literal["refuse", "quarantine"]
"""What becomes of a sales file with damaged rows."""
DecimalMark = Literal["point", "comma"]
"""What stands before the decimals of a sales file."""
Dither = Literal["none", "tpdf", "shaped"]
"""What is added before rounding to a bit depth."""
Fault = Literal["none", "silent", "reject", "late", "damage", "drop"]
"""How the practice store misbehaves."""
Provider = Literal["dry-run", "csv", "pain001", "stripe"]
"""Who makes payouts."""
Role = Literal["owner", "editor", "viewer"]
"""What a user may do in a session."""
Version = Literal["3.8.2", "3.8.3", "4.3", "4.3.2"]
"""The ERN versions that can be written."""


def bits(depth: BitDepth) -> Literal[16, 24, "32f"]:
    """Return a bit depth as the functions that write audio take it."""
    return "32f" if depth == "32f" else 16 if depth == "16" else 24
