"""No event slips a frame: odd frames, neighbours, edges of blocks and clips, first and last frame, in real Chromium.

Each case is rendered by the browser twice, from plain nodes and by the studio's own running graph, and compared with
the kernel; and with the kernel where one event acts a frame later, which must be heard.
"""

from __future__ import annotations

import base64
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from maxbooster_kernel.mix.render import render
from maxbooster_kernel.session.compile import MediaShape, compile_graph
from maxbooster_kernel.session.conform import normalize


def beside(name):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


offline, live = beside("offline"), beside("test_live_twins")
page = live.page
pytestmark = pytest.mark.browser
FRAMES = 4096
SAME, SLIPPED = -140.0, -90.0
ODD = (0, 1, 2, 127, 128, 129, 130, 255, 257, 1001, 1002, 2049, 3333, 4094, 4095)
RNG = np.random.default_rng(4)
LEVEL = np.float32(0.5)  # the last bit of a target's approach at full scale is -138 dBFS
MEDIA = {"level": np.full((2, FRAMES), LEVEL), "noise": 0.3 * RNG.standard_normal((2, FRAMES)).astype(np.float32)}


def clip(media, **fields):
    plain = {"start": 0, "offset": 0, "duration": FRAMES, "gain": 1.0, "fade_in": 0, "fade_out": 0}
    return {"id": "c", "type": "clip", "inputs": [], "media": media, "channels": 2, **plain, **fields}


def graph(rate, source, kind="gain", **fields):
    node = {"id": "out", "type": kind, "inputs": ["c"], **fields}
    node |= {"channels": 2} if kind == "gain" else {}
    head = {"format": "maxbooster-graph", "version": 1, "sample_rate": rate, "length": FRAMES, "latency": 0}
    return {**head, "output": "out", "nodes": [source, node]}


def heard_by(offline_page, live_page, data):
    """Return what plain nodes and what the studio's own graph make of compiled data."""
    texts = {name: [base64.b64encode(row.tobytes()).decode() for row in samples] for name, samples in MEDIA.items()}
    found = live_page.evaluate(live.RENDER, {"graph": data, "media": texts, "frames": FRAMES, "native": True})
    own = np.stack([np.frombuffer(base64.b64decode(text), np.float32) for text in found])
    return {"plain nodes": offline_page.render(data, MEDIA, FRAMES), "the studio": own}


def rendered(data):
    return render(data, MEDIA.__getitem__, raw_graph=True).samples


@pytest.fixture(scope="module")
def pages(page):
    """Return a page of plain nodes and one of the studio, of the same browser."""
    plain = page.context.browser.new_page()
    yield offline.Offline(plain), page
    plain.close()


STEPS = [{"type": "set", "frame": frame, "value": 0.25 + 0.5 * (k % 2)} for k, frame in enumerate(ODD)]
RAMPS = [
    {"type": kind, "frame": frame, "value": 0.2 + 0.6 * (k % 2)}
    for k, (kind, frame) in enumerate(
        [("set", 1), ("linear", 3), ("exponential", 129), ("linear", 130), ("exponential", 383), ("linear", 4095)]
    )
]
TARGETS = [
    {"type": "target", "frame": frame, "value": (k + 1) % 2 * 0.9 + 0.05, "time_constant": 0.004}
    for k, frame in enumerate([0, 129, 255, 256, 1001, 3333, 4093])
]
CURVES = [
    {"type": "curve", "frame": 127, "values": [0.1, 0.9, 0.3], "duration": 131},
    {"type": "set", "frame": 259, "value": 0.5},
    {"type": "curve", "frame": 1023, "values": [0.9, 0.2], "duration": 3},
    {"type": "curve", "frame": 4001, "values": [0.2, 0.8], "duration": 95},
]
GAINS = {"set": STEPS, "ramps": RAMPS, "target": TARGETS, "curve": CURVES}
BAND = {"filter": "peaking", "frequency": 800, "Q": 1.3, "gain": 5.5, "detune": 0}
OTHERS = {
    "pan": ("stereo_panner", {}, -0.8, 0.7),
    "frequency": ("biquad_filter", BAND, 300, 5000),
    "Q": ("biquad_filter", BAND, 0.5, 9),
    "gain": ("biquad_filter", BAND, -9, 9),
    "detune": ("biquad_filter", BAND, -900, 900),
}


