"""What a first render loads: machine code that was made before, and not the compiler."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np

from maxbooster_kernel.loudness.meter import Meter
from maxbooster_kernel.mix.render import render
from maxbooster_kernel.session.compile import MediaShape, compile_graph
from maxbooster_kernel.session.conform import normalize

RENDER = """
import json, sys
import numpy as np
from maxbooster_kernel.loudness.meter import Meter
from maxbooster_kernel.mix.render import render
mix = render(json.load(sys.stdin), lambda media: np.full((2, 2000), 0.1, np.float32))
Meter(44100, 2).push(mix.samples)
print("numba" in sys.modules, "scipy" in sys.modules, mix.samples.shape[1])
"""


def test_a_render_from_kept_code_does_not_load_the_compiler():
    bands = [{"id": "mid", "type": "peaking", "frequency": 1000, "gain": 3.0}]
    tracks = [
        {"id": f"t{k}", "gain": 0.7, "pan": 0.3, "eq": {"bands": bands}, "sends": [{"bus": "b", "gain": 0.5}],
         "clips": [{"id": "c", "media": "a.wav", "gain": 0.8, "fade_in_s": 0.01}]}
        for k in range(9)
    ]  # fmt: skip
    points = [{"id": "a", "time_s": 0.0, "value": 0.2, "curve": "set"}]
    points += [{"id": "b", "time_s": 0.03, "value": 0.5, "curve": "linear"}]
    automation = {"t0/gain": points, "t1/pan": points, "t2/eq/mid/gain": points}
    buses = [{"id": "b", "inserts": [{"id": "i", "type": "reverb"}]}]
    head = {"format": "maxbooster-session", "version": 1, "uuid": "u"}
    data = normalize({**head, "tracks": tracks, "buses": buses, "automation": automation})
    graph = compile_graph(data, {"a.wav": MediaShape(frames=2000, channels=2)})
    mix = render(graph, lambda _: np.full((2, 2000), 0.1, np.float32))  # compiles what is not kept
    Meter(44100, 2).push(mix.samples)
    command = [sys.executable, "-c", RENDER]
    done = subprocess.run(command, input=json.dumps(graph), capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", str(mix.frames)]
