"""The studio as a widget: console, transport and timeline over the shared session.

The kernel passes handles and nothing else: which room of the Jupyter server holds the session, and who looks at it.
The page joins that room itself, so faders move while a cell runs, while the kernel restarts, and from other notebooks.
A session that is on no server keeps its document in step with the page over the widget's own comm.

The browser's half is ``widgets/src/console.ts``.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import traitlets

from maxbooster_kernel.audio.peaks import file_peaks
from maxbooster_kernel.errors import MaxBoosterError, RoomError
from maxbooster_kernel.session.document import SessionDocument
from maxbooster_kernel.units import gain_to_db
from maxbooster_kernel.widgets.freezer import Freezer, Render
from maxbooster_kernel.widgets.renderer import Renderer, RenderFile
from maxbooster_kernel.widgets.widget import Widget
from maxbooster_kernel.widgets.wire import Wire

BUNDLE = Path(__file__).parent / "static" / "console.js"

MOST_BUCKETS = 65536  # 384 KiB a channel

Renew = Callable[[], Mapping[str, str] | None]


class Studio(Widget):
    """Console, transport and timeline of one mix session.

    Parameters
    ----------
    document
        The session, for the static picture of a saved notebook and for sessions that are on no server.
    folder
        The folder of the session's media.
    path
        The session file's path on the Jupyter server; None when the session is not joined.
    room, session_id
        The room's name (``text:mbsession:<fileId>``) and the session id the server gave with it.
    user
        Who looks, where the server does not say: ``username``, ``name``, ``color``.
    base_url
        The server's base address as the browser sees it; by default what the page says.
    renew
        Returns fresh handles (``room``, ``session_id``, ``path``) when the server no longer knows the old ones.
    render_stem
        Renders what the page cannot play (see :mod:`maxbooster_kernel.widgets.freezer`); without it nothing is.
    render_file
        Renders into a file what the page orders (see :mod:`maxbooster_kernel.widgets.renderer`).

    Examples
    --------
    >>> document = SessionDocument()
    >>> document.apply({"format": "maxbooster-session", "version": 1, "name": "Night", "tracks": [{"id": "a"}]})
    >>> Studio(document=document)
    Studio('Night', 1 track)
    """

    _esm = BUNDLE if BUNDLE.is_file() else ""
    room = traitlets.Unicode("", read_only=True).tag(sync=True)
    session_id = traitlets.Unicode("", read_only=True).tag(sync=True)
    path = traitlets.Unicode("", read_only=True).tag(sync=True)
    base_url = traitlets.Unicode("", read_only=True).tag(sync=True)
    user = traitlets.Dict(read_only=True).tag(sync=True)
    _wire: Wire | None = None
    _freezer: Freezer | None = None
    _renderer: Renderer | None = None

    def __init__(
        self,
        *,
        document: SessionDocument,
        folder: Path | None = None,
        path: str | None = None,
        room: str | None = None,
        session_id: str | None = None,
        user: Mapping[str, Any] | None = None,
        base_url: str = "",
        renew: Renew | None = None,
        render_stem: Render | None = None,
        render_file: RenderFile | None = None,
    ) -> None:
        if not BUNDLE.is_file():
            raise MaxBoosterError(
                f"the browser bundle {BUNDLE.name} is missing; in a clone, make it with: python widgets/hatch_build.py"
            )
        super().__init__()
        self._document = document
        self._folder = folder
        self._renew = renew
        for name, value in {
            "room": room or "",
            "session_id": session_id or "",
            "path": path or _served_path(folder) or "",
            "base_url": base_url,
            "user": dict(user or {}),
        }.items():
            self.set_trait(name, value)
        self._wire = None if room else Wire(document, self.send)
        self._freezer = None if render_stem is None else Freezer(render_stem, self.send)
        self._renderer = None if render_file is None else Renderer(render_file, self.send)
        self.on_msg(self._receive)

    def close(self) -> None:
        """Stop keeping the page in step and close the view."""
        if self._wire is not None:
            self._wire.close()
        if self._freezer is not None:
            self._freezer.close()
        if self._renderer is not None:
            self._renderer.close()
        super().close()

    def _receive(self, _: Any, message: Mapping[str, Any], buffers: list[Any]) -> None:
        kind = message.get("type")
        if kind == "renew":
            fresh = self._renew() if self._renew else None
            self.send({"type": "handles", **(fresh or {})})
        elif kind == "peaks":
            self._send_overview(str(message.get("media", "")))
        elif kind in ("freeze", "frozen?"):
            if self._freezer is not None:
                self._freezer.receive(message)
        elif kind in ("render", "stop render", "renders?"):
            if self._renderer is not None:
                self._renderer.receive(message)
        elif self._wire is not None:
            self._wire.receive(kind, buffers)

    def _send_overview(self, media: str) -> None:
        """Send the waveform of a file of this session, coarse enough to travel; nothing when it cannot be read."""
        clips = [clip for track in self._document.snapshot()["tracks"] for clip in track["clips"]]
        if self._folder is None or not any(clip["media"] == media for clip in clips):
            return
        try:
            pyramid = file_peaks(self._folder / media)
        except (MaxBoosterError, OSError):
            return
        levels = [level for level in pyramid.levels if level.values.shape[1] <= MOST_BUCKETS]
        self.send({"type": "peaks", "media": media}, [replace(pyramid, levels=tuple(levels)).encode()])

    def __repr__(self) -> str:
        session = self._document.snapshot()
        count = len(session["tracks"])
        return f"Studio({session['name']!r}, {count} track{'s' if count != 1 else ''})"

    def _still(self) -> str:
        return still(self._document.snapshot())


def still(session: Mapping[str, Any]) -> str:
    """Return the mixer as a static table, for readers of a saved notebook.

    >>> "<td>Drums</td>" in still({"name": "x", "tracks": [{"name": "Drums", "gain": 1.0, "pan": 0.0,
    ...     "mute": False, "solo": False}], "buses": [], "master": {"gain": 1.0}})
    True
    """
    strips = [*session["tracks"], *session["buses"], {"name": "Master", **session["master"]}]
    rows = "".join(_row(strip) for strip in strips)
    head = "".join(f"<th>{title}</th>" for title in ("Strip", "Gain (dB)", "Pan", ""))
    return f"<table><caption>{html.escape(session['name'])}</caption><thead><tr>{head}</tr></thead>{rows}</table>"


def _row(strip: Mapping[str, Any]) -> str:
    gain = gain_to_db(strip["gain"])
    pan = strip.get("pan")
    marks = [word for word in ("mute", "solo") if strip.get(word)]
    cells = [strip["name"], f"{gain:+.1f}", "" if pan is None else f"{pan:+.2f}", ", ".join(marks)]
    return "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"


def _served_path(folder: Path | None) -> str | None:
    """Return a path inside the media's folder as the running Jupyter server serves it, or None."""
    if folder is None:
        return None
    from maxbooster_kernel.collab.discovery import find_server

    try:
        root = find_server().root
    except RoomError:
        return None
    resolved = folder.resolve()
    if root is None or not resolved.is_relative_to(root.resolve()):
        return None
    return (resolved.relative_to(root.resolve()) / "session").as_posix()