def cases(rate):
    for name, events in GAINS.items():
        yield f"gain, {name}", graph(rate, clip("level"), gain={"value": 0.5, "events": events})
    for name, (kind, fields, low, high) in OTHERS.items():
        events = [{**event, "value": low if event["value"] < 0.5 else high} for event in STEPS]
        yield name, graph(rate, clip("noise"), kind, **{**fields, name: {"value": (low + high) / 2, "events": events}})


def later(data, index):
    """Return a graph whose event of that number acts a frame later, or None where nothing moves."""
    node = dict(data["nodes"][1])
    name = next(name for name, value in node.items() if isinstance(value, dict))
    events = [dict(event) for event in node[name]["events"]]
    events[index]["frame"] += 1
    follows = events[index + 1 : index + 2]
    if follows and follows[0]["frame"] <= events[index]["frame"]:
        del events[index]
    if events and events[-1]["frame"] >= FRAMES:
        events = events[:-1]
    return {**data, "nodes": [data["nodes"][0], {**node, name: {**node[name], "events": events}}]}


@pytest.mark.parametrize("rate", [22050, 44100, 48000, 96000])
def test_no_event_slips_a_frame(pages, rate):
    for name, data in cases(rate):
        ours = rendered(data)
        for by, heard in heard_by(*pages, data).items():
            assert offline.residual_db(ours, heard)[0] <= SAME, (name, by)


def test_a_slipped_event_would_be_heard():
    for name, data in cases(44100):
        ours = rendered(data)
        moved = next(value for value in data["nodes"][1].values() if isinstance(value, dict))
        for index, event in enumerate(moved["events"]):
            slipped = offline.residual_db(rendered(later(data, index)), ours)[0]
            assert slipped > SLIPPED, (name, event)


def test_steps_act_from_their_frame_on(pages):
    data = graph(44100, clip("level"), gain={"value": 0.5, "events": STEPS})
    expected = np.repeat([event["value"] for event in STEPS], np.diff([*ODD, FRAMES])).astype(np.float32) * LEVEL
    for heard in [rendered(data), *heard_by(*pages, data).values()]:
        assert np.array_equal(heard, np.stack([expected, expected]))


@pytest.mark.parametrize(("start", "duration"), [(0, 4096), (1, 1), (127, 129), (128, 127), (129, 3967), (4095, 1)])
def test_clips_begin_and_end_on_their_frame(pages, start, duration):
    data = graph(48000, clip("level", start=start, duration=duration), gain=1.0)
    expected = np.zeros((2, FRAMES), np.float32)
    expected[:, start : start + duration] = LEVEL
    for heard in [rendered(data), *heard_by(*pages, data).values()]:
        assert np.array_equal(heard, expected)


def test_a_compressor_takes_values_where_its_block_begins(pages):
    settings = {"knee": 30, "ratio": 12, "attack": 0.003, "release": 0.25, "key": None}
    found = []
    for frame in (1280, 1281):
        moved = {"value": -10.0, "events": [{"type": "set", "frame": frame, "value": -50.0}]}
        data = graph(44100, clip("noise"), "dynamics_compressor", threshold=moved, **settings)
        found.append(rendered(data))
        for by, heard in heard_by(*pages, data).items():
            assert offline.residual_db(found[-1], heard)[0] <= -100.0, (frame, by)
    assert offline.residual_db(*found)[0] > SLIPPED


@pytest.mark.parametrize("rate", [22050, 44100, 48000, 96000])
def test_a_sessions_points_act_on_their_frame(pages, rate):
    frames = [frame for frame in ODD if frame]
    points = [
        {"id": f"p{k}", "time_s": frame / rate, "value": 0.25 + 0.5 * (k % 2), "curve": "set"}
        for k, frame in enumerate(frames)
    ]
    track = {"id": "t", "clips": [{"id": "c", "media": "level"}], "compressor": None, "eq": None}
    data = {"format": "maxbooster-session", "version": 1, "uuid": "u", "sample_rate": rate, "tracks": [track]}
    data |= {"master": {"compressor": None, "limiter": None}, "automation": {"t/gain": points}}
    made = compile_graph(normalize(data), {"level": MediaShape(frames=FRAMES, channels=2)}, raw_graph=True)
    values = [1.0, *[point["value"] for point in points]]
    expected = np.repeat(values, np.diff([0, *frames, FRAMES])).astype(np.float32) * LEVEL
    for heard in [rendered(made), *heard_by(*pages, made).values()]:
        assert np.array_equal(heard, np.stack([expected, expected]))
