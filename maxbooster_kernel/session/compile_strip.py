"""Compile one strip, a track, a bus or the master, into the nodes of the graph.

A strip's nodes follow from its own settings, its automation, its media, and how late and wide is what it reads of
other strips: from nothing else. So a strip is compiled once from a description of all that, as bytes, and found again
by the same bytes; what an edit does not change is not compiled.

An insert's latency is filled up to whole render quanta, and what meets is delayed so that the graph is the one of
inserts that are not late, only later by whole quanta. A compressor works in divisions of 32 frames and parameters move
in quanta of 128: so a late insert changes nothing of what others make of the signal, not a bit. Automation moves along.
"""

from __future__ import annotations

import marshal
import math
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from maxbooster_kernel.errors import SessionError
from maxbooster_kernel.mix.graph import Section, read_section
from maxbooster_kernel.mix.memo import Memo
from maxbooster_kernel.session.compile_automation import parameter, unsigned
from maxbooster_kernel.units import seconds_to_frames

LOOK_AHEAD_S = np.float32(0.006)
COMPRESSOR = ("threshold", "knee", "ratio", "attack", "release")
MASTER = "master"
QUANTUM = 128
STEREO_OUT = ("stereo_panner", "dynamics_compressor", "insert")

Record = Mapping[str, Any]
Outlet = tuple[str, int, int, int]
"""A node that other strips may read: its id, its latency in frames, that without inserts', its channels."""


