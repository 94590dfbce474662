"""Inserts: the protocol a plugin follows, how one is found, and what happens when it misbehaves.

A plugin package declares an entry point in the group ``maxbooster.plugins``; the point's name is the insert's type
in a session, and what it loads is called with the sample rate and the insert's parameters. In the studio it is heard
as a stem that the kernel renders (``workbench.frozen``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.dsp import reverb
from maxbooster_kernel.errors import PluginError
from maxbooster_kernel.mix.graph import Graph

GROUP = "maxbooster.plugins"
LONGEST_S = 10  # no plugin may be later than that
Samples = NDArray[np.float32]


@runtime_checkable
class Plugin(Protocol):
    """What an insert must offer.

    ``process`` takes and returns float32 samples of shape (2, frames); it is called piece after piece, in order,
    pieces being multiples of 128 frames. ``latency`` is how many frames late its output is, ``tail_s`` how long
    it may sound after its input has ended. A plugin that also has ``adjust(params)`` can be automated: it is called
    with the moving parameters before every block of 128 frames.
    """

    latency: int
    tail_s: float

    def process(self, samples: Samples) -> Samples:
        """Return the next piece processed."""
        ...


Factory = Callable[[int, Mapping[str, Any]], Plugin]


class Reverb:
    """The built-in reverberator as an insert; parameters ``wet``, ``dry`` and ``feedback``."""

    latency = 0

    def __init__(self, sample_rate: int, params: Mapping[str, Any]) -> None:
        self._rate = sample_rate
        self._settings = {name: float(params[name]) for name in ("wet", "dry", "feedback") if name in params}
        feedback = self._settings.get("feedback", reverb.FEEDBACK)
        if not -1.0 < feedback < 1.0:
            raise ValueError(f"feedback: expected a number between -1 and 1, got {feedback}; it would grow for ever")
        self.tail_s = reverb.tail_s(feedback)
        self._state = reverb.reverb_state(sample_rate)

    def adjust(self, params: Mapping[str, float]) -> None:
        """Take other parameters from the next piece on."""
        self._settings |= {name: value for name, value in params.items() if name in ("wet", "dry", "feedback")}

    def process(self, samples: Samples) -> Samples:
        """Return the next piece reverberated."""
        return reverb.reverberate(samples, self._state, sample_rate=self._rate, **self._settings)


BUILT_IN: Mapping[str, Factory] = {"reverb": Reverb}


def find_plugin(kind: str) -> Factory:
    """Return the factory of an insert type.

    Raises
    ------
    PluginError
        No plugin of that name is installed, or it cannot be loaded.
    """
    if kind in BUILT_IN:
        return BUILT_IN[kind]
    from importlib.metadata import entry_points

    points = [point for point in entry_points(group=GROUP) if point.name == kind]
    if not points:
        known = ", ".join(sorted({*BUILT_IN, *(point.name for point in entry_points(group=GROUP))}))
        raise PluginError(
            f'insert type "{kind}": no such plugin is installed (known are {known}); install the package that brings it'
        )
    try:
        factory: Factory = points[0].load()
    except Exception as error:
        raise PluginError(f'insert type "{kind}": cannot be loaded: {type(error).__name__}: {error}') from error
    return factory


def make_plugin(name: str, kind: str, sample_rate: int, params: Mapping[str, Any]) -> Plugin:
    """Return a plugin ready to process, for the insert ``name`` of a graph."""
    try:
        plugin = find_plugin(kind)(sample_rate, params)
    except PluginError as error:
        raise PluginError(f"{name}: {error}", insert=name) from error
    except Exception as error:
        raise PluginError(f'{name}: plugin "{kind}" refused its parameters: {error}', insert=name) from error
    if not isinstance(plugin, Plugin):
        raise PluginError(
            f'{name}: plugin "{kind}": expected process, latency and tail_s, got {type(plugin).__name__}', insert=name
        )
    late = plugin.latency
    if isinstance(late, bool) or not isinstance(late, int | np.integer) or not 0 <= late <= LONGEST_S * sample_rate:
        most = f"0 to {LONGEST_S * sample_rate} frames"
        raise PluginError(f'{name}: plugin "{kind}": expected a latency of {most}, got {late!r}', insert=name)
    return plugin


def run_plugin(name: str, plugin: Plugin, samples: Samples) -> Samples:
    """Process a piece and check what comes back.

    Raises
    ------
    PluginError
        The plugin raised, or returned another shape, another type or values that are not finite.
    """
    try:
        out = plugin.process(samples)
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        raise PluginError(f"{name}: the plugin raised {said}; bypass the insert", insert=name) from error
    if not isinstance(out, np.ndarray) or out.shape != samples.shape:
        got = getattr(out, "shape", type(out).__name__)
        raise PluginError(f"{name}: expected samples of shape {samples.shape} from the plugin, got {got}", insert=name)
    if not np.isfinite(out).all():
        raise PluginError(f"{name}: the plugin returned values that are not finite; bypass the insert", insert=name)
    return np.ascontiguousarray(out, dtype=np.float32)


def graph_plugins(graph: Graph) -> dict[str, Plugin]:
    """Return a plugin for every insert of a graph, by its node's id; for a bypassed one only if it can be made."""
    found: dict[str, Plugin] = {}
    for node in graph.nodes.values():
        if node.type == "insert":
            params = {name: start_value(value) for name, value in node.fields.get("params", {}).items()}
            try:
                found[node.id] = make_plugin(node.id, node.fields["insert"], graph.sample_rate, params)
            except PluginError:
                if node.fields.get("enabled", True):
                    raise
    return found


def start_value(value: object) -> object:
    """Return a parameter's value before any automation."""
    return value["value"] if isinstance(value, dict) else value


def insert_latencies(snapshot: Mapping[str, Any], sample_rate: int) -> dict[str, int]:
    """Return the latency of every insert of a session that is late, by its node's id."""
    found: dict[str, int] = {}
    strips = [*snapshot["tracks"], *snapshot["buses"], {**snapshot["master"], "id": "master"}]
    for strip in strips:
        for insert in strip["inserts"]:
            name = f"{strip['id']}/inserts/{insert['id']}"
            try:
                latency = int(make_plugin(name, insert["type"], sample_rate, insert["params"]).latency)
            except PluginError:
                if insert["enabled"]:
                    raise
                continue  # bypassed, and nobody here knows how late it would be
            if latency:
                found[name] = latency
    return found
