"""The session's tracks, clips, markers and comments as tables that are edited in place, over the shared session.

The browser's half is ``widgets/src/tables.ts``, in the studio's bundle.
"""

from __future__ import annotations

import traitlets

from maxbooster_kernel.widgets.console import Studio


class Tables(Studio):
    """Tracks, clips, markers and comments of one mix session as editable tables; parameters as for :class:`Studio`.

    Examples
    --------
    >>> from maxbooster_kernel.session.document import SessionDocument
    >>> document = SessionDocument()
    >>> document.apply({"format": "maxbooster-session", "version": 1, "name": "Night", "tracks": [{"id": "a"}]})
    >>> Tables(document=document)
    Tables('Night', 1 track)
    """

    view = traitlets.Unicode("tables", read_only=True).tag(sync=True)

    def __repr__(self) -> str:
        return super().__repr__().replace("Studio", "Tables", 1)
