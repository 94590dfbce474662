"""The mix session as scripts and notebooks use it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from maxbooster_kernel.errors import SessionError, expect_path
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.session.conform import conform_value, heal_value, normalize
from maxbooster_kernel.session.document import SessionDocument
from maxbooster_kernel.session.file import check_media, read_session, write_session
from maxbooster_kernel.session.guard import load
from maxbooster_kernel.workbench import stems
from maxbooster_kernel.workbench.handle import hint
from maxbooster_kernel.workbench.lanes import Automation, Comment, Comments, Marker, Markers
from maxbooster_kernel.workbench.shown import shown
from maxbooster_kernel.workbench.strips import Bus, Buses, Master, Track, Tracks
from maxbooster_kernel.workbench.summary import summary_html
from maxbooster_kernel.workbench.versioned import Versioned

if TYPE_CHECKING:
    from maxbooster_kernel.audio import AudioBuffer
    from maxbooster_kernel.collab.peers import Peer
    from maxbooster_kernel.collab.room import Room
    from maxbooster_kernel.mix.meters import Curve

META = ("name", "sample_rate", "tempo_bpm", "time_signature")


class Session(Versioned):
    """A mix session: tracks, buses, the master, automation, markers, comments and notes.

    Make one with :meth:`open`, :meth:`from_stems`, :meth:`join` or :meth:`new`; the constructor is for these.

    Examples
    --------
    >>> session = Session.new("Night Drive")
    >>> drums = session.tracks.add("Drums", track_id="drums")
    >>> session.tracks["drums"].gain = 0.5
    >>> round(session.tracks["drums"].gain_db, 2)
    -6.02
    >>> session.undo(), session.tracks["drums"].gain
    (True, 1.0)
    """

    name: str
    sample_rate: int
    tempo_bpm: float
    time_signature: list[int]

    def __init__(
        self,
        document: SessionDocument,
        *,
        path: Path | None = None,
        folder: Path | None = None,
        room: Room | None = None,
    ) -> None:
        self.document = document
        self.path = path
        self.folder = folder if folder is not None or path is None else path.parent
        self.room = room

    @classmethod
    @checked
    def new(cls, name: str = "Untitled", *, sample_rate: int = 44100, tempo_bpm: float = 120.0) -> Session:
        """Return an empty session."""
        head = {"format": "maxbooster-session", "version": 1, "uuid": stems.new_uuid(), "name": name}
        return cls._of({**head, "sample_rate": sample_rate, "tempo_bpm": tempo_bpm})

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Session:
        """Open a session file; no server is needed, and edits stay here until :meth:`save`.

        Raises
        ------
        SessionError
            The file is missing, not a valid session, or a media file is missing; the message names the place.
        """
        data = read_session(path)
        check_media(data, Path(path).resolve().parent)
        return cls._of(data, path=Path(path).resolve())

    @classmethod
    @checked
    def from_stems(
        cls, paths: Iterable[str | os.PathLike[str]], *, name: str | None = None, tempo_bpm: float = 120.0
    ) -> Session:
        """Return a session with one track a stem; a track's id and name are its file's stem.

        Parameters
        ----------
        paths
            Audio files of one sample rate.
        name
            The session's name; by default that of the folder of the stems.
        tempo_bpm
            The tempo in BPM.

        Raises
        ------
        AudioError
            A file is no audio, or the sample rates differ.
        SessionError
            There is no stem, or two have the same name.
        """
        folder, data = stems.session_of(paths, name=name, tempo_bpm=tempo_bpm)
        return cls._of(data, folder=folder)

    @classmethod
    @checked
    def join(
        cls,
        path: str | os.PathLike[str],
        *,
        server_url: str | None = None,
        token: str | None = None,
        name: str | None = None,
        color: str | None = None,
        timeout_s: float = 20.0,
    ) -> Session:
        """Join the shared session of a file on a running Jupyter server; edits flow both ways until :meth:`leave`.

        Parameters
        ----------
        path
            The session file: as it is on disk, or relative to the server's folder.
        server_url, token
            The server; by default that of this kernel, or ``MAXBOOSTER_SERVER_URL`` and ``MAXBOOSTER_TOKEN``.
        name, color
            How the others see you; by default the server's name of the user, and a color of the palette.
        timeout_s
            How long to wait for the first exchange, in seconds.

        Raises
        ------
        RoomError
            No server or room can be reached; the message says why and what to do.
        """
        from maxbooster_kernel.collab.join import join_room

        room = join_room(path, server_url=server_url, token=token, name=name, color=color, timeout_s=timeout_s)
        return cls(room.document, path=room.local_path, room=room)

    @classmethod
    def _of(cls, data: Mapping[str, Any], *, path: Path | None = None, folder: Path | None = None) -> Session:
        document = SessionDocument()
        with document.lock:
            load(document.doc, normalize(data))
        return cls(document, path=path, folder=folder)

    @property
    def tracks(self) -> Tracks:
        """The tracks, by id."""
        return Tracks(self.document, ("tracks",), Track)

    @property
    def buses(self) -> Buses:
        """The buses, by id."""
        return Buses(self.document, ("buses",), Bus)

    @property
    def master(self) -> Master:
        """The master strip."""
        return Master(self.document, ("master",))

    @property
    def automation(self) -> Automation:
        """The automation, by target such as ``"drums/gain"``."""
        return Automation(self.document)

    @property
    def markers(self) -> Markers:
        """The markers, in the order of time."""
        return Markers(self.document, ("markers",), Marker)

    @property
    def comments(self) -> Comments:
        """The comments, in the order of time."""
        comments = Comments(self.document, ("comments",), Comment)
        comments.author = self.room.user["name"] if self.room else os.environ.get("USER", "")
        return comments

    @property
    def notes(self) -> str:
        """The notes of the session; what is written is merged with what others write at the same time."""
        with self.document.lock:
            return str(self.document.notes)

    @notes.setter
    def notes(self, text: str) -> None:
        from maxbooster_kernel.session.shared import reconcile_text

        conform_value("session", "notes", text, "session")
        with self.document.editing("notes"):
            reconcile_text(self.document.notes, text)

    @property
    def peers(self) -> list[Peer]:
        """The people and kernels in the shared session, oneself included; empty when not joined."""
        return self.room.peers() if self.room else []

    def __getattr__(self, name: str) -> Any:
        if name in META:
            return heal_value("session", name, self.document.get(("meta", name)))
        known = [item for item in (*dir(type(self)), *META) if not item.startswith("_")]
        raise AttributeError(f"Session has no {name!r}; {hint(name, known)}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name in META:
            from maxbooster_kernel.session.shared import floats

            checked = conform_value("session", name, list(value) if isinstance(value, tuple) else value, "session")
            self.document.set(("meta", name), floats(checked), label=name)
        elif name in ("document", "path", "folder", "room") or hasattr(type(self), name):
            object.__setattr__(self, name, value)
        else:
            known = [item for item in (*dir(type(self)), *META) if not item.startswith("_")]
            raise AttributeError(f"Session has no {name!r}; {hint(name, known)}")

    @checked
    @contextmanager
    def edit(self, label: str = "") -> Iterator[Session]:
        """Make every change of the block one transaction and one undo step; an exception takes all of it back."""
        with self.document.editing(label):
            yield self

    def undo(self) -> bool:
        """Take back your last step; what others did stays. Return whether anything changed."""
        return self.document.undo()

    def redo(self) -> bool:
        """Do again what was taken back. Return whether anything changed."""
        return self.document.redo()

    @checked
    def save(self, path: str | os.PathLike[str] | None = None, *, force: bool = True) -> Path:
        """Write the session file, whole or not at all, and return its path.

        A joined session is saved by the server; give a path to write a copy.

        Raises
        ------
        SessionError
            There is no path, or the media do not lie in the file's folder or below.
        OutputExistsError
            The file exists and ``force`` is false.
        """
        if path is None and self.room is not None:
            self.room.save()
            return self.room.local_path or Path(self.room.path)
        target = expect_path(path, "a session file").resolve() if path is not None else self.path
        if target is None:
            raise SessionError("the session has no file yet; give its path: session.save('song.mbsession')")
        data = self.snapshot()
        if self.folder is not None and target.parent != self.folder:
            data = stems.moved(data, self.folder, target.parent)
        write_session(target, data, force=force)
        if self.room is None:
            self._moved_to(target, data)
        return target

    def _moved_to(self, target: Path, data: Mapping[str, Any]) -> None:
        self.path, self.folder = target, target.parent
        if data != self.snapshot():
            self.document.apply_normal(data, label=f"saved as {target.name}")

    def render(self, **options: Any) -> AudioBuffer | dict[str, AudioBuffer]:
        """Render the mix; see :func:`maxbooster_kernel.workbench.render.render_session` for the options.

        Common ones: ``stems=True`` gives a dict of stems, ``raw_graph=True`` what a browser's
        OfflineAudioContext gives, ``cache=False`` computes everything again from the media.
        """
        from maxbooster_kernel.workbench.render import render_session

        return render_session(self.snapshot(), self._media_folder(), **options)

    @checked
    def export(self, output: str | os.PathLike[str], **options: Any) -> dict[str, Any]:
        """Render the mix straight into a file, in the memory of seconds, and return what it was made from.

        See :func:`maxbooster_kernel.workbench.export.export_session` for the options and the manifest; common ones:
        ``stems="folder"`` writes the stems too, ``bit_depth=16``, ``sample_rate=48000``, ``force=True``.
        """
        from maxbooster_kernel.workbench.export import export_session

        return export_session(self.snapshot(), self._media_folder(), output, **options)

    @checked
    def gain_reduction(self, compressor: str | None = None) -> dict[str, Curve]:
        """Return the gain reduction of every compressor over time, in dB; draw it with ``plots.gain_reduction``."""
        from maxbooster_kernel.workbench.curves import reduction_curves

        return reduction_curves(self.snapshot(), self._media_folder(), compressor=compressor)

    @checked
    def levels(self, *, step_s: float = 0.01) -> dict[str, dict[str, Curve]]:
        """Return peak and rms level of every strip and of the mix (``"master"``) over time, in dBFS."""
        from maxbooster_kernel.workbench.curves import level_curves

        return level_curves(self.snapshot(), self._media_folder(), step_s=step_s)

    def studio(self, **options: Any) -> Any:
        """Show the console, transport and timeline as one widget."""
        from maxbooster_kernel.widgets.console import Studio

        return Studio(**shown(self), **options)

    def tables(self, **options: Any) -> Any:
        """Show tracks, clips, markers and comments as tables that are edited in place."""
        from maxbooster_kernel.widgets.tables import Tables

        return Tables(**shown(self), **options)

    def leave(self) -> None:
        """Leave the shared session; the others see it at once, and edits from here on stay local."""
        if self.room is not None:
            self.room.leave()
            self.room = None

    def _media_folder(self) -> Path:
        if self.folder is None:
            raise SessionError("the session has no folder yet; save it beside its media first")
        return self.folder

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.leave()

    def __repr__(self) -> str:
        place = f", room={self.room.name!r}" if self.room else f", path={self.path.name!r}" if self.path else ""
        return f"Session({self.name!r}, tracks={len(self.tracks)}, buses={len(self.buses)}{place})"

    def _repr_html_(self) -> str:
        return summary_html(self.snapshot(), peers=[peer.name for peer in self.peers])
