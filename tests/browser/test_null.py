"""What you hear is what you render: compiled graphs rendered by the kernel and by real Chromium, subtracted."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from maxbooster_kernel.mix.render import render
from maxbooster_kernel.session.compile import MediaShape, compile_graph
from maxbooster_kernel.session.conform import normalize

spec = importlib.util.spec_from_file_location("offline", Path(__file__).with_name("offline.py"))
offline = importlib.util.module_from_spec(spec)
spec.loader.exec_module(offline)

pytestmark = pytest.mark.browser
FRAMES = 66150
LINEAR, SUM = -140.0, -120.0
DYNAMIC_PEAK, DYNAMIC_RMS = -100.0, -130.0


@pytest.fixture(scope="module")
def page(chromium):
    with offline.offline(chromium) as made:
        yield made


def make_media(rate=44100, frames=FRAMES):
    """Return music, noise, bursts, a falling level, impulses and hot noise."""
    rng = np.random.default_rng(1)
    t = np.arange(frames) / rate
    music = np.zeros((2, frames))
    for k in range(8):
        swell = 0.15 * np.exp(-((2 * t + 0.3 * k) % 1) * 4)
        music += swell * np.stack([np.sin(2 * np.pi * 110 * 1.5**k * t), np.sin(2 * np.pi * 111 * 1.5**k * t + 1)])
    noise = 0.3 * rng.standard_normal((2, frames))
    bursts = 0.9 * np.sin(2 * np.pi * 1000 * t) * ((8 * t % 1) < 0.5) * np.ones((2, 1))
    levels = np.sin(2 * np.pi * 220 * t) * 10 ** (-(40 * t % 60) / 20) * np.ones((2, 1))
    impulses = np.zeros((2, frames))
    impulses[:, 100] = 1.0
    impulses[0, frames // 2] = 0.9
    found = {"music": music, "noise": noise, "bursts": bursts, "levels": levels, "impulses": impulses}
    found |= {"hot": 6 * noise, "mono": music[:1]}
    return {name: samples.astype(np.float32) for name, samples in found.items()}


MEDIA = make_media()


def clip(media, **fields):
    plain = {"start": 0, "offset": 0, "duration": FRAMES, "gain": 1.0, "fade_in": 0, "fade_out": 0}
    head = {"id": f"clip/{media}", "type": "clip", "inputs": [], "media": media, "channels": len(MEDIA[media])}
    return {**head, **plain, **fields}


def graph(nodes, rate=44100):
    head = {"format": "maxbooster-graph", "version": 1, "sample_rate": rate, "length": FRAMES, "latency": 0}
    return {**head, "output": nodes[-1]["id"], "nodes": nodes}


def one(media, kind, **fields):
    return graph([clip(media), {"id": "node", "type": kind, "inputs": [f"clip/{media}"], **fields}])


def residual(page, data, media=MEDIA):
    """Return peak and rms of kernel minus browser in dBFS; the browser's output must not be silence."""
    heard = page.render(data, media, data["length"])
    assert np.abs(heard).max() > 0.01
    return offline.residual_db(render(data, media.__getitem__, raw_graph=True).samples, heard)


def moving(value, *events):
    return {"value": value, "events": list(events)}


def event(kind, frame, value=None, **rest):
    return {"type": kind, "frame": frame, **({} if value is None else {"value": value}), **rest}


EVENTS = (
    event("set", 1000, 0.3),
    event("linear", 20001, 0.9),
    event("exponential", 30003, 0.1),
    event("target", 36007, 0.8, time_constant=0.05),
    event("curve", 55001, values=[0.8, 0.2, 0.9, 0.4], duration=9000),
)
FILTERS = ("lowpass", "highpass", "bandpass", "lowshelf", "highshelf", "peaking", "notch", "allpass")
BAND = {"frequency": 800, "Q": 1.3, "gain": 5.5, "detune": 0}
COMPRESSOR = {"threshold": -24, "knee": 30, "ratio": 12, "attack": 0.003, "release": 0.25, "key": None}
LIMITER = {"threshold": -1, "knee": 0, "ratio": 20, "attack": 0.001, "release": 0.01, "key": None}
LINEAR_CASES = {
    "gain": one("music", "gain", gain=0.7),
    "mono to the left": one("mono", "stereo_panner", pan=-0.3),
    "stereo to the left": one("music", "stereo_panner", pan=-0.4),
    "stereo to the right": one("music", "stereo_panner", pan=0.6),
    "delay": one("music", "delay", frames=264),
    **{name: one("noise", "biquad_filter", filter=name, **BAND) for name in FILTERS},
    "detuned": one("music", "biquad_filter", filter="peaking", **{**BAND, "detune": 700}),
    "gain with every event": one("music", "gain", gain=moving(0.5, *EVENTS)),
    "gain from a ramp": one("music", "gain", gain=moving(0.5, event("linear", 40001, 1.0))),
    "a ramp after a target": one(
        "music",
        "gain",
        gain=moving(0.5, event("target", 1001, 1.0, time_constant=0.1), event("linear", 40001, 0.2)),
    ),
    "pan moving": one("music", "stereo_panner", pan=moving(0.5, event("set", 0, -1.0), event("linear", 60001, 1.0))),
    "mono pan moving": one("mono", "stereo_panner", pan=moving(0.0, event("target", 999, 1.0, time_constant=0.3))),
    "shelf moving": one(
        "noise",
        "biquad_filter",
        filter="lowshelf",
        **{**BAND, "gain": moving(0, event("set", 0, -10.0), event("linear", 60001, 10.0))},
    ),
    "frequency moving": one(
        "noise",
        "biquad_filter",
        filter="lowpass",
        **{**BAND, "frequency": moving(300, event("set", 0, 100.0), event("exponential", 60001, 8000.0))},
    ),
    "Q moving": one(
        "noise", "biquad_filter", filter="bandpass", **{**BAND, "Q": moving(1, event("linear", 60001, 20.0))}
    ),
    "clip with gain and fades": graph(
        [
            clip("music", start=100, duration=50001, offset=77, gain=0.7, fade_in=1003, fade_out=9001),
            {"id": "out", "type": "gain", "gain": 1.0, "inputs": ["clip/music"]},
        ]
    ),
}


