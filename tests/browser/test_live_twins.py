"""The studio's own running graph in an OfflineAudioContext, its worklet twins included, against the raw render."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, Route

from maxbooster_kernel.mix.render import render
from maxbooster_kernel.widgets.console import BUNDLE

pytestmark = pytest.mark.browser

FRAMES = 88200
ORIGIN = "http://localhost:9/"
COMPRESSOR = {"threshold": -24, "knee": 30, "ratio": 12, "attack": 0.003, "release": 0.25}
LIMITER = {"threshold": -1, "knee": 0, "ratio": 20, "attack": 0.001, "release": 0.01}

RENDER = """async ({ graph, media, frames, native }) => {
    const { renderOffline } = await import("/console.js");
    const floats = (text) => new Float32Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
    const samples = Object.fromEntries(Object.entries(media).map(([name, channels]) => [name, channels.map(floats)]));
    const rendered = await renderOffline(graph, samples, frames, native);
    return rendered.map((channel) => {
        const bytes = new Uint8Array(channel.slice().buffer);
        let text = "";
        for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
        return btoa(text);
    });
}"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """A page that can import the bundle; localhost, because worklets need a secure context."""

    def serve(route: Route) -> None:
        if route.request.url.endswith("console.js"):
            route.fulfill(body=BUNDLE.read_text("utf-8"), content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html>", content_type="text/html")

    made = browser.new_page()
    made.route(f"{ORIGIN}**", serve)
    made.goto(ORIGIN)
    yield made
    made.close()


def signals(rate: int) -> dict[str, NDArray[np.float32]]:
    """Music, noise, bursts and falling levels, in stereo."""
    time_s = np.arange(FRAMES) / rate
    rng = np.random.default_rng(3)
    swells = [np.exp(-4 * ((2 * time_s + 0.3 * k) % 1)) for k in range(8)]
    music = sum(0.15 * s * np.sin(2 * np.pi * 110 * 1.5**k * time_s + k) for k, s in enumerate(swells))
    noise = 0.3 * rng.standard_normal((2, FRAMES))
    bursts = 0.9 * np.sin(2 * np.pi * 1000 * time_s) * ((8 * time_s % 1) < 0.5)
    levels = np.sin(2 * np.pi * 220 * time_s) * 10 ** (-(40 * time_s % 60) / 20)
    found = {"music": np.stack([music, np.roll(music, 99)]), "noise": noise}
    found |= {"bursts": np.stack([bursts, bursts]), "levels": np.stack([levels, 0.5 * levels])}
    return {name: samples.astype(np.float32) for name, samples in found.items()}


def clip(media: str) -> dict[str, Any]:
    head = {"id": f"{media}/clip", "type": "clip", "inputs": [], "media": media, "channels": 2}
    return {**head, "start": 0, "offset": 0, "duration": FRAMES, "gain": 1.0, "fade_in": 0, "fade_out": 0}


def graph_of(nodes: list[dict[str, Any]], rate: int) -> dict[str, Any]:
    head = {"format": "maxbooster-graph", "version": 1, "sample_rate": rate, "length": FRAMES, "latency": 0}
    return {**head, "output": nodes[-1]["id"], "nodes": nodes}


def compressed(signal: str, key: str | None, settings: dict[str, float], rate: int) -> dict[str, Any]:
    nodes = [clip(signal)] + ([clip(key)] if key and key != signal else [])
    nodes.append({"id": "t/gain", "type": "gain", "inputs": [f"{signal}/clip"], "channels": 2, "gain": 1.0})
    if key:
        nodes.append({"id": "k/gain", "type": "gain", "inputs": [f"{key}/clip"], "channels": 2, "gain": 1.0})
    tap = "k/gain" if key else None
    nodes.append({"id": "t/compressor", "type": "dynamics_compressor", "inputs": ["t/gain"], **settings, "key": tap})
    return graph_of(nodes, rate)


def apart(page: Page, graph: dict[str, Any], *, native: bool) -> tuple[float, float]:
    """Return peak and RMS in dBFS of what the browser and the kernel make differently."""
    media = signals(graph["sample_rate"])
    used = {node["media"] for node in graph["nodes"] if node["type"] == "clip"}
    texts = {name: [base64.b64encode(row.tobytes()).decode() for row in media[name]] for name in used}
    found = page.evaluate(RENDER, {"graph": graph, "media": texts, "frames": FRAMES, "native": native})
    heard = np.stack([np.frombuffer(base64.b64decode(text), np.float32) for text in found])
    wanted = render(graph, media.__getitem__, raw_graph=True).samples[:, :FRAMES]
    assert np.abs(wanted).max() > 0.05
    difference = heard.astype(float) - wanted
    peak, rms = np.abs(difference).max(), np.sqrt((difference**2).mean())
    found_db = 20 * float(np.log10(max(peak, 1e-12))), 20 * float(np.log10(max(rms, 1e-12)))
    print(f"{found_db[0]:.1f} dBFS peak, {found_db[1]:.1f} rms")
    return found_db


@pytest.mark.parametrize("settings", [COMPRESSOR, LIMITER], ids=["compressor", "limiter"])
@pytest.mark.parametrize(("signal", "key"), [("music", "bursts"), ("noise", "levels"), ("levels", "music")])
def test_a_keyed_compressor_sounds_as_the_kernel_s(page: Page, signal: str, key: str, settings: dict) -> None:
    peak, rms = apart(page, compressed(signal, key, settings, 44100), native=True)
    assert peak <= -100
    assert rms <= -130


@pytest.mark.parametrize("rate", [44100, 48000])
@pytest.mark.parametrize("signal", ["music", "noise", "bursts"])
def test_where_the_native_compressor_differs_the_worklet_stands_in(page: Page, signal: str, rate: int) -> None:
    peak, rms = apart(page, compressed(signal, None, COMPRESSOR, rate), native=False)
    assert peak <= -100
    assert rms <= -130


def test_this_browser_s_compressor_passes_the_start_up_check(page: Page) -> None:
    assert page.evaluate("async () => (await import('/console.js')).nativeCompressorIsOurs()") is True


@pytest.mark.parametrize("kind", ["lowshelf", "peaking", "highshelf", "lowpass", "highpass"])
def test_a_filter_rings_out_in_a_silence_and_begins_anew_after_it(page: Page, kind: str) -> None:
    """Chromium stops a filter that hears nothing at about -90 dB; what is left in it would sound with the next clip."""
    first = clip("music") | {"duration": 30011}
    again = clip("music") | {"id": "again/clip", "start": 70001, "duration": 10000}
    settings = {"filter": kind, "frequency": 320.0, "Q": 4.0, "gain": 9.0, "detune": 0.0}
    gain = {"id": "t/gain", "type": "gain", "inputs": ["music/clip", "again/clip"], "channels": 2, "gain": 1.0}
    eq = {"id": "t/eq", "type": "biquad_filter", "inputs": ["t/gain"], **settings}
    peak, _ = apart(page, graph_of([first, again, gain, eq], 44100), native=True)
    assert peak <= -120


@pytest.mark.parametrize("rate", [44100, 48000])
def test_the_convolver_sounds_as_the_kernel_s_reverberator(page: Page, rate: int) -> None:
    params = {"wet": 0.3, "dry": 1.0, "feedback": 0.84}
    insert = {"id": "t/inserts/r", "type": "insert", "inputs": ["t/pan"], "insert": "reverb", "params": params}
    pan = {"id": "t/pan", "type": "stereo_panner", "inputs": ["t/gain"], "pan": 0.0}
    gain = {"id": "t/gain", "type": "gain", "inputs": ["music/clip"], "channels": 2, "gain": 1.0}
    graph = graph_of([clip("music"), gain, pan, {**insert, "latency": 0, "enabled": True}], rate)
    peak, _ = apart(page, graph, native=True)
    assert peak <= -110
