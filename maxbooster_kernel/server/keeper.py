"""What Max Booster adds to one room of jupyter-collaboration that holds a mix session."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from jupyter_server_ydoc.utils import OutOfBandChanges
from pycrdt import TransactionEvent, read_message

from maxbooster_kernel.errors import SessionError
from maxbooster_kernel.server.aside import Aside
from maxbooster_kernel.server.broadcast import broadcast
from maxbooster_kernel.server.saving import save_whole
from maxbooster_kernel.server.services import Services
from maxbooster_kernel.server.store import MixStore, RoomLog
from maxbooster_kernel.server.whereabouts import Whereabouts
from maxbooster_kernel.session.file import loads
from maxbooster_kernel.session.guard import Draft, draft
from maxbooster_kernel.session.reshape import reshape

TICK_S = 0.25
IDLE_S = 2.0


class Keeper:
    """Keeps a room's document: stores every update, saves the file in time, notes who wrote what, keeps versions.

    Parameters
    ----------
    room
        The ``DocumentRoom``, before it is initialized.
    services
        What all rooms of the server share.

    Attributes
    ----------
    session
        The session's uuid; empty until the room is ready.
    author
        The user whose message is being taken in right now; empty in between.
    """

    def __init__(self, room: Any, services: Services) -> None:
        self.room, self.services = room, services
        self.session = self.author = ""
        self.authors: dict[str, str] = {}
        self._new_authors: dict[str, str] = {}
        self.log = RoomLog(services.database, room.room_id)
        self.store = MixStore(room.room_id, room_log=self.log, others=self._others)
        self.document = room._document.document
        self.guard = room._document.guard
        self.changes = 0
        self._saved = -1
        self._saved_at = self._changed_at = self._kept_at = 0.0
        self._compacted = True
        self._receiving = self._behind_told = False
        self._saving = asyncio.Lock()
        self._behind: dict[str, Any] | None = None
        self._aside = Aside(services.versions)
        self._where = Whereabouts(room._file, services.root)
        self._attach()
        self._task = asyncio.create_task(self._watch())

    def _attach(self) -> None:
        room = self.room
        room.ystore = self.store
        room._save_delay = None  # the keeper saves
        room._document.unobserve()
        memory = self.log.recall()
        self.authors.update(memory.get("authors", {}))
        self.guard.recall(memory)
        self.guard.remember = self._remember
        self.guard.set_aside = self._set_aside
        room._document.on_broken = self._keep_broken
        self.log.append(room.ydoc.get_update())  # what the room wrote before it had a keeper: its file's path
        room.ydoc.observe(self._on_update)
        roots = {"meta": self.document.meta, "master": self.document.master, **self.document.roots}
        self._subscriptions = [root.observe_deep(self._listener(name)) for name, root in roots.items()]
        self._subscriptions.append(self.document.notes.observe(lambda _: self._note("notes")))
        room._broadcast_updates = partial(broadcast, room)
        save_whole(room._file, self.services.root, self._where.note)
        room._file.observe(room.room_id, self._on_file_changed, room._on_filepath_change)
        stop = room.stop

        async def stop_all() -> None:
            await self.close()
            await stop()

        room.stop = stop_all

    async def _others(self) -> list[bytes]:
        """Return what other servers hold of this session, by the uuid in its file.

        Where they hold it and this server never saw the file before, the file is behind them: it is kept as a version.
        """
        if self.services.fanout is None:
            return []
        try:
            content = loads((self.services.root / self.room._file.path).read_text("utf-8"))
        except (OSError, ValueError, SessionError):
            return []
        found = await self.services.fanout.states(str(content["uuid"]))
        if found and self.guard.agreed is None and self.guard.pending is None:
            content.pop("crdt", None)
            self.guard.agreed = self._behind = content
        return found

    async def close(self) -> None:
        """Stop watching, with everything stored."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        if self.session:
            self.services.leave(self)
        self._compact()
        await asyncio.wrap_future(self.log.flushed())

    def _remember(self, known: dict[str, Any]) -> None:
        """Store what is known of the file, and who wrote what since the last version."""
        self.log.remember({**known, "authors": dict(self.authors)})

    @contextlib.contextmanager
    def written_by(self, username: str) -> Iterator[None]:
        """Attribute the changes of the block to someone."""
        self.author = username
        try:
            yield
        finally:
            self.author = ""

    async def stored_state(self) -> bytes:
        """Return the document's state vector, once all it contains is committed."""
        state: bytes = self.room.ydoc.get_state()
        await asyncio.wrap_future(self.log.flushed())
        return state

    def receive(self, update: bytes) -> None:
        """Take in what another server has."""
        self._receiving = True
        try:
            self.room.ydoc.apply_update(update)
        except RuntimeError as error:
            self.services.logger.warning("%s: an update of another server was refused: %s", self.room.room_id, error)
        finally:
            self._receiving = False

    async def relay(self, frame: bytes) -> None:
        """Pass on the presence of another server's clients."""
        self.room.awareness.apply_awareness_update(read_message(frame[1:]), "another server")
        for client in list(self.room.clients):
            await client.send(frame)

    async def keep_version(self, *, name: str = "", author: str = "") -> int | None:
        """Keep a version of the session as it is; an automatic one has no name."""
        made = await self._drafted()
        authors, self.authors = self.authors, {}
        self._kept_at = time.monotonic()
        keep = partial(self.services.versions.add, self.session, made.content, at=time.time())
        return await asyncio.to_thread(partial(keep, name=name, author=author, authors=authors))

    def tell_behind(self) -> None:
        """Tell everyone in the room that the file is behind, from the first change after it was written."""
        if self.changes > max(self._saved, 0) and not self._behind_told:
            self._behind_told = self.room._document.dirty = True

    def _tell_saved(self, changes: int) -> None:
        """Tell everyone that the file holds the session, unless it changed since the draft that was written."""
        self._saved = changes
        if self.changes == changes:
            self._behind_told = False
            if self.room._document.dirty:
                self.room._document.dirty = False

    @property
    def problem(self) -> str:
        """What is wrong with the file; empty when all is well."""
        return str(self.room._document.ystate.get("problem") or "")

    def say(self, problem: str) -> None:
        """Tell everyone in the room what is wrong with the file; empty when all is well."""
        if self.problem != problem:
            self.room._document.ystate["problem"] = problem
            if problem:
                self.services.logger.warning("%s: %s", self.room.room_id, problem)

    def _on_update(self, event: TransactionEvent) -> None:
        if not self.store.is_loading:
            self.log.append(event.update, self._new_authors)
            self._new_authors.clear()
            if not self._receiving:
                self.services.publish(self, event.update)
        self._compacted = False
        self._changed_at = time.monotonic()

    def _listener(self, root: str) -> Any:
        def listen(events: list[Any]) -> None:
            for event in events:
                place = "/".join([root, *(str(part) for part in event.path)])
                for key in getattr(event, "keys", None) or {}:
                    self._note(f"{place}/{key}")

        return listen

    def _note(self, place: str) -> None:
        self.changes += 1
        if self.author and self.authors.get(place) != self.author:
            self.authors[place] = self._new_authors[place] = self.author

    async def _watch(self) -> None:
        await self.room.ready_event.wait()
        self.name()
        while True:
            try:
                await self._tick(time.monotonic())
            except Exception:  # the watch must outlive anything a file or a peer does
                self.services.logger.exception("%s: the watch stumbled and goes on", self.room.room_id)
            await asyncio.sleep(TICK_S)

    async def _tick(self, now: float) -> None:
        if self.document.get(("meta", "uuid")) != self.session:
            self.document.set(("meta", "uuid"), self.session)
        for client in [client for client in self.room.clients if hasattr(client, "tell_role")]:
            await client.tell_role()
            await client.bury(now)
        idle = now - self._changed_at > IDLE_S
        if self.log.is_long or (idle and not self._compacted):
            self._compact(tidy=idle)
        self.tell_behind()
        problem = self._where.problem()
        self.say(problem or self._aside.said)
        if not problem and self.changes != self._saved and now - self._saved_at >= self.services.save_interval_s:
            await self._save_in_time(now)

    async def _save_in_time(self, now: float) -> None:
        async with self._saving:
            changes = self.changes
            made = await self._drafted()
            if made.content != self.guard.agreed and not await self._write(made):
                return
            self._tell_saved(changes)
        self._saved_at = now
        if now - self._kept_at >= self.services.version_interval_s:
            await self.keep_version()

    async def save(self) -> bool:
        """Write the file, unless it changed outside, which is taken in instead; return whether it was written.

        The stock room drops a save when an edit comes in during it, so that under steady edits there is none.
        """
        async with self._saving:
            changes = self.changes
            written = await self._write(await self._drafted())
            if written:
                self._tell_saved(changes)
            return written

    async def _drafted(self) -> Draft:
        """Return the file for the document as it is; the long part of the work leaves the event loop free."""
        return await asyncio.to_thread(draft, *self.guard.taken())

    async def _write(self, made: Draft) -> bool:
        self.guard.expect(made)
        model = {"format": self.room.file_format, "type": self.room.file_type, "content": made.text}
        try:
            saved = await self.room._file.maybe_save_content(model)
        except OutOfBandChanges:
            await self._on_file_changed()
            return False
        if saved is None:
            return False
        self.room._document.hash = saved["hash"]
        return True

    def _compact(self, *, tidy: bool = False) -> None:
        if not self.room.ready or self._compacted:
            return
        self._compacted = True
        self.log.compact(self.room.ydoc.get_update())
        if tidy:
            self.services.database.tidy()

    def name(self) -> None:
        """Make sure that the session's uuid names this file alone: a copied file gets a new one."""
        if self.session or not self.room.ready:
            return
        reshape(self.document)  # it may have been stored in the shape before
        given = str(self.document.get(("meta", "uuid")))
        self.session = self.services.name(given, self.room.room_id, self.room._file.path)
        if self.session != given:
            self.document.set(("meta", "uuid"), self.session)
        self._kept_at = time.monotonic() - self.services.version_interval_s
        self._aside.keep(self.session)
        self.guard.live = True
        if self._behind is not None and self._behind != self.document.snapshot():
            name = "the file before it joined the other servers"
            keep = self.services.versions.add
            keep(self.session, self._behind, at=time.time(), name=name, author="file", authors={})
        self.services.join(self)

    def _set_aside(self, content: dict[str, Any], replaced: bool) -> None:
        file = Path(str(self.room._file.path)).name
        self._aside.put(content, replaced=replaced, file=file, authors=self.authors)
        if self.session:
            self._aside.keep(self.session)

    def _keep_broken(self, text: str, error: SessionError) -> None:
        path = self.services.root / self.room._file.path
        self._copy_broken(path, text.encode("utf-8", "surrogatepass"))
        self.services.logger.warning("%s: the file on disk is no session (%s)", path, error)

    async def _on_file_changed(self) -> None:
        path = self.services.root / self.room._file.path
        try:
            await self.room._file.load_content(self.room.file_format, self.room.file_type)
        except Exception as error:  # noqa: BLE001 - the contents manager raises whatever its storage raises
            with contextlib.suppress(OSError):
                self._copy_broken(path, path.read_bytes())
            self.services.logger.warning("%s: the file on disk cannot be read (%s)", path, error)
            return
        with self.written_by("file"):
            await self.room._on_outofband_change()

    def _copy_broken(self, path: Path, content: bytes) -> None:
        """Keep what is on disk beside the file, and have the session written over it."""
        with contextlib.suppress(OSError):
            path.with_name(path.name + ".broken").write_bytes(content)
        self.guard.forget()
        self.changes += 1


def keeper_of(room: Any) -> Keeper | None:
    """Return the keeper of a room, if it has one."""
    found = getattr(room, "maxbooster_keeper", None)
    return found if isinstance(found, Keeper) else None