def look_ahead_frames(sample_rate: int) -> int:
    """Return the latency of a dynamics compressor in frames: 6 ms, rounded down in single precision.

    >>> look_ahead_frames(44100), look_ahead_frames(48000), look_ahead_frames(22050)
    (264, 288, 132)
    """
    return int(np.float32(LOOK_AHEAD_S * np.float32(sample_rate)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Piece:
    """A strip as compiled: its nodes, what it gives to which other strip, what its key is, where its last clip ends.

    The nodes belong to all graphs that the strip stands in: they are read, never changed or given away.
    """

    nodes: list[dict[str, Any]]
    feeds: Mapping[str, Sequence[Outlet]]
    tap: Outlet
    end: int
    reads: Sequence[Outlet]
    sections: list[Section] = field(default_factory=list)

    def section(self) -> Section:
        """Return the nodes checked, as the render engine wants them."""
        if not self.sections:
            widths = {name: channels for name, _, _, channels in self.reads}
            self.sections.append(read_section(self.nodes, widths))
        return self.sections[0]


def compile_strip(
    strip: Record, points: Record, heard: tuple[bool, bool], media: Sequence[tuple[int, int] | None],
    latency: Sequence[int], inputs: Sequence[Outlet] | None, key: Outlet | None, *, sample_rate: int, aligned: bool,
) -> Piece:  # fmt: skip
    """Compile a strip, or find it.

    Parameters
    ----------
    strip
        The record of a track or a bus; of the master, with the id ``master``.
    points
        Its automation, by target.
    heard
        Whether it is heard, and whether its main output is.
    media
        Frames and channels of the media of each clip; None for media that are missing.
    latency
        The latency of each insert in frames.
    inputs
        What enters a bus or the master; None for a track.
    key
        What its compressor hears as its key.
    aligned
        Delay what meets to the latest.

    Raises
    ------
    SessionError
        The media of a clip are missing or have more than two channels.
    """
    others: Any = heard, media, latency, inputs, key, sample_rate, aligned  # made for this call: nobody changes them
    described: Any = (strip, points)
    try:
        content = marshal.dumps((described, others), 2)  # equal bytes are equal data: no references in this version
    except ValueError:  # something is no plain data
        return _compiled(deepcopy(described), others)
    return _PIECES.get(
        content,
        lambda _: _compiled(marshal.loads(marshal.dumps(described, 2)), others),  # noqa: S302 - our own
    )


def _compiled(described: Any, others: Any) -> Piece:
    """Compile a strip from what nobody changes any more: a copy of its record and its points, and all the rest."""
    strip, points = described
    heard, media, latency, inputs, key, sample_rate, aligned = others
    reads = [*(inputs or ()), *([key] if key else ())]
    made = _Strip(
        name=strip["id"], points=points, sample_rate=sample_rate, aligned=aligned,
        latency={name: late for name, late, _, _ in reads}, plain={name: plain for name, _, plain, _ in reads},
        channels={name: channels for name, _, _, channels in reads},
    )  # fmt: skip
    if strip["id"] == MASTER:
        made.master(strip, [name for name, *_ in inputs], latency)
    else:
        made.strip(strip, heard, media, latency, None if inputs is None else [name for name, *_ in inputs], key)
    ends = [node["start"] + node["duration"] for node in made.nodes if node["type"] == "clip"]
    return Piece(
        nodes=made.nodes,
        feeds={target: [made.outlet(name) for name in names] for target, names in made.feeds.items()},
        tap=made.outlet(made.tap),
        end=max(ends, default=0),
        reads=reads,
    )


_PIECES: Memo[Piece] = Memo(64 << 20)


@dataclass(slots=True, kw_only=True)
class _Strip:
    name: str
    points: Record
    sample_rate: int
    aligned: bool
    latency: dict[str, int]
    plain: dict[str, int]
    channels: dict[str, int]
    nodes: list[dict[str, Any]] = field(default_factory=list)
    feeds: dict[str, list[str]] = field(default_factory=dict)
    tap: str = ""

    def outlet(self, name: str) -> Outlet:
        """Return a node as other strips see it."""
        return name, self.latency[name], self.plain[name], self.channels[name]

    def add(self, name: str, kind: str, inputs: list[str], **values: Any) -> str:
        """Append a node; its latency is its inputs' greatest plus its own."""
        own = plain = 0
        if kind == "insert":
            own = values["latency"]
        elif kind == "delay":
            own, plain = values["frames"], values["frames"] if values["reason"] == "bypass" else 0
        elif kind == "dynamics_compressor":
            own = plain = look_ahead_frames(self.sample_rate)
        self.latency[name] = self.latest(inputs, self.latency) + own
        key = values.get("key")
        self.plain[name] = self.latest([*inputs, key] if key else inputs, self.plain) + plain
        mono_or_more = max((self.channels[item] for item in inputs), default=1)
        self.channels[name] = values.get("channels", 2 if kind in STEREO_OUT else mono_or_more)
        self.nodes.append({"id": name, "type": kind, "inputs": inputs, **values})
        return name

    def gain(self, name: str, inputs: list[str], value: float, target: str | None = None) -> str:
        """Append a gain node; it mixes to the widest of its inputs. ``target`` is what automates it."""
        channels = max((self.channels[item] for item in inputs), default=1)
        gain = self.value(target or name, value, inputs)
        return self.add(name, "gain", inputs, channels=channels, gain=gain)

    def value(self, target: str, value: float, inputs: Sequence[str]) -> Any:
        """Return a parameter of what reads ``inputs``: the number, or the number with its automation.

        Events are as late as inserts make what comes in (not in a raw graph).
        """
        points = self.points.get(target, ())
        late = self.latest(inputs, self.latency) - self.latest(inputs, self.plain) if self.aligned else 0
        return parameter(value, points, self.sample_rate, late=late)

    def latest(self, inputs: Sequence[str], latency: Mapping[str, int]) -> int:
        """Return the greatest latency among the inputs."""
        return max((latency[item] for item in inputs), default=0)

    def together(self, inputs: list[str], place: str) -> list[str]:
        """Return the inputs equally late: as late as without inserts, and whole quanta (as they are in a raw graph)."""
        plain = self.latest(inputs, self.plain)
        late = plain + whole_quanta(self.latest(inputs, self.latency) - plain)
        return [self.late(item, late, place) for item in inputs]

    def late(self, node: str, latency: int, place: str) -> str:
        """Return a node that is ``latency`` frames late: the node itself, or a delay after it."""
        frames = latency - self.latency[node]
        if frames <= 0 or not self.aligned:
            return node
        return self.add(f"{node}/align/{place}", "delay", [node], frames=frames, reason="alignment")

    def strip(
        self, strip: Record, heard: tuple[bool, bool], media: Sequence[tuple[int, int] | None],
        latency: Sequence[int], inputs: list[str] | None, key: Outlet | None,
    ) -> None:  # fmt: skip
        """Append a track's or a bus's nodes and note what it feeds."""
        name, (gate, direct) = self.name, heard
        if inputs is None:
            inputs = [
                self.clip(index, clip, shape)
                for index, (clip, shape) in enumerate(zip(strip["clips"], media, strict=True))
            ]
        else:
            inputs = self.together(inputs, name)
        node = self.gain(f"{name}/gain", inputs, strip["gain"])
        node = self.add(f"{name}/pan", "stereo_panner", [node], pan=self.value(f"{name}/pan", strip["pan"], [node]))
        node = self.equalizer(strip["eq"], node)
        node = self.compressor("compressor", strip["compressor"], node, key)
        node = self.tap = self.inserts(strip["inserts"], latency, node)
        output = self.add(f"{name}/output", "gain", [node], channels=2, gain=1.0 if gate else 0.0)
        if strip["sends"]:
            main = self.add(f"{name}/direct", "gain", [output], channels=2, gain=1.0 if direct else 0.0)
        else:
            main = output
        self.feeds.setdefault(strip["output"], []).append(main)
        for send in strip["sends"]:
            self.send(send, inputs, output, heard=gate)

    def send(self, send: Record, entering: list[str], output: str, *, heard: bool) -> None:
        """Append a send; one before the fader takes the strip's input, and is silent with the strip."""
        node = f"{self.name}/sends/{send['bus']}"
        inputs = [self.gain(f"{node}/gate", entering, 1.0 if heard else 0.0)] if send["pre_fader"] else [output]
        self.feeds.setdefault(send["bus"], []).append(self.gain(node, inputs, send["gain"], f"{node}/gain"))

    def clip(self, index: int, clip: Record, shape: tuple[int, int] | None) -> str:
        """Append a clip, cut to what its media hold."""
        place, rate = f"tracks.{self.name}.clips[{index}].media", self.sample_rate
        if shape is None:
            raise SessionError(f'{place}: expected a media file, "{clip["media"]}" is missing; restore or remove it')
        frames, channels = shape
        if channels not in (1, 2):
            raise SessionError(f"{place}: expected a mono or stereo file, got {channels} channels; split it")
        offset = min(seconds_to_frames(clip["offset_s"], rate), frames)
        rest = frames - offset
        wanted = rest if clip["duration_s"] is None else seconds_to_frames(clip["duration_s"], rate)
        duration = min(wanted, rest)
        fade_in = min(seconds_to_frames(clip["fade_in_s"], rate), duration)
        return self.add(
            f"{self.name}/clips/{clip['id']}",
            "clip",
            [],
            media=clip["media"],
            channels=channels,
            start=seconds_to_frames(clip["start_s"], rate),
            offset=offset,
            duration=duration,
            gain=unsigned(clip["gain"]),
            fade_in=fade_in,
            fade_out=min(seconds_to_frames(clip["fade_out_s"], rate), duration - fade_in),
        )

    def equalizer(self, eq: Record | None, node: str) -> str:
        """Append one biquad filter a band."""
        for band in eq["bands"] if eq and eq["enabled"] else []:
            path = f"{self.name}/eq/{band['id']}"
            values = {
                "frequency": self.value(f"{path}/frequency", band["frequency"], [node]),
                "Q": self.value(f"{path}/Q", band.get("Q", 1), [node]),
                "gain": self.value(f"{path}/gain", band.get("gain", 0.0), [node]),
                "detune": self.value(f"{path}/detune", band.get("detune", 0), [node]),
            }
            node = self.add(path, "biquad_filter", [node], filter=band["type"], **values)
        return node

    def compressor(self, stage: str, settings: Record | None, node: str, key: Outlet | None = None) -> str:
        """Append a compressor, or a delay as long when it is bypassed, or nothing where the stage is left out."""
        path = f"{self.name}/{stage}"
        if settings is None:
            return node
        if not settings["enabled"]:
            return self.add(path, "delay", [node], frames=look_ahead_frames(self.sample_rate), reason="bypass")
        heard = self.together([node, key[0]], path) if key else [node]
        values = {name: self.value(f"{path}/{name}", settings[name], heard) for name in COMPRESSOR}
        return self.add(path, "dynamics_compressor", heard[:1], **values, key=heard[1] if key else None)

    def inserts(self, inserts: Sequence[Record], latency: Sequence[int], node: str) -> str:
        """Append the inserts, each filled up to whole quanta; a bypassed one keeps its latency."""
        for insert, frames in zip(inserts, latency, strict=True):
            path = f"{self.name}/inserts/{insert['id']}"
            params = {**insert["params"]}  # as the plugin was given them, but for those that move
            for key, value in params.items():
                if self.points.get(f"{path}/{key}") and _is_number(value):
                    params[key] = self.value(f"{path}/{key}", value, [node])
            node = self.add(
                path,
                "insert",
                [node],
                insert=insert["type"],
                params=params,
                latency=frames,
                enabled=insert["enabled"],
            )
            node = self.late(node, self.latency[node] + whole_quanta(frames) - frames, "quantum")
        return node

    def master(self, master: Record, inputs: list[str], latency: Sequence[int]) -> None:
        """Append the master strip."""
        node = self.gain("master/gain", self.together(inputs, MASTER), master["gain"])
        node = self.compressor("compressor", master["compressor"], node)
        node = self.inserts(master["inserts"], latency, node)
        self.tap = self.compressor("limiter", master["limiter"], node)


def whole_quanta(frames: int) -> int:
    """Return the frames of the render quanta that so many frames begin.

    >>> whole_quanta(0), whole_quanta(1), whole_quanta(128), whole_quanta(300)
    (0, 128, 128, 384)
    """
    return -(-frames // QUANTUM) * QUANTUM


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
