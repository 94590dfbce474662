"""Tracks, buses and the master of a session, and what stands on them: EQ, compressor, inserts, sends, clips."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from maxbooster_kernel.errors import SessionError
from maxbooster_kernel.session.conform import conform_record
from maxbooster_kernel.units import db_to_gain, gain_to_db
from maxbooster_kernel.workbench.handle import Collection, Handle, Parameter


class Levelled(Handle):
    """A record with a gain, also in decibels."""

    __slots__ = ()
    gain = Parameter[float]("Linear amplitude; 1 leaves the signal as it is.")

    @property
    def gain_db(self) -> float:
        """The gain in dB; minus infinity is silence."""
        return gain_to_db(self.gain)

    @gain_db.setter
    def gain_db(self, value: float) -> None:
        self.gain = db_to_gain(value)


class Stage(Handle):
    """A stage of a strip that can be switched off, or left out altogether."""

    __slots__ = ()
    enabled = Parameter[bool]("Whether the stage works; its latency stays when it does not.")

    @property
    def present(self) -> bool:
        """Whether the strip has the stage at all."""
        return self._document.get(self._path) is not None

    def leave_out(self) -> None:
        """Take the stage out of the strip."""
        if self.present:
            self._document.leave_out(self._path, label=f"{self._place} left out")

    def restore(self) -> None:
        """Put the stage back as it was, if it was left out; one that never was there has its default values."""
        self._document.put_back(self._path, label=f"{self._place} restored")

    def read(self, name: str) -> Any:
        """Return a field's value."""
        self._need()
        return super().read(name)

    def write(self, name: str, value: Any) -> None:
        """Check and set a field's value."""
        self._need()
        super().write(name, value)

    def _need(self) -> None:
        if not self.present:
            raise SessionError(f"{self._place}: the stage is left out; call .restore() to put it back")


class Band(Handle):
    """A band of an equaliser."""

    __slots__ = ()
    record = "band"
    type = Parameter[str]("Web Audio's filter type: lowshelf, highshelf, peaking, lowpass, highpass, ...")
    frequency = Parameter[float]("Frequency in Hz.")
    Q = Parameter[float]("Quality factor; shelves ignore it.")
    gain = Parameter[float]("Gain in dB.")


class Equaliser(Stage):
    """The equaliser of a strip: ``track.eq["low"].gain = 3.0``."""

    __slots__ = ()
    record = "eq"

    @property
    def bands(self) -> Collection[Band]:
        """The bands by id, in the order of the signal."""
        self._need()
        return Collection(self._document, (*self._path, "bands"), Band)

    def __getitem__(self, name: str) -> Band:
        return self.bands[name]

    def add(self, name: str, **parameters: Any) -> Band:
        """Add a band at the end of the chain."""
        return self.bands.insert("band", name, parameters)


class Dynamics(Stage):
    """A dynamics compressor, with Web Audio's parameters."""

    __slots__ = ()
    record = "master_compressor"
    threshold = Parameter[float]("Threshold in dB.")
    knee = Parameter[float]("Width of the knee in dB.")
    ratio = Parameter[float]("Ratio.")
    attack = Parameter[float]("Attack in seconds.")
    release = Parameter[float]("Release in seconds.")


class Compressor(Dynamics):
    """The compressor of a track or bus."""

    __slots__ = ()
    record = "compressor"
    key = Parameter[str | None]("The track or bus whose level drives the compressor; None is its own signal.")


class Limiter(Dynamics):
    """The limiter of the master."""

    __slots__ = ()
    record = "limiter"


class Clip(Levelled):
    """A piece of a media file on a track."""

    __slots__ = ()
    record = "clip"
    media = Parameter[str]("Path of the media file, relative to the session's folder.")
    sha256 = Parameter[str | None]("SHA-256 of the media file.")
    start_s = Parameter[float]("Where the clip starts in the session, in seconds.")
    offset_s = Parameter[float]("Where it starts in the file, in seconds.")
    duration_s = Parameter[float | None]("Its length in seconds; None goes to the end of the file.")
    fade_in_s = Parameter[float]("Length of the fade in, in seconds.")
    fade_out_s = Parameter[float]("Length of the fade out, in seconds.")


class Clips(Collection[Clip]):
    """The clips of a track."""

    def add(self, media: str, *, clip_id: str | None = None, **parameters: Any) -> Clip:
        """Add a clip of a media file (path relative to the session's folder)."""
        return self.insert("clip", clip_id or new_id("clip"), {**parameters, "media": media})


