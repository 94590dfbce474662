"""The message versions: namespaces, structure tables and what sets each apart."""

from __future__ import annotations

from dataclasses import dataclass

from maxbooster_kernel.ddex.tables import Table, table
from maxbooster_kernel.errors import MessageError

ERN_NAMESPACE = "http://ddex.net/xml/ern/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of the Electronic Release Notification standard.

    ``generation`` is 3 (composites by territory) or 4 (parties by reference); ``table`` names the structure table,
    None where only reading is supported.
    """

    name: str
    key: str
    generation: int
    table: str | None = None

    @property
    def namespace(self) -> str:
        """Return the XML namespace of the root element."""
        return ERN_NAMESPACE + self.key

    def rules(self) -> Table:
        """Return the structure table; raise if the version has none."""
        if self.table is None:
            raise MessageError(f"ERN {self.name} is read only; write {', '.join(WRITTEN)}")
        return table(self.table)


VERSIONS: dict[str, Version] = {
    version.name: version
    for version in (
        Version(name="3.4.1", key="341", generation=3),
        Version(name="3.5.1", key="351", generation=3),
        Version(name="3.6", key="36", generation=3),
        Version(name="3.7", key="37", generation=3),
        Version(name="3.7.1", key="371", generation=3),
        Version(name="3.8", key="38", generation=3),
        Version(name="3.8.1", key="381", generation=3),
        Version(name="3.8.2", key="382", generation=3, table="ern-382"),
        Version(name="3.8.3", key="383", generation=3, table="ern-383"),
        Version(name="4.1", key="41", generation=4),
        Version(name="4.1.1", key="411", generation=4),
        Version(name="4.2", key="42", generation=4),
        Version(name="4.3", key="43", generation=4, table="ern-43"),
        Version(name="4.3.1", key="431", generation=4),
        Version(name="4.3.2", key="432", generation=4, table="ern-432"),
    )
}
WRITTEN: tuple[str, ...] = tuple(name for name, version in VERSIONS.items() if version.table)


def written_version(name: str) -> Version:
    """Return a version that can be written; raise :class:`MessageError` for any other name."""
    version = VERSIONS.get(name)
    if version is None or version.table is None:
        raise MessageError(f'expected an ERN version of {", ".join(WRITTEN)}, got "{name}"')
    return version


def version_of_namespace(namespace: str | None) -> Version | None:
    """Return the version of a root namespace; None if it is not one that is read here.

    Examples
    --------
    >>> version_of_namespace("http://ddex.net/xml/ern/432").name
    '4.3.2'
    """
    key = (namespace or "").removeprefix(ERN_NAMESPACE)
    return next((version for version in VERSIONS.values() if version.key == key), None)
