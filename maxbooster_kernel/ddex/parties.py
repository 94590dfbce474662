"""The party list of ERN 4: every name with its identifiers once, under a reference."""

from __future__ import annotations

from maxbooster_kernel.catalogue.party import ArtistIds
from maxbooster_kernel.ddex.view import IdView, PartyView

NO_IDS = ArtistIds()
STORE_NAMESPACES = {"spotify": "Spotify", "apple": "Apple"}


class PartyBook:
    """Gives out P1, P2, ... to names in the order they come."""

    def __init__(self) -> None:
        self.views: list[PartyView] = []
        self._known: dict[tuple[str, ArtistIds], str] = {}

    def reference(self, name: str, ids: ArtistIds | None = None) -> str:
        """Return the reference of a party."""
        key = (name, ids or NO_IDS)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = f"P{len(self.views) + 1}"
            others = [view for view in id_views(key[1]) or [] if view.namespace in STORE_NAMESPACES.values()]
            self.views.append(PartyView(found, name, None, key[1].isni, key[1].ipi, others))
        return found


def id_views(ids: ArtistIds) -> list[IdView] | None:
    """Return the identifiers of a party for ERN 3; None if there are none."""
    if ids is NO_IDS or not ids:
        return None
    views = [IdView(ids.isni, None, "true")] if ids.isni else []
    if ids.ipi:
        views.append(IdView(ids.ipi, "IPI", None))
    for name, namespace in STORE_NAMESPACES.items():
        value = getattr(ids, name)
        if value:
            views.append(IdView(value, namespace, None))
    return views or None