class Insert(Handle):
    """An effect in a strip."""

    __slots__ = ()
    record = "insert"
    type = Parameter[str]("The effect's name.")
    enabled = Parameter[bool]("Whether it works.")

    @property
    def params(self) -> dict[str, Any]:
        """The effect's parameters."""
        return dict(self.to_dict()["params"])

    def set(self, **parameters: Any) -> None:
        """Set parameters of the effect."""
        checked = conform_record("insert", {"id": self.id, "params": parameters}, self._place)["params"]
        with self._document.editing(f"{self._place} parameters"):
            for name, value in checked.items():
                self._document.set((*self._path, "params", name), value)


class Inserts(Collection[Insert]):
    """The effects of a strip, in the order of the signal."""

    def add(
        self,
        type: str,  # noqa: A002 - the name it has in the file
        *,
        insert_id: str | None = None,
        enabled: bool = True,
        **parameters: Any,
    ) -> Insert:
        """Add an effect at the end of the chain."""
        data = {"type": type, "enabled": enabled, "params": parameters}
        return self.insert("insert", insert_id or new_id(type), data)


class Send(Levelled):
    """A send of a strip to a bus."""

    __slots__ = ()
    record = "send"
    pre_fader = Parameter[bool]("Whether it takes the signal before the strip.")


class Sends(Collection[Send]):
    """The sends of a strip, by bus."""

    def add(self, bus: str, *, gain: float = 0.25, pre_fader: bool = False) -> Send:
        """Send to a bus."""
        return self.insert("send", bus, {"gain": gain, "pre_fader": pre_fader})


class Bus(Levelled):
    """A bus: it sums what is sent to it, and has the same strip as a track."""

    __slots__ = ()
    record = "bus"
    name = Parameter[str]("The name shown.")
    color = Parameter[str]("The color shown, as #rrggbb.")
    pan = Parameter[float]("Position from -1 (left) to 1 (right).")
    mute = Parameter[bool]("Whether the strip is silent.")
    solo = Parameter[bool]("Whether only soloed strips are heard.")
    output = Parameter[str]('Where the strip goes: "master" or a bus.')

    @property
    def eq(self) -> Equaliser:
        """The equaliser."""
        return Equaliser(self._document, (*self._path, "eq"))

    @property
    def compressor(self) -> Compressor:
        """The compressor."""
        return Compressor(self._document, (*self._path, "compressor"))

    @property
    def inserts(self) -> Inserts:
        """The effects after the compressor."""
        return Inserts(self._document, (*self._path, "inserts"), Insert)

    @property
    def sends(self) -> Sends:
        """The sends, by bus."""
        return Sends(self._document, (*self._path, "sends"), Send)


class Track(Bus):
    """A track: clips, then gain, pan, EQ, compressor, inserts, sends and output."""

    __slots__ = ()
    record = "track"

    @property
    def clips(self) -> Clips:
        """The clips."""
        return Clips(self._document, (*self._path, "clips"), Clip)


class Master(Levelled):
    """The master: gain, compressor, limiter, inserts."""

    __slots__ = ()
    record = "master"

    @property
    def compressor(self) -> Dynamics:
        """The master's compressor."""
        return Dynamics(self._document, (*self._path, "compressor"))

    @property
    def limiter(self) -> Limiter:
        """The master's limiter, part of the mix; the true-peak ceiling belongs to mastering."""
        return Limiter(self._document, (*self._path, "limiter"))

    @property
    def inserts(self) -> Inserts:
        """The master's effects."""
        return Inserts(self._document, (*self._path, "inserts"), Insert)


class Tracks(Collection[Track]):
    """The tracks of a session."""

    def add(self, name: str, *, track_id: str | None = None, **fields: Any) -> Track:
        """Add a track; keywords are its fields, such as ``gain`` or ``output``."""
        return self.insert("track", track_id or new_id(name), with_color(self, {**fields, "name": name}))


class Buses(Collection[Bus]):
    """The buses of a session."""

    def add(self, name: str, *, bus_id: str | None = None, **fields: Any) -> Bus:
        """Add a bus; keywords are its fields, such as ``gain`` or ``output``."""
        return self.insert("bus", bus_id or new_id(name), with_color(self, {**fields, "name": name}))


def with_color(strips: Collection[Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a strip's data with the palette's next color, unless they have one."""
    from maxbooster_kernel.session.schema import color

    return {"color": color(len(strips)), **data}


def new_id(word: str) -> str:
    """Return an id that no peer chooses at the same time: a word and eight random characters."""
    plain = "".join(character if character.isalnum() else "-" for character in word.lower()).strip("-")
    return f"{plain or 'new'}-{uuid.uuid4().hex[:8]}"
