"""The engine against the plain reference, and what a render promises."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from maxbooster_kernel.errors import PluginError, RenderError
from maxbooster_kernel.mix import plugin
from maxbooster_kernel.mix.cache import TILE, TileCache
from maxbooster_kernel.mix.engine import Engine
from maxbooster_kernel.mix.graph import read_graph
from maxbooster_kernel.mix.render import render
from maxbooster_kernel.session.compile import MediaShape, compile_graph
from maxbooster_kernel.session.conform import normalize

spec = importlib.util.spec_from_file_location("reference", Path(__file__).with_name("reference.py"))
reference = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reference)

RNG = np.random.default_rng(3)
FRAMES = 9000
LOUD = np.float32(np.hanning(FRAMES)) * np.float32(0.6)
MEDIA = {
    "stereo.wav": (LOUD * RNG.standard_normal((2, FRAMES))).astype(np.float32),
    "mono.wav": (LOUD * RNG.standard_normal((1, FRAMES))).astype(np.float32),
}
CLIP = {"start_s", "offset_s", "duration_s", "fade_in_s", "fade_out_s"}
BANDS = [
    {"id": "low", "type": "lowshelf", "frequency": 320, "gain": 4.0},
    {"id": "mid", "type": "peaking", "frequency": 1000, "Q": 2, "gain": -3.0},
    {"id": "high", "type": "highshelf", "frequency": 3200, "gain": 2.0},
]


def strip(name, media="stereo.wav", **fields):
    clip = {"id": "c", "media": media}
    clip |= {name: fields.pop(name) for name in CLIP & fields.keys()}
    return {"id": name, "clips": [clip], "eq": {"bands": BANDS}, **fields}


def compiled(*tracks, media=None, raw_graph=True, **rest):
    head = {"format": "maxbooster-session", "version": 1, "uuid": "u"}
    snapshot = normalize({**head, "tracks": list(tracks), **rest})
    shapes = {name: MediaShape(frames=s.shape[1], channels=len(s)) for name, s in (media or MEDIA).items()}
    return compile_graph(snapshot, shapes, raw_graph=raw_graph)


def peak(one, other):
    return float(np.abs(np.asarray(one, float) - other).max())


def graphs():
    verb = {"id": "verb", "inserts": [{"id": "i", "type": "reverb", "params": {"wet": 0.5}}], "compressor": None}
    return {
        "one track": compiled(strip("a", gain=0.7, pan=-0.3)),
        "mono": compiled(strip("a", "mono.wav", pan=0.5, start_s=0.01)),
        "odd frames": compiled(
            strip(
                "a",
                start_s=10.5 / 44100,
                offset_s=333 / 44100,
                duration_s=5001.49 / 44100,
                fade_in_s=333.5 / 44100,
                fade_out_s=1501 / 44100,
            ),
            strip("b", "mono.wav", start_s=127 / 44100, duration_s=8190.6 / 44100, compressor=None),
        ),
        "nine tracks": compiled(*[strip(f"t{k}", ["stereo.wav", "mono.wav"][k % 2], gain=0.2) for k in range(9)]),
        "sends": compiled(strip("a", sends=[{"bus": "verb", "gain": 0.5}]), strip("b"), buses=[verb]),
        "keyed": compiled(strip("a", mute=True), strip("b", "mono.wav", compressor={"key": "a", "threshold": -40})),
    }


@pytest.mark.parametrize("name", graphs())
def test_the_engine_equals_the_reference(name):
    graph = graphs()[name]
    expected = reference.render(graph, MEDIA)
    made = render(graph, MEDIA.__getitem__, raw_graph=True).samples
    assert np.abs(expected).max() > 0.05
    # One part in 2**24 of full scale: the polynomials round differently about once in a thousand values.
    # Fades are stepped four frames at a time in float32, as Chromium's are; the reference draws straight lines.
    assert peak(expected, made) < (2e-6 if name == "odd frames" else 3e-7)


def test_lanes_do_not_hear_each_other():
    graph = compiled(*[strip(f"t{k}", gain=0.1 + k / 20, pan=k / 20) for k in range(9)])
    together = render(graph, MEDIA.__getitem__, stems=True)
    for k in range(9):
        alone = compiled(strip(f"t{k}", gain=0.1 + k / 20, pan=k / 20))
        found = render(alone, MEDIA.__getitem__, stems=True)[f"t{k}"].samples
        length = min(found.shape[1], together[f"t{k}"].frames)
        assert np.array_equal(found[:, :length], together[f"t{k}"].samples[:, :length])


def test_the_normal_render_starts_settled_and_in_time():
    click = {"click.wav": np.zeros((2, FRAMES), np.float32)}
    click["click.wav"][:, 1000] = 0.01
    graph = compiled({"id": "a", "clips": [{"id": "c", "media": "click.wav"}]}, media=click, raw_graph=False)
    samples = render(graph, click.__getitem__).samples
    assert int(np.abs(samples[0]).argmax()) == 1000
    makeup = 1.52414 * 1.25799 * 1.06782
    assert samples[0, 1000] == pytest.approx(0.01 * makeup * np.cos(np.pi / 4) * np.sqrt(2), rel=0.5)
    assert samples.shape[1] == FRAMES


def test_the_raw_graph_is_late_and_cut():
    click = {"click.wav": np.zeros((2, FRAMES), np.float32)}
    click["click.wav"][:, 1000] = 0.5
    graph = compiled({"id": "a", "clips": [{"id": "c", "media": "click.wav"}]}, media=click)
    samples = render(graph, click.__getitem__, raw_graph=True).samples
    assert int(np.abs(samples[0]).argmax()) == 1000 + 3 * 264
    assert samples.shape[1] == FRAMES


def test_the_tail_of_a_reverb_is_rendered():
    insert = {"id": "i", "type": "reverb", "params": {"wet": 1.0}}
    long = render(compiled(strip("a", inserts=[insert]), raw_graph=False), MEDIA.__getitem__)
    assert long.frames > FRAMES + 44100
    assert np.abs(long.samples[:, -1]).max() >= 1e-5


def test_a_part_is_a_part_of_the_whole():
    graph = compiled(strip("a"), strip("b", "mono.wav"), raw_graph=False)
    whole = render(graph, MEDIA.__getitem__).samples
    part = render(graph, MEDIA.__getitem__, start=1000, end=5000).samples
    assert np.array_equal(part, whole[:, 1000:5000])


def test_stems_sum_to_the_mix_before_the_master_bit_for_bit():
    plain = {"compressor": None, "limiter": None}
    send = [{"bus": "verb", "gain": 0.3}]
    verb = {"id": "verb", "inserts": [{"id": "i", "type": "reverb", "params": {}}]}
    graph = compiled(*[strip(f"t{k}", sends=send) for k in range(5)], buses=[verb], master=plain, raw_graph=False)
    stems = render(graph, MEDIA.__getitem__, stems=True)
    mix = render(graph, MEDIA.__getitem__).samples
    total = np.zeros_like(mix)
    for stem in stems.values():
        total += stem.samples[:, : mix.shape[1]]
    assert set(stems) == {"t0", "t1", "t2", "t3", "t4", "verb"}
    assert np.array_equal(total, mix)


def test_mute_and_solo():
    def loud(**fields):
        return np.abs(render(compiled(strip("a", **fields), strip("b", solo=fields.get("solo", False))),
                             MEDIA.__getitem__, stems=True, raw_graph=True)["a"].samples).max()  # fmt: skip

    assert loud() > 0.1
    assert loud(mute=True) == 0.0
    soloed = compiled(strip("a"), strip("b", solo=True))
    found = render(soloed, MEDIA.__getitem__, stems=True, raw_graph=True)
    assert (np.abs(found["a"].samples).max(), np.abs(found["b"].samples).max() > 0.1) == (0.0, True)


def test_threads_give_the_same_bytes():
    graph = compiled(*[strip(f"t{k}", gain=0.1 * k) for k in range(20)])
    one = render(graph, MEDIA.__getitem__, raw_graph=True, threads=1).samples
    assert np.array_equal(one, render(graph, MEDIA.__getitem__, raw_graph=True, threads=3).samples)


def test_windows_give_the_same_samples():
    noise = {"n.wav": (0.3 * RNG.standard_normal((2, 5 * TILE + 777))).astype(np.float32)}
    tracks = [{"id": f"t{k}", "clips": [{"id": "c", "media": "n.wav"}], "gain": 0.3} for k in range(2)]
    tracks[1]["inserts"] = [{"id": "i", "type": "reverb", "params": {}}]
    graph = compiled(*tracks, media=noise)
    whole = render(graph, noise.__getitem__, raw_graph=True).samples
    engine = Engine(read_graph(graph), noise.__getitem__, settled=False)
    pieces = [piece[0].copy() for piece in engine.stream([graph["output"]], graph["length"], window=2)]
    assert np.array_equal(np.concatenate(pieces, axis=1), whole)


def test_256_tracks():
    graph = compiled(*[strip(f"t{k}", gain=0.01) for k in range(256)])
    assert np.abs(render(graph, MEDIA.__getitem__, raw_graph=True).samples).max() > 0.01


def test_nothing_to_render_is_said():
    with pytest.raises(RenderError, match="at least one clip"):
        render(compiled(), MEDIA.__getitem__)
    with pytest.raises(RenderError, match="at least one frame, got 10 to 10"):
        render(compiled(strip("a")), MEDIA.__getitem__, start=10, end=10)
    with pytest.raises(RenderError, match="a part of the session, which ends at"):
        render(compiled(strip("a")), MEDIA.__getitem__, start=10**7)


class Broken:
    latency, tail_s = 0, 0.0

    def __init__(self, rate, params):
        self.how = params["how"]

    def process(self, samples):
        if self.how == "raise":
            raise ZeroDivisionError("half a knob")
        return samples[:1] if self.how == "shape" else samples * np.nan


class Echo:
    latency = 0

    def __init__(self, rate, params):
        self.tail_s, self.late = float(params["tail_s"]), np.zeros((2, 2 * rate), np.float32)

    def process(self, samples):
        joined = np.concatenate([self.late, samples], axis=1)
        self.late = joined[:, samples.shape[1] :]
        return joined[:, : samples.shape[1]]


@pytest.mark.parametrize(("tail_s", "sounding_s"), [(0.0, 0.0), (2.0, 2.0), (60.0, 2.0)])
def test_an_echo_after_a_pause_is_waited_for_as_long_as_its_plugin_says(monkeypatch, tail_s, sounding_s):
    monkeypatch.setattr(plugin, "BUILT_IN", {**plugin.BUILT_IN, "echo": Echo})
    echo = {"id": "echo", "type": "echo", "params": {"tail_s": tail_s}}
    graph = compiled(strip("a", inserts=[echo]), raw_graph=False)
    made = render(graph, MEDIA.__getitem__)
    assert made.frames == pytest.approx(FRAMES + sounding_s * 44100, abs=600)
    rest = render(graph, MEDIA.__getitem__, start=5000)
    assert np.array_equal(rest.samples, made.samples[:, 5000:])


def test_a_tail_that_is_no_number_is_said(monkeypatch):
    monkeypatch.setattr(plugin, "BUILT_IN", {**plugin.BUILT_IN, "echo": Echo})
    echo = {"id": "echo", "type": "echo", "params": {"tail_s": -1.0}}
    with pytest.raises(PluginError, match=r"a/inserts/echo: expected a tail of 0 s or more .* got -1\.0"):
        render(compiled(strip("a", inserts=[echo]), raw_graph=False), MEDIA.__getitem__)


@pytest.mark.parametrize(("how", "said"), [("raise", "half a knob"), ("shape", "shape"), ("nan", "not finite")])
def test_a_plugin_that_misbehaves_is_named(monkeypatch, how, said):
    monkeypatch.setattr(plugin, "BUILT_IN", {**plugin.BUILT_IN, "broken": Broken})
    cache = TileCache(64 << 20)

    def made(*, enabled, cache=None):
        bad = {"id": "bad", "type": "broken", "enabled": enabled, "params": {"how": how}}
        graph = compiled(strip("a", inserts=[bad]), strip("b", "mono.wav"))
        return render(graph, MEDIA.__getitem__, media_key=str.encode, cache=cache).samples

    with pytest.raises(PluginError, match=rf"a/inserts/bad.*{said}"):
        made(enabled=True, cache=cache)
    assert np.array_equal(made(enabled=False, cache=cache), made(enabled=False))  # the rest is unharmed


def test_a_reverbs_parameters_can_be_automated():
    def made(automation):
        insert = {"id": "i", "type": "reverb", "params": {"wet": 0.0, "dry": 1.0}}
        graph = compiled(strip("a", inserts=[insert], compressor=None), automation=automation, raw_graph=False)
        return render(graph, MEDIA.__getitem__, end=FRAMES).samples

    still = made({})
    moved = made({"a/inserts/i/wet": [{"id": "p", "time_s": 0.1, "value": 0.8, "curve": "set"}]})
    first = -(-4410 // 128) * 128
    assert np.array_equal(still[:, : first - 600], moved[:, : first - 600])
    assert not np.array_equal(still[:, first:], moved[:, first:])


def test_a_plugin_that_cannot_be_automated_is_named(monkeypatch):
    monkeypatch.setattr(plugin, "BUILT_IN", {**plugin.BUILT_IN, "broken": Broken})
    insert = {"id": "bad", "type": "broken", "params": {"how": "raise", "depth": 0.5}}
    points = [{"id": "p", "time_s": 0.1, "value": 0.8, "curve": "set"}]
    graph = compiled(strip("a", inserts=[insert]), automation={"a/inserts/bad/depth": points})
    with pytest.raises(PluginError, match="a/inserts/bad: this plugin cannot be automated"):
        render(graph, MEDIA.__getitem__)


@pytest.mark.parametrize("latency", [-1, 1.5, 10**9, "late", True])
def test_a_latency_that_is_no_number_of_frames_is_said(monkeypatch, latency):
    class Late(Echo):
        pass

    Late.latency = latency
    monkeypatch.setattr(plugin, "BUILT_IN", {**plugin.BUILT_IN, "late": Late})
    with pytest.raises(PluginError, match=r"a/inserts/i: plugin .late.: expected a latency of 0 to 441000 frames, got"):
        plugin.make_plugin("a/inserts/i", "late", 44100, {"tail_s": 0})


def test_a_bypassed_insert_need_not_be_installed():
    insert = {"id": "i", "type": "nonesuch", "enabled": False}
    snapshot = normalize(
        {"format": "maxbooster-session", "version": 1, "uuid": "u", "tracks": [strip("a", inserts=[insert])]}
    )
    assert plugin.insert_latencies(snapshot, 44100) == {}
    without = render(compiled(strip("a"), raw_graph=False), MEDIA.__getitem__).samples
    bypassed = render(compiled(strip("a", inserts=[insert]), raw_graph=False), MEDIA.__getitem__).samples
    assert np.array_equal(without, bypassed)
    with pytest.raises(PluginError, match="no such plugin"):
        plugin.insert_latencies(
            normalize({**snapshot, "tracks": [strip("a", inserts=[{**insert, "enabled": True}])]}), 44100
        )


def test_an_unknown_plugin_is_named():
    graph = compiled(strip("a", inserts=[{"id": "i", "type": "nonesuch"}]))
    with pytest.raises(PluginError, match='a/inserts/i: insert type "nonesuch": no such plugin is installed'):
        render(graph, MEDIA.__getitem__)
