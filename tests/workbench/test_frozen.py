"""Stems for pages that cannot play a plugin: the very samples that the mix is made from."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.audio.tile_store import FRAMES, TileStore
from maxbooster_kernel.errors import AudioError, MaxBoosterError, PluginError, RenderError, SessionError
from maxbooster_kernel.mix import plugin
from maxbooster_kernel.session.compile import MediaShape, compile_graph
from maxbooster_kernel.session.conform import normalize
from maxbooster_kernel.workbench import frozen
from maxbooster_kernel.workbench.frozen import render_stem
from maxbooster_kernel.workbench.render import render_session

RATE = 44100
LENGTH = 2 * FRAMES + 1000


class Drive:
    latency = 300
    tail_s = 0.5

    def __init__(self, sample_rate, params):
        self.drive = params["drive"]
        self.late = np.zeros((2, self.latency), np.float32)

    def process(self, samples):
        if self.drive > 90:
            raise ZeroDivisionError("half a knob")
        joined = np.concatenate([self.late, np.tanh(self.drive * samples)], axis=1)
        self.late = joined[:, samples.shape[1] :]
        return joined[:, : samples.shape[1]]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(plugin, "BUILT_IN", {**plugin.BUILT_IN, "drive": Drive})
    samples = (0.2 * np.random.default_rng(0).standard_normal((2, LENGTH))).astype(np.float32)
    AudioBuffer(samples, RATE).write(tmp_path / "a.wav", bit_depth="32f")
    return tmp_path


def session(**params):
    """One track whose plugin is the last before the master, which leaves it as it is."""
    inserts = [{"id": "i", "type": "drive", "params": {"drive": 2.0, **params}}]
    track = {"id": "t", "gain": 0.7, "inserts": inserts, "clips": [{"id": "c", "media": "a.wav", "duration_s": 2.0}]}
    master = {"compressor": None, "limiter": None}
    return normalize({"format": "maxbooster-session", "version": 1, "tracks": [track], "master": master})


def asked(latency=300, **params):
    """The part of the graph that a page asks for."""
    media = {"a.wav": MediaShape(frames=LENGTH, channels=2)}
    graph = compile_graph(session(**params), media, insert_latency={"t/inserts/i": latency})
    ids = [node["id"] for node in graph["nodes"]]
    nodes = graph["nodes"][: ids.index("t/inserts/i") + 1]
    return json.loads(json.dumps({**graph, "nodes": nodes, "output": "t/inserts/i"}))


def joined(store, answer):
    tiles = [np.frombuffer(store.read(name) or bytes(8 * FRAMES), "<f4").reshape(2, -1) for name in answer["tiles"]]
    return np.concatenate(tiles, axis=1)[:, : answer["frames"]]


def test_a_stem_holds_the_bits_of_the_render(folder, tmp_path):
    store = TileStore(tmp_path / "tiles")
    whole = render_session(session(), folder).samples
    answer = render_stem(asked(), folder, store)
    stem = joined(store, answer)
    assert 88200 <= whole.shape[1] <= stem.shape[1] <= 88200 + 22050 + RATE
    assert np.array_equal(stem[:, : whole.shape[1]], whole)
    assert np.abs(stem[:, whole.shape[1] :]).max(initial=0) < 1e-5


def test_a_long_session_is_rendered_in_windows_with_the_same_bits(folder, tmp_path, monkeypatch):
    store = TileStore(tmp_path / "tiles")
    known = render_stem(asked(), folder, store)
    monkeypatch.setattr(frozen.TILES, "limit", 1)
    monkeypatch.setattr(frozen, "WINDOW", 1)
    assert render_stem(asked(), folder, store) == known


def test_an_edit_writes_only_what_it_changed(folder, tmp_path):
    store = TileStore(tmp_path / "tiles")
    first = render_stem(asked(), folder, store)
    graph = asked()
    graph["nodes"][0]["fade_out"] = 2000
    second = render_stem(graph, folder, store)
    assert second["tiles"][0] == first["tiles"][0]
    assert second["tiles"][1] != first["tiles"][1]


def test_a_latency_that_the_page_does_not_know_is_told(folder):
    assert render_stem(asked(latency=0), folder) == {"latency": {"t/inserts/i": 300}}


def test_a_bypassed_insert_need_not_be_there(folder, tmp_path):
    graph = asked()
    extra = {**graph["nodes"][-1], "id": "t/inserts/x", "insert": "nonesuch", "enabled": False, "latency": 0}
    graph["nodes"] += [{**extra, "inputs": ["t/inserts/i"]}]
    assert render_stem(graph, folder, TileStore(tmp_path / "tiles"))["frames"] > 0


def test_a_plugin_that_cannot_do_it_is_named(folder):
    with pytest.raises(PluginError, match="half a knob") as caught:
        render_stem(asked(drive=99.0), folder)
    assert caught.value.insert == "t/inserts/i"
    graph = asked()
    graph["nodes"][-1]["insert"] = "nonesuch"
    with pytest.raises(PluginError, match="no such plugin is installed") as caught:
        render_stem(graph, folder)
    assert caught.value.insert == "t/inserts/i"


def test_what_cannot_be_read_is_named(folder):
    for media in ("/etc/passwd", "../a.wav", 5):
        graph = asked()
        graph["nodes"][0]["media"] = media
        with pytest.raises(RenderError, match="inside the session's folder"):
            render_stem(graph, folder)
    with pytest.raises(SessionError, match="no folder yet"):
        render_stem(asked(), None)
    (folder / "a.wav").unlink()
    with pytest.raises((SessionError, AudioError), match=r"a\.wav"):
        render_stem(asked(), folder)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=40, deadline=None)
@given(place=st.integers(0, 30), value=JSON)
def test_a_graph_that_is_none_is_refused(place, value):
    graph = {"format": "maxbooster-graph", "version": 1, "sample_rate": RATE, "length": 0, "latency": 0, "output": "c"}
    node = {"id": "c", "type": "clip", "inputs": [], "media": "a.wav", "channels": 2, "start": 0, "offset": 0}
    node |= {"duration": 10, "gain": 1, "fade_in": 0, "fade_out": 0}
    names = [*graph, *node]
    name = names[place % len(names)]
    (graph if name in graph else node)[name] = value
    with pytest.raises((MaxBoosterError, TypeError, ValueError, AttributeError, KeyError)):
        render_stem({**graph, "nodes": [node]}, None)
