"""Allowed values: which code a version has for a value, and what is written where it has none."""

from __future__ import annotations

from maxbooster_kernel.ddex.tables import Table
from maxbooster_kernel.ddex.view import Coded

# ERN 4 has no plain Producer, ERN 3 no StudioProducer; a producer of recordings is meant by both.
ALIASES = {"Producer": "StudioProducer", "StudioProducer": "Producer"}


class Codes:
    """Looks values up in the lists of one version; ``namespace`` says whose the user-defined ones are."""

    def __init__(self, rules: Table, namespace: str) -> None:
        self._values = rules.values
        self._namespace = namespace
        four = "ContributorRole" in rules.values
        self._roles = rules.values["ContributorRole" if four else "ResourceContributorRole"]
        self._writers = frozenset() if four else rules.values["MusicalWorkContributorRole"] - {"Unknown", "UserDefined"}
        self._languages = rules.values.get("IsoLanguageCode")
        self._known: dict[tuple[str, str], Coded] = {}
        self._people: dict[str, Coded] = {}

    def one(self, value: str, kind: str) -> Coded:
        """Return the code of a value in a list, user-defined where the list lacks it."""
        found = self._known.get((value, kind))
        if found is None:
            listed = value in self._values[kind] and value != "UserDefined"
            found = Coded(value) if listed else Coded("UserDefined", value, self._namespace)
            self._known[value, kind] = found
        return found

    def listed(self, value: str, kind: str, fallback: str) -> Coded:
        """Return the code of a value in a list that cannot be extended, ``fallback`` where it lacks it."""
        return Coded(value if value in self._values[kind] else fallback)

    def contributor(self, role: str) -> Coded:
        """Return the code of a contributor's role."""
        found = self._people.get(role)
        if found is None:
            found = self._people[role] = self._contributor(role)
        return found

    def _contributor(self, role: str) -> Coded:
        if role not in self._roles and ALIASES.get(role) in self._roles:
            role = ALIASES[role]
        if role in self._roles and role != "UserDefined":
            return Coded(role)
        return Coded("UserDefined", role, self._namespace)

    def is_writer(self, role: str) -> bool:
        """Return whether ERN 3 lists a role among those of the musical work."""
        return role in self._writers

    def language(self, tag: str | None) -> str | None:
        """Return the language of a BCP 47 tag as the version takes it; None if it has no code for it."""
        if not tag or self._languages is None:
            return tag or None
        code = tag.split("-")[0].lower()
        return code if code in self._languages else None
