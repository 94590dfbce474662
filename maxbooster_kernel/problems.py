"""Findings of a check: what is wrong, where, how bad it is, and what to do about it.

Functions that judge business data return ``list[Problem]``; they never raise on a finding.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["fatal", "error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("fatal", "error", "warning", "info")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One finding.

    ``code`` is stable and machine-readable, ``where`` names the place (a field path or an element),
    ``message`` is a sentence, ``fix`` says what to do.
    """

    code: str
    severity: Severity
    where: str
    message: str
    fix: str = ""

    def __str__(self) -> str:
        """Return the finding as one readable line."""
        return f"{self.severity}: {self.where}: {self.message}" + (f" ({self.fix})" if self.fix else "")

    def to_dict(self) -> dict[str, str]:
        """Return the finding as the JSON object of the command line."""
        return asdict(self)


def blocking(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems that stop the work: those of severity fatal or error."""
    return [problem for problem in problems if problem.severity in ("fatal", "error")]
