"""A late plugin in real Chromium: the same graph, and the session without it, as the kernel renders them."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

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


null = beside("test_null")
page, offline = null.page, null.offline
pytestmark = pytest.mark.browser
SETTLING = 345 * 128
RATE, FRAMES = 44100, null.FRAMES
FIRST = {"t1": 0.0, "t2": 0.3, "t3": 0.1, "t4": 0.2}
CASES = [
    {"t1": 1}, {"t1": 300}, {"group": 31}, {"group": 300}, {"master": 33}, {"master": 517},
    {"t1": 300, "t2": 33, "group": 517, "master": 1},
]  # fmt: skip


def session(late: dict[str, int], delay_s: float = 0.0) -> dict[str, Any]:
    """Return four tracks, two of them in a group, so many seconds later, with a plugin where one is late."""
    media = dict(zip(FIRST, ("music", "bursts", "noise", "levels"), strict=True))
    inserts = {name: [{"id": "i", "type": "late"}] if name in late else [] for name in (*FIRST, "group", "master")}
    tracks = [
        {"id": name, "gain": 0.6, "output": "group" if name in ("t3", "t4") else "master", "inserts": inserts[name],
         "clips": [{"id": "c", "media": media[name], "start_s": start + delay_s}]}
        for name, start in FIRST.items()
    ]  # fmt: skip
    moved = [
        {"id": "a", "time_s": 0.2 + delay_s, "value": 1.0, "curve": "set"},
        {"id": "b", "time_s": 1.0 + delay_s, "value": 0.5, "curve": "linear"},
    ]
    buses = [{"id": "group", "inserts": inserts["group"]}]
    head = {"format": "maxbooster-session", "version": 1, "uuid": "u", "sample_rate": RATE}
    automation = {"master/gain": moved, "group/gain": moved}
    master = {"inserts": inserts["master"]}
    return normalize({**head, "tracks": tracks, "buses": buses, "master": master, "automation": automation})


def compiled(late, delay_s=0.0):
    """Return the graph with delays in place of the plugins: these hand on what they hear, late."""
    shapes = {name: MediaShape(frames=samples.shape[1], channels=len(samples)) for name, samples in null.MEDIA.items()}
    names = {(f"{name}/inserts/i"): frames for name, frames in late.items()}
    data = compile_graph(session(late, delay_s), shapes, insert_latency=names)
    for node in data["nodes"]:
        if node["type"] == "insert":
            frames = node["latency"]
            node |= {"type": "delay", "frames": frames, "reason": "bypass"}
    return data


@pytest.fixture(scope="module")
def without():
    return render(compiled({}), null.MEDIA.__getitem__).samples


@pytest.mark.parametrize("late", CASES, ids=str)
def test_a_late_plugin_in_the_browser_is_the_mix_without_it(page, without, late):
    data = compiled(late, SETTLING / RATE)
    first = SETTLING + data["latency"]
    heard = page.render(data, null.MEDIA, first + FRAMES)[:, first:]
    assert np.abs(heard).max() > 0.3
    peak, rms = offline.residual_db(without[:, :FRAMES], heard)
    print(f"{peak:.1f} dBFS peak, {rms:.1f} rms")
    assert (peak <= null.DYNAMIC_PEAK, rms <= null.DYNAMIC_RMS) == (True, True)