@pytest.mark.parametrize("name", LINEAR_CASES)
def test_linear_nodes(page, name):
    peak, _ = residual(page, LINEAR_CASES[name])
    assert peak <= LINEAR


@pytest.mark.parametrize("settings", [COMPRESSOR, LIMITER], ids=["compressor", "limiter"])
@pytest.mark.parametrize("media", ["music", "mono", "noise", "bursts", "levels", "impulses", "hot"])
def test_one_compressor(page, media, settings):
    peak, rms = residual(page, one(media, "dynamics_compressor", **settings))
    assert peak <= DYNAMIC_PEAK
    assert rms <= DYNAMIC_RMS


@pytest.mark.parametrize(
    ("threshold", "knee", "ratio"),
    [(-24.74, 5, 3.3), (-26.96, 5, 3.3), (-28.44, 30, 12), (-28.81, 12, 4), (-26.59, 12, 4), (-29.39, 20, 2)],
)
def test_other_curves(page, threshold, knee, ratio):
    settings = {**COMPRESSOR, "threshold": threshold, "knee": knee, "ratio": ratio}
    peak, rms = residual(page, one("noise", "dynamics_compressor", **settings))
    assert (peak <= DYNAMIC_PEAK, rms <= DYNAMIC_RMS) == (True, True)


RANGES = {"threshold": (-50, -10), "knee": (0, 40), "ratio": (1, 20), "attack": (0.0, 0.2), "release": (0.01, 1.0)}


@pytest.mark.parametrize("name", RANGES)
def test_a_compressors_parameters_move_block_by_block(page, name):
    low, high = RANGES[name]
    events = event("set", 3000, low), event("linear", 40001, high), event("target", 50000, low, time_constant=0.02)
    moved = {**COMPRESSOR, name: moving(COMPRESSOR[name], *events)}
    for media in ("noise", "music"):
        peak, rms = residual(page, one(media, "dynamics_compressor", **moved))
        assert (peak <= DYNAMIC_PEAK, rms <= DYNAMIC_RMS) == (True, True)


MOVING = {
    "gain": ("gain", "music", {}, 0.05, 2.0),
    "pan": ("stereo_panner", "music", {}, 0.02, 1.0),
    "mono pan": ("stereo_panner", "mono", {}, -0.02, -1.0),
    "frequency": ("biquad_filter", "noise", {**BAND, "filter": "lowpass"}, 80, 9000),
    "Q": ("biquad_filter", "noise", {**BAND, "filter": "peaking"}, 0.3, 20),
    "filter gain": ("biquad_filter", "noise", {**BAND, "filter": "highshelf"}, 0.5, 15),
    "detune": ("biquad_filter", "noise", {**BAND, "filter": "bandpass"}, 10, 1200),
}


@pytest.mark.parametrize("name", MOVING)
def test_every_event_on_every_parameter(page, name):
    kind, media, fields, low, high = MOVING[name]
    parameter = name.split()[-1]

    def scaled(value):
        return low + (high - low) * value

    events = []
    for item in EVENTS:
        values = {"values": [scaled(value) for value in item["values"]]} if "values" in item else {}
        value = {"value": scaled(item["value"])} if "value" in item else {}
        events.append({**item, **value, **values})
    peak, _ = residual(page, one(media, kind, **{**fields, parameter: moving(scaled(0.5), *events)}))
    assert peak <= LINEAR


def test_a_compressor_through_gaps(page):
    nodes = [
        clip("music", start=12345, duration=20000),
        clip("noise", start=55000, duration=9000),
        {"id": "sum", "type": "gain", "channels": 2, "gain": 1.0, "inputs": ["clip/music", "clip/noise"]},
        {"id": "out", "type": "dynamics_compressor", "inputs": ["sum"], **COMPRESSOR},
    ]
    peak, rms = residual(page, graph(nodes))
    assert (peak <= DYNAMIC_PEAK, rms <= DYNAMIC_RMS) == (True, True)


