"""A late insert changes nothing but its own sound: not what meets it, not what follows, not one bit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maxbooster_kernel.mix import plugin
from maxbooster_kernel.mix.latency import latencies
from maxbooster_kernel.mix.plugin import insert_latencies
from maxbooster_kernel.mix.render import render
from maxbooster_kernel.session.compile import MediaShape, compile_checked
from maxbooster_kernel.session.conform import normalize

RATE, FRAMES = 44100, 30000
RNG = np.random.default_rng(8)
SWELLS = np.float32(np.abs(np.sin(np.arange(FRAMES) / 4001)))
MEDIA = {name: (SWELLS * RNG.standard_normal((2, FRAMES))).astype(np.float32) for name in ("a", "b", "c")}
PLACES = ("a", "b", "c", "group", "verb", "master")
ODD = [0, 1, 31, 33, 300, 517]


class Late:
    """Hands on what it hears, late."""

    tail_s = 0.0

    def __init__(self, _sample_rate: int, params: Mapping[str, Any]) -> None:
        self.latency = int(params["frames"])
        self.waiting = np.zeros((2, self.latency), np.float32)

    def process(self, samples: np.ndarray) -> np.ndarray:
        joined = np.concatenate([self.waiting, samples], axis=1)
        self.waiting = joined[:, samples.shape[1] :]
        return joined[:, : samples.shape[1]]


@pytest.fixture(autouse=True)
def late_plugin(monkeypatch):
    monkeypatch.setattr(plugin, "BUILT_IN", {**plugin.BUILT_IN, "late": Late})


def ramp(*values, start_s=0.1):
    return [
        {"id": f"p{k}", "time_s": start_s + 0.1003 * k, "value": value, "curve": "linear" if k % 2 else "set"}
        for k, value in enumerate(values)
    ]


def session(late: Mapping[str, list[int]], *, enabled: bool = True) -> dict[str, Any]:
    """Return tracks, a group, a send, a key and automation behind them all, with inserts so many frames late."""
    inserts = {
        place: [
            {"id": f"i{k}", "type": "late", "params": {"frames": frames}, "enabled": enabled}
            for k, frames in enumerate(late.get(place, ()))
        ]
        for place in PLACES
    }
    tracks: list[dict[str, Any]] = [
        {"id": name, "gain": 0.7, "clips": [{"id": "c", "media": name}], "inserts": inserts[name]} for name in "abc"
    ]
    tracks[0]["sends"] = [{"bus": "verb", "gain": 0.4}]
    tracks[1] |= {"output": "group", "compressor": {"key": "a"}}
    tracks[2]["compressor"] = None
    buses = [
        {"id": "group", "inserts": inserts["group"]},
        {"id": "verb", "output": "group", "compressor": {"threshold": -40}, "inserts": inserts["verb"]},
    ]
    points = {
        "master/gain": ramp(0.5, 1.0, 0.8, 0.3),
        "group/pan": ramp(-0.5, 0.9),
        "group/eq/low/gain": ramp(-9.0, 9.0),
        "verb/compressor/threshold": ramp(-40.0, -10.0, -30.0),
        "master/limiter/threshold": ramp(-1.0, -20.0),
        "a/sends/verb/gain": ramp(0.1, 0.9),
    }
    master = {"inserts": inserts["master"]}
    head = {"format": "maxbooster-session", "version": 1, "uuid": "u"}
    return normalize({**head, "tracks": tracks, "buses": buses, "master": master, "automation": points})


def compiled(late, **options):
    data = session(late, **options)
    shapes = {name: MediaShape(frames=FRAMES, channels=2) for name in MEDIA}
    return compile_checked(data, shapes, insert_latency=insert_latencies(data, RATE))


def rendered(late, **options):
    return render(compiled(late, **options), MEDIA.__getitem__).samples


PLAIN: list[np.ndarray] = []


def plain():
    if not PLAIN:
        PLAIN.append(rendered({}))
    return PLAIN[0]


@pytest.mark.parametrize(("place", "frames"), [*zip(PLACES, [300, 1, 31, 33, 517, 300], strict=True)])
def test_one_late_insert_is_not_heard(place, frames):
    assert np.abs(plain()).max() > 0.3
    assert np.array_equal(rendered({place: [frames]}), plain())


@settings(max_examples=8, deadline=None)
@given(st.dictionaries(st.sampled_from(PLACES), st.lists(st.sampled_from(ODD), max_size=3)), st.booleans())
def test_late_inserts_anywhere_are_not_heard(late, enabled):
    assert np.array_equal(rendered(late, enabled=enabled), plain())


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(PLACES), st.lists(st.integers(0, 5000), max_size=3)))
def test_every_node_is_whole_quanta_later_than_without_them(late):
    before, graph = compiled({}), compiled(late)
    early, found = latencies(before), latencies(graph)
    assert graph.latency == found[graph.output]
    for name, node in graph.nodes.items():
        assert len({found[source] for source in node.sources}) <= 1
        if name in early and node.type != "delay":
            assert (found[name] - early[name]) % 128 == 0
            assert found[name] >= early[name]
