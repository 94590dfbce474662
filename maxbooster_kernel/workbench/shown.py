"""What a widget of a session is given: its document, how to find its room, and what its kernel can do for the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from maxbooster_kernel.errors import SessionError

if TYPE_CHECKING:
    from maxbooster_kernel.widgets.renderer import Say, Watch
    from maxbooster_kernel.workbench.session import Session


def shown(session: Session) -> dict[str, Any]:
    """Return what a widget shows a session by, as keyword arguments of :class:`maxbooster_kernel.widgets.Studio`.

    Folder and room are asked for when they are needed: both may change while a widget is shown.
    """

    def render_stem(graph: Mapping[str, Any]) -> dict[str, Any]:
        from maxbooster_kernel.workbench.frozen import render_stem

        return render_stem(graph, session.folder)

    def render_file(order: Mapping[str, Any], progress: Say, watch: Watch) -> dict[str, Any]:
        from maxbooster_kernel.workbench.ordered import render_ordered

        if session.document.read_only:
            raise SessionError(session.document.read_only)
        return render_ordered(order, session.folder, progress, watch)

    given: dict[str, Any] = {"document": session.document, "folder": session.folder}
    given |= {"render_stem": render_stem, "render_file": render_file}
    if (room := session.room) is not None:
        given |= {"path": room.path, "room": room.name, "session_id": room.session_id}
        given |= {"user": room.user, "renew": room.renew}
    return given