def test_the_sum_of_eight_equalised_tracks(page):
    nodes = []
    for k in range(8):
        source = clip("noise", offset=k * 1000, duration=50000)
        source["id"] = f"clip{k}"
        nodes.append(source)
        nodes.append({"id": f"eq{k}", "type": "biquad_filter", "inputs": [f"clip{k}"], "filter": FILTERS[k], **BAND})
    nodes.append({"id": "sum", "type": "gain", "gain": 0.5, "channels": 2, "inputs": [f"eq{k}" for k in range(8)]})
    peak, _ = residual(page, graph(nodes))
    assert peak <= SUM


def session(count, rate=44100, automated=False):
    """Return a session of the seed's graph: levels, pans, EQ and clip offsets of its own on every track."""
    names = ["music", "mono", "noise", "bursts", "levels"]
    tracks = []
    for k in range(count):
        bands = [
            {"id": "low", "type": "lowshelf", "frequency": 320, "gain": (k % 5 - 2) * 2.0},
            {"id": "mid", "type": "peaking", "frequency": 1000 + 100 * k, "Q": 1 + k / 8, "gain": 3.0 - k % 4},
            {"id": "high", "type": "highshelf", "frequency": 3200, "gain": (k % 3 - 1) * 4.0},
        ]
        source = {"id": "c", "media": names[k % 5], "start_s": 0.01 * k, "offset_s": 0.02 * k}
        strip = {"gain": 0.2 + 0.6 / (1 + k), "pan": (k % 7 - 3) / 3, "eq": {"bands": bands}}
        tracks.append({"id": f"t{k}", "clips": [source], **strip})
    points = {
        "t0/gain": [
            {"id": "a", "time_s": 0.0, "value": 0.2, "curve": "set"},
            {"id": "b", "time_s": 0.7, "value": 0.9, "curve": "linear"},
            {"id": "c", "time_s": 0.9, "value": 0.3, "curve": "target", "time_constant_s": 0.1},
        ],
        "t1/pan": [{"id": "a", "time_s": 1.0, "value": 1.0, "curve": "linear"}],
        "t2/eq/low/gain": [{"id": "a", "time_s": 1.0, "value": 12.0, "curve": "linear"}],
        "master/gain": [{"id": "a", "time_s": 1.3, "value": 0.5, "curve": "linear"}],
    }
    data = {"format": "maxbooster-session", "version": 1, "uuid": "u", "sample_rate": rate, "tracks": tracks}
    return normalize({**data, "automation": points if automated else {}})


SESSIONS = {
    "one track": (1, 44100, False),
    "eight tracks": (8, 44100, False),
    **{
        f"{count} tracks at {rate} Hz": (count, rate, True)
        for count in (8, 32)
        for rate in (22050, 44100, 48000, 96000)
    },
}


@pytest.mark.parametrize("name", SESSIONS)
def test_whole_sessions(page, name):
    count, rate, automated = SESSIONS[name]
    shapes = {path: MediaShape(frames=samples.shape[1], channels=len(samples)) for path, samples in MEDIA.items()}
    data = compile_graph(session(count, rate, automated), shapes, raw_graph=True)
    peak, rms = residual(page, data)
    assert peak <= DYNAMIC_PEAK
    assert rms <= DYNAMIC_RMS


def test_clips_that_end_early_on_a_plain_page(page):
    """A page that does not keep its filters awake cuts their decay: far below what counts."""
    early = session(8, automated=True)
    for k, track in enumerate(early["tracks"]):
        track["clips"][0]["duration_s"] = 0.4 + 0.1 * k
    shapes = {path: MediaShape(frames=samples.shape[1], channels=len(samples)) for path, samples in MEDIA.items()}
    data = compile_graph(early, shapes, raw_graph=True)
    heard = page.render(data, MEDIA, data["length"], awake=False)
    peak, rms = offline.residual_db(render(data, MEDIA.__getitem__, raw_graph=True).samples, heard)
    assert (peak <= DYNAMIC_PEAK, rms <= DYNAMIC_RMS) == (True, True)


def test_the_reverb_and_its_convolver(page):
    from maxbooster_kernel.dsp.reverb import impulse_response

    response = impulse_response(44100, wet=0.5, dry=1.0)
    nodes = [
        clip("music"),
        {"id": "verb", "type": "insert", "inputs": ["clip/music"], "insert": "reverb",
         "params": {"wet": 0.5, "dry": 1.0}, "latency": 0, "enabled": True},
    ]  # fmt: skip
    data = graph(nodes)
    heard = page.render(data, MEDIA, FRAMES, {"verb": np.stack([response, response])})
    peak, _ = offline.residual_db(render(data, MEDIA.__getitem__, raw_graph=True).samples, heard)
    assert np.abs(heard).max() > 0.1
    assert peak <= -110.0
