"""Compile a session snapshot into one plain graph of Web Audio nodes that the kernel renders and the browser plays.

The graph's format is in ARCHITECTURE.md. Every position is a whole frame, every node stands after its inputs,
and the same snapshot always gives the same graph: ``widgets/src/compile.ts`` does the same steps in the same order,
and the golden pairs in ``tests/graphs`` hold both to it.
"""

from __future__ import annotations

import marshal
import math
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from maxbooster_kernel.errors import SessionError
from maxbooster_kernel.session.audible import heard_strips
from maxbooster_kernel.session.compile_automation import parameter
from maxbooster_kernel.units import seconds_to_frames

LOOK_AHEAD_S = np.float32(0.006)
COMPRESSOR = ("threshold", "knee", "ratio", "attack", "release")

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaShape:
    """Length and channel count of one media file at the session's sample rate."""

    frames: int
    channels: int


def look_ahead_frames(sample_rate: int) -> int:
    """Return the latency of a dynamics compressor in frames: 6 ms, rounded down in single precision.

    >>> look_ahead_frames(44100), look_ahead_frames(48000), look_ahead_frames(22050)
    (264, 288, 132)
    """
    return int(np.float32(LOOK_AHEAD_S * np.float32(sample_rate)))


def compile_graph(
    snapshot: Record,
    media: Mapping[str, MediaShape],
    *,
    raw_graph: bool = False,
    insert_latency: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """Compile a session snapshot into the graph of ARCHITECTURE.md.

    Parameters
    ----------
    snapshot
        The data of a session file with every default filled in (``conform.normalize``).
    media
        The shape of every media file the clips name.
    raw_graph
        Leave out the delays that align strips of different latency.
    insert_latency
        Latency in frames of inserts, by node id (``"drums/inserts/i1"``); inserts not named have none.

    Returns
    -------
    dict
        The graph as plain JSON data.

    Raises
    ------
    SessionError
        A clip's media are not in ``media`` or have more than two channels, or the strips run in a circle.
    """
    return _Compiler(snapshot, media, aligned=not raw_graph, insert_latency=insert_latency or {}).run()


@dataclass(slots=True)
class _Compiler:
    snapshot: Record
    media: Mapping[str, MediaShape]
    aligned: bool
    insert_latency: Mapping[str, int]
    nodes: list[dict[str, Any]] = field(default_factory=list)
    latency: dict[str, int] = field(default_factory=dict)
    channels: dict[str, int] = field(default_factory=dict)
    taps: dict[str, str] = field(default_factory=dict)
    feeds: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    heard: dict[str, tuple[bool, bool]] = field(default_factory=dict)
    points: dict[str, dict[str, Any]] = field(default_factory=dict)

    def run(self) -> dict[str, Any]:
        """Compile strips in the order of the signal, then the master."""
        strips = [*self.snapshot["tracks"], *self.snapshot["buses"]]
        self.heard = heard_strips(strips)
        self.feeds = {target: {} for target in ["master", *(bus["id"] for bus in self.snapshot["buses"])]}
        for target, points in self.snapshot["automation"].items():
            self.points.setdefault(target.partition("/")[0], {})[target] = points
        for strip in _signal_order(strips):
            if not self.known_track(strip):
                self.strip(strip, strips)
        output = self.master(strips)
        ends = [node["start"] + node["duration"] for node in self.nodes if node["type"] == "clip"]
        return {
            "format": "maxbooster-graph",
            "version": 1,
            "sample_rate": self.snapshot["sample_rate"],
            "length": max(ends, default=0),
            "latency": self.latency[output],
            "output": output,
            "nodes": self.nodes,
        }

    def add(self, name: str, kind: str, inputs: list[str], **values: Any) -> str:
        """Append a node; its latency is its inputs' greatest plus its own."""
        own = values.get("latency", 0)
        if kind == "dynamics_compressor":
            own = look_ahead_frames(self.snapshot["sample_rate"])
        elif kind == "delay":
            own = values["frames"]
        self.latency[name] = max((self.latency[item] for item in inputs), default=0) + own
        mono_or_more = max((self.channels[item] for item in inputs), default=1)
        self.channels[name] = values.get("channels", 2 if kind in _STEREO_OUT else mono_or_more)
        self.nodes.append({"id": name, "type": kind, "inputs": inputs, **values})
        return name

    def gain(self, name: str, inputs: list[str], value: Any) -> str:
        """Append a gain node; it mixes to the widest of its inputs."""
        channels = max((self.channels[item] for item in inputs), default=1)
        return self.add(name, "gain", inputs, channels=channels, gain=value)

    def value(self, target: str, value: float) -> Any:
        """Return a parameter: the number itself, or the number with its automation."""
        points = self.snapshot["automation"].get(target, [])
        return parameter(value, points, self.snapshot["sample_rate"])

    def together(self, inputs: list[str], place: str) -> list[str]:
        """Return the inputs delayed to the greatest latency among them (as they are in a raw graph)."""
        latest = max((self.latency[item] for item in inputs), default=0)
        return [self.late(item, latest, place) for item in inputs]

    def late(self, node: str, latency: int, place: str) -> str:
        """Return a node that is ``latency`` frames late: the node itself, or a delay after it."""
        frames = latency - self.latency[node]
        if frames <= 0 or not self.aligned:
            return node
        return self.add(f"{node}/align/{place}", "delay", [node], frames=frames, reason="alignment")

    def known_track(self, strip: Record) -> bool:
        """Append a track that reads no other strip as it was compiled before; tell whether there is such a thing."""
        name = strip["id"]
        media = {clip["media"]: self.media.get(clip["media"]) for clip in strip.get("clips", ())}
        if name in self.feeds or None in media.values() or (strip["compressor"] or {}).get("key") is not None:
            return False
        shapes = {path: (shape.frames, shape.channels) for path, shape in media.items() if shape}
        late = [self.insert_latency.get(f"{name}/inserts/{insert['id']}", 0) for insert in strip["inserts"]]
        place = (self.points.get(name, {}), self.heard[name], self.snapshot["sample_rate"])
        described: Any = (strip, shapes, late, *place)
        try:
            content = marshal.dumps(described, 2)  # equal bytes are equal data; there are no references in this version
        except ValueError:  # something is no plain data
            return False
        nodes, latency, channels, tap, feeds = _track(content)
        self.nodes += [_copied(node) for node in nodes]
        self.latency |= latency
        self.channels |= channels
        self.taps[name] = tap
        for target, names in feeds.items():
            self.feeds[target].setdefault(name, []).extend(names)
        return True

    def strip(self, strip: Record, strips: list[Record]) -> None:
        """Append a track's or a bus's nodes and note what it feeds."""
        name, (heard, direct) = strip["id"], self.heard[strip["id"]]
        if name in self.feeds:
            feeding = [node for item in strips for node in self.feeds[name].get(item["id"], [])]
            inputs = self.together(feeding, name)
        else:
            inputs = [self.clip(name, clip, index) for index, clip in enumerate(strip["clips"])]
        node = self.gain(f"{name}/gain", inputs, self.value(f"{name}/gain", strip["gain"]))
        node = self.add(f"{name}/pan", "stereo_panner", [node], pan=self.value(f"{name}/pan", strip["pan"]))
        node = self.equalizer(name, strip["eq"], node)
        node = self.compressor(f"{name}/compressor", strip["compressor"], node)
        node = self.inserts(name, strip["inserts"], node)
        self.taps[name] = node
        output = self.add(f"{name}/output", "gain", [node], channels=2, gain=1.0 if heard else 0.0)
        if strip["sends"]:
            main = self.add(f"{name}/direct", "gain", [output], channels=2, gain=1.0 if direct else 0.0)
        else:
            main = output
        self.feeds[strip["output"]].setdefault(name, []).append(main)
        for send in strip["sends"]:
            self.send(name, send, inputs, output, heard=heard)

    def send(self, name: str, send: Record, clips: list[str], output: str, *, heard: bool) -> None:
        """Append a send; one before the fader takes the strip's input, and is silent with the strip."""
        node = f"{name}/sends/{send['bus']}"
        if send["pre_fader"]:
            clips = [self.gain(f"{node}/gate", clips, 1.0 if heard else 0.0)]
        self.feeds[send["bus"]].setdefault(name, []).append(
            self.gain(node, clips if send["pre_fader"] else [output], self.value(f"{node}/gain", send["gain"]))
        )

    def clip(self, track: str, clip: Record, index: int) -> str:
        """Append a clip, cut to what its media hold."""
        place, rate = f"tracks.{track}.clips[{index}].media", self.snapshot["sample_rate"]
        shape = self.media.get(clip["media"])
        if shape is None:
            raise SessionError(f'{place}: expected a media file, "{clip["media"]}" is missing; restore or remove it')
        if shape.channels not in (1, 2):
            raise SessionError(f"{place}: expected a mono or stereo file, got {shape.channels} channels; split it")
        offset = min(seconds_to_frames(clip["offset_s"], rate), shape.frames)
        rest = shape.frames - offset
        wanted = rest if clip["duration_s"] is None else seconds_to_frames(clip["duration_s"], rate)
        duration = min(wanted, rest)
        fade_in = min(seconds_to_frames(clip["fade_in_s"], rate), duration)
        return self.add(
            f"{track}/clips/{clip['id']}",
            "clip",
            [],
            media=clip["media"],
            channels=shape.channels,
            start=seconds_to_frames(clip["start_s"], rate),
            offset=offset,
            duration=duration,
            gain=clip["gain"],
            fade_in=fade_in,
            fade_out=min(seconds_to_frames(clip["fade_out_s"], rate), duration - fade_in),
        )

    def equalizer(self, name: str, eq: Record | None, node: str) -> str:
        """Append one biquad filter a band."""
        for band in eq["bands"] if eq and eq["enabled"] else []:
            path = f"{name}/eq/{band['id']}"
            values = {
                "frequency": self.value(f"{path}/frequency", band["frequency"]),
                "Q": self.value(f"{path}/Q", band.get("Q", 1)),
                "gain": self.value(f"{path}/gain", band.get("gain", 0.0)),
                "detune": self.value(f"{path}/detune", band.get("detune", 0)),
            }
            node = self.add(path, "biquad_filter", [node], filter=band["type"], **values)
        return node

    def compressor(self, path: str, settings: Record | None, node: str) -> str:
        """Append a compressor, or a delay as long when it is bypassed, or nothing where the stage is left out."""
        if settings is None:
            return node
        if not settings["enabled"]:
            frames = look_ahead_frames(self.snapshot["sample_rate"])
            return self.add(path, "delay", [node], frames=frames, reason="bypass")
        key = settings.get("key")
        values = {name: self.value(f"{path}/{name}", settings[name]) for name in COMPRESSOR}
        if key is None:
            return self.add(path, "dynamics_compressor", [node], **values, key=None)
        tap = self.taps[key]
        node = self.late(node, self.latency[tap], path)
        tap = self.late(tap, self.latency[node], path)
        return self.add(path, "dynamics_compressor", [node], **values, key=tap)

    def inserts(self, name: str, inserts: list[Record], node: str) -> str:
        """Append the inserts; a bypassed one keeps its latency."""
        for insert in inserts:
            path = f"{name}/inserts/{insert['id']}"
            params = {
                key: self.value(f"{path}/{key}", value) if _is_number(value) else value
                for key, value in insert["params"].items()
            }
            latency = self.insert_latency.get(path, 0)
            node = self.add(
                path,
                "insert",
                [node],
                insert=insert["type"],
                params=params,
                latency=latency,
                enabled=insert["enabled"],
            )
        return node

    def master(self, strips: list[Record]) -> str:
        """Append the master strip and return its last node."""
        master = self.snapshot["master"]
        feeding = [node for item in strips for node in self.feeds["master"].get(item["id"], [])]
        node = self.gain("master/gain", self.together(feeding, "master"), self.value("master/gain", master["gain"]))
        node = self.compressor("master/compressor", master["compressor"], node)
        node = self.inserts("master", master["inserts"], node)
        return self.compressor("master/limiter", master["limiter"], node)


def _copied(node: dict[str, Any]) -> dict[str, Any]:
    """Return a node that shares nothing with this one that could be changed."""
    if dict in map(type, node.values()):
        return deepcopy(node)
    return {**node, "inputs": [*node["inputs"]]}


@lru_cache(maxsize=4096)
def _track(content: bytes) -> tuple[list[dict[str, Any]], dict[str, int], dict[str, int], str, dict[str, list[str]]]:
    """Compile one track that reads no other strip, from a copy of its data: nodes, latencies, channels, tap, feeds."""
    strip, shapes, late, points, heard, sample_rate = marshal.loads(content)  # noqa: S302 - written in this process
    name, targets = strip["id"], [strip["output"], *(send["bus"] for send in strip["sends"])]
    part = _Compiler(
        snapshot={"sample_rate": sample_rate, "automation": points},
        media={path: MediaShape(frames=frames, channels=channels) for path, (frames, channels) in shapes.items()},
        aligned=False,  # a track has one way through it: nothing to align
        insert_latency={
            f"{name}/inserts/{insert['id']}": frames for insert, frames in zip(strip["inserts"], late, strict=True)
        },
        heard={name: heard},
        feeds={target: {} for target in targets},
    )
    part.strip(strip, [])
    feeds = {target: fed[name] for target, fed in part.feeds.items()}
    return part.nodes, part.latency, part.channels, part.taps[name], feeds


_STEREO_OUT = ("stereo_panner", "dynamics_compressor", "insert")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _signal_order(strips: list[Record]) -> list[Record]:
    """Return the strips so that each stands after those that feed it or key its compressor, else in given order."""
    needs: dict[str, set[str]] = {strip["id"]: set() for strip in strips}
    for strip in strips:
        for target in (strip["output"], *(send["bus"] for send in strip["sends"])):
            if target != "master":
                needs[target].add(strip["id"])
        key = (strip["compressor"] or {}).get("key")
        if key is not None:
            needs[strip["id"]].add(key)
    order: list[Record] = []
    waiting = list(strips)
    done: set[str] = set()
    while waiting:
        ready = next((strip for strip in waiting if needs[strip["id"]] <= done), None)
        if ready is None:
            names = ", ".join(strip["id"] for strip in waiting)
            raise SessionError(f"outputs, sends and keys: the signal runs in a circle among {names}; open one of them")
        waiting.remove(ready)
        done.add(ready["id"])
        order.append(ready)
    return order
