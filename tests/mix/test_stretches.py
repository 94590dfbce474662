"""Few strips in stretches give what they give in one go, however wrong the guesses were."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from maxbooster_kernel.mix import stretches
from maxbooster_kernel.mix.crew import Crew
from maxbooster_kernel.mix.graph import read_graph
from maxbooster_kernel.mix.launch import Leg, Run, launch
from maxbooster_kernel.mix.plan import make_plan
from maxbooster_kernel.mix.stretches import Span, run_stretches
from maxbooster_kernel.mix.walk import make_strip
from maxbooster_kernel.session.compile import MediaShape, compile_graph
from maxbooster_kernel.session.conform import normalize

RATE = 22050
TILES = [4096, 65536, 65536, 12800]
FRAMES = sum(TILES)


def program(release):
    """Return the program of a strip with an equaliser and a compressor that lets go in so many seconds."""
    bands = [{"id": "low", "type": "lowshelf", "frequency": 100, "gain": 6.0}]
    track = {"id": "t", "clips": [{"id": "c", "media": "a.wav"}], "eq": {"bands": bands}, "pan": 0.25}
    track["compressor"] = {"release": release, "threshold": -40}
    head = {"format": "maxbooster-session", "version": 1, "uuid": "u", "sample_rate": RATE}
    graph = compile_graph(normalize({**head, "tracks": [track]}), {"a.wav": MediaShape(frames=FRAMES, channels=2)})
    return make_strip(make_plan(read_graph(graph)).units["t/compressor"], RATE, settled=True).program


def spans(release, levels):
    """Return a span for each level: noise that grows quieter, in tiles of several lengths."""
    made = []
    for number, level in enumerate(levels):
        noise = np.random.default_rng(number).standard_normal((2, FRAMES)) * level
        noise *= 0.5 ** (np.arange(FRAMES) / 30000)
        sources = np.split(noise.astype(np.float32), np.cumsum(TILES)[:-1], axis=1)
        state = program(release).initial_state(settled=True)
        targets = [np.empty((2, frames), np.float32) for frames in TILES]
        keys = [None] * len(TILES)
        span = {"start": 0, "state": state, "sources": sources, "keys": keys, "targets": targets}
        made.append(Span(program=program(release), **span))
    return made


def in_one_go(span):
    """Return the samples of every tile, and the state after it."""
    state, made = span.state, []
    for source in span.sources:
        target = np.empty_like(source)
        run = Run(program=span.program, start=0, state=state, legs=[Leg(source=source, target=target)])
        launch([run], source.shape[1], lanes=1)
        state = run.state
        made.append((target, state))
    return made


@settings(max_examples=settings().max_examples // 4)
@given(
    st.sampled_from([0.02, 0.25, 1.0]),
    st.lists(st.sampled_from([0.001, 0.1, 1.0]), min_size=1, max_size=3),
    st.sampled_from([1, 2, 5]),
)
def test_stretches_are_exact(release, levels, threads):
    made = spans(release, levels)
    with ThreadPoolExecutor(threads) as pool:
        run_stretches(made, Crew(threads=threads, pool=pool))
    for span in made:
        for target, state, (samples, after) in zip(span.targets, span.states, in_one_go(span), strict=True):
            assert np.array_equal(target, samples)
            assert np.array_equal(state, after)


def test_a_wrong_guess_runs_again(monkeypatch):
    repaired = []
    repair = stretches._repair
    monkeypatch.setattr(stretches, "_repair", lambda wrong: (repaired.extend(wrong), repair(wrong)))
    monkeypatch.setattr(stretches, "early_frames", lambda _: 128)
    made = spans(1.0, [1.0])
    run_stretches(made)
    assert repaired
    for target, (samples, _) in zip(made[0].targets, in_one_go(made[0]), strict=True):
        assert np.array_equal(target, samples)


def test_more_threads_make_shorter_steps_as_long_as_it_is_worth_it():
    frames = 60 * RATE
    one, two, four = (stretches._shortest_steps([frames], RATE, threads) for threads in (1, 2, 4))
    assert four < two < one
    assert stretches._shortest_steps([frames], RATE, 64) == stretches._shortest_steps([frames], RATE, 16) < four
    assert stretches._shortest_steps([frames // 10], RATE, 2) == stretches._shortest_steps([frames // 10], RATE, 1)
