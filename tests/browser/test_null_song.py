"""The demo song by the kernel and by real Chromium, subtracted: real stems, a mix of its own, a part of each."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from maxbooster_kernel.audio.read import read_audio
from maxbooster_kernel.mix.render import render
from maxbooster_kernel.session.compile import MediaShape, compile_graph
from maxbooster_kernel.session.conform import normalize

spec = importlib.util.spec_from_file_location("offline", Path(__file__).with_name("offline.py"))
offline = importlib.util.module_from_spec(spec)
spec.loader.exec_module(offline)

pytestmark = pytest.mark.browser
START_S, SECONDS = 38.0, 10.0


def test_the_demo_song(chromium, song):
    first = round(START_S * 44100)
    media = {
        name: read_audio(path, start_frame=first, frames=round((SECONDS + 1) * 44100)).samples
        for name, path in song.stems.items()
    }
    tracks = []
    for k, name in enumerate(media):
        bands = [
            {"id": "low", "type": "lowshelf", "frequency": 320, "gain": (k % 3 - 1) * 2.0},
            {"id": "mid", "type": "peaking", "frequency": 1000, "Q": 1, "gain": 1.5 - k % 4},
            {"id": "high", "type": "highshelf", "frequency": 3200, "gain": (k % 2) * 2.0},
        ]
        # a late start, an offset into the file, and clips that end before the song does
        clip = {"id": "c", "media": name, "start_s": 0.05 * k, "offset_s": 0.1 * k, "duration_s": SECONDS - 0.3 * k}
        tracks.append({"id": name, "clips": [clip], "pan": (k % 5 - 2) / 4, "gain": 0.9, "eq": {"bands": bands}})
    data = normalize({"format": "maxbooster-session", "version": 1, "uuid": "u", "tracks": tracks})
    shapes = {name: MediaShape(frames=samples.shape[1], channels=len(samples)) for name, samples in media.items()}
    graph = compile_graph(data, shapes, raw_graph=True)
    with offline.offline(chromium) as page:
        heard = page.render(graph, media, graph["length"])
    peak, rms = offline.residual_db(render(graph, media.__getitem__, raw_graph=True).samples, heard)
    print(f"{len(tracks)} tracks of the demo song: {peak:.1f} dBFS peak, {rms:.1f} rms")
    assert abs(heard).max() > 0.1
    assert (peak <= -100.0, rms <= -130.0) == (True, True)
