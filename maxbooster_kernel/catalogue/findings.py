"""Collect findings while a record is walked: the place is kept, a finding is one call."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from maxbooster_kernel.problems import Problem, Severity


@dataclass(slots=True)
class Findings:
    """Findings in the order they were made."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, severity: Severity, code: str, where: str, message: str, fix: str = "") -> None:
        """Add one finding."""
        self.problems.append(Problem(code=code, severity=severity, where=where, message=message, fix=fix))

    def fatal(self, code: str, where: str, message: str, fix: str = "") -> None:
        """Add a finding that makes the record unusable."""
        self.add("fatal", code, where, message, fix)

    def error(self, code: str, where: str, message: str, fix: str = "") -> None:
        """Add a finding that must be repaired before anything is sent."""
        self.add("error", code, where, message, fix)

    def warning(self, code: str, where: str, message: str, fix: str = "") -> None:
        """Add a finding that stores may refuse or change."""
        self.add("warning", code, where, message, fix)

    def info(self, code: str, where: str, message: str, fix: str = "") -> None:
        """Add a finding that is good to know."""
        self.add("info", code, where, message, fix)


def parse_date(text: str | None) -> date | None:
    """Return the day of an ISO 8601 date or date and time; None if it is neither or not in the calendar.

    Examples
    --------
    >>> parse_date("2026-12-04"), parse_date("2026-13-45"), parse_date("2026-12-04T10:00:00Z")
    (datetime.date(2026, 12, 4), None, datetime.date(2026, 12, 4))
    """
    if not text or not text.isascii() or len(text) < 10 or text[4] != "-" or text[7] != "-":
        return None
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text).date()
    except ValueError:
        return None
