"""Groups go ahead each at its own pace, no further than they may, and what one of them raises is heard."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from maxbooster_kernel.mix.ahead import Ahead, Group
from maxbooster_kernel.mix.cache import TILE
from maxbooster_kernel.mix.engine import Engine
from maxbooster_kernel.mix.graph import read_graph
from maxbooster_kernel.mix.render import render
from maxbooster_kernel.session.compile import MediaShape, compile_graph
from maxbooster_kernel.session.conform import normalize

RNG = np.random.default_rng(5)


def test_groups_go_as_far_as_they_may_and_wait_for_nobody():
    held, passed, steps = threading.Event(), threading.Event(), []

    def step(name, number, until):
        if name == "slow":
            held.wait()
        steps.append((name, number, until))
        if (name, until) == ("fast", 4):
            passed.set()

    with ThreadPoolExecutor(2) as pool:
        ahead = Ahead(pool, step, [Group(members="slow", at=0), Group(members="fast", at=1, stride=2)])
        ahead.go(until=4)
        passed.wait()
        assert steps == [("fast", 1, 3), ("fast", 3, 4)]
        held.set()
        ahead.wait(until=4)
        ahead.go(until=5)
        ahead.wait(until=5)
    assert [step for step in steps if step[0] == "slow"] == [("slow", at, at + 1) for at in range(5)]
    assert [step for step in steps if step[0] == "fast"][2:] == [("fast", 4, 5)]


def test_what_a_group_raises_is_raised_where_it_is_waited_for_and_ends_all():
    steps = []

    def step(name, number, until):
        steps.append(name)
        if name == "bad":
            raise ValueError("no more")

    with ThreadPoolExecutor(1) as pool:
        ahead = Ahead(pool, step, [Group(members="bad", at=0), Group(members="good", at=0)])
        ahead.go(until=100)
        with pytest.raises(ValueError, match="no more"):
            ahead.wait(until=1)
        ahead.go(until=200)
    assert steps == ["bad", "good"]


def test_stopped_groups_stay_where_they_are():
    held, began, steps = threading.Event(), threading.Event(), []

    def step(_, number, until):
        began.set()
        held.wait()
        steps.append(until)

    with ThreadPoolExecutor(1) as pool:
        ahead = Ahead(pool, step, [Group(members="lanes", at=0)])
        ahead.go(until=100)
        began.wait()
        ahead.go(until=0)
        held.set()
    assert steps == [1]


def strips(*, count, plugin=False):
    """Return the graph of tracks of two kinds, one keyed by another, a bus, and their media: five tiles and a bit."""
    media = {"n.wav": (0.3 * RNG.standard_normal((2, 5 * TILE + 777))).astype(np.float32)}
    tracks = [
        {"id": f"t{k}", "gain": 0.02 * k, "clips": [{"id": "c", "media": "n.wav", "start_s": k % 3 / 7}]}
        for k in range(count)
    ]
    for track in tracks[::9]:
        track |= {"compressor": None, "sends": [{"bus": "b", "gain": 0.4}]}
    tracks[-1]["compressor"] = {"key": tracks[0]["id"]}
    if plugin:
        tracks[1] |= {"eq": None, "inserts": [{"id": "i", "type": "reverb", "params": {}}]}
    head = {"format": "maxbooster-session", "version": 1, "uuid": "u", "tracks": tracks, "buses": [{"id": "b"}]}
    shapes = {name: MediaShape(frames=samples.shape[1], channels=2) for name, samples in media.items()}
    return compile_graph(normalize(head), shapes, raw_graph=False), media


@pytest.mark.parametrize(("count", "plugin"), [(3, False), (16, False), (40, True)])
def test_windows_and_threads_give_the_same_bytes(count, plugin):
    graph, media = strips(count=count, plugin=plugin)
    checked = read_graph(graph)
    frames = checked.length
    expected = Engine(checked, media.__getitem__, settled=True, threads=1).samples([checked.output], frames)[0]
    for threads, window, whole in [(1, 2, 0), (2, 1, 0), (3, 2, 3 * TILE), (4, 4, TILE)]:
        engine = Engine(checked, media.__getitem__, settled=True, threads=threads)
        pieces = [piece[0].copy() for piece in engine.stream([checked.output], frames, window=window, whole=whole)]
        assert np.array_equal(np.concatenate(pieces, axis=1), expected)
    late = Engine(checked, media.__getitem__, settled=True, threads=2)
    begin = 2 * TILE + 5
    pieces = [piece[0].copy() for piece in late.stream([checked.output], frames, window=1, begin=begin)]
    assert np.array_equal(np.concatenate(pieces, axis=1), expected[:, begin:])


def test_a_medium_that_fails_ahead_ends_the_render():
    graph, media = strips(count=20)

    class Torn:
        """Samples of which the later ones cannot be read."""

        ndim, shape = 2, media["n.wav"].shape

        def __getitem__(self, place):
            if place[1].start > 3 * TILE:
                raise OSError("the disk is gone")
            return media["n.wav"][place]

    pieces = Engine(read_graph(graph), lambda _: Torn(), settled=True, threads=2)
    with pytest.raises(OSError, match="the disk is gone"):
        list(pieces.stream([graph["output"]], graph["length"], window=1))


def test_a_reader_that_stops_leaves_no_thread():
    graph, media = strips(count=20)
    before = threading.active_count()
    pieces = Engine(read_graph(graph), media.__getitem__, settled=True, threads=2).stream(
        [graph["output"]], graph["length"], window=1
    )
    next(pieces)
    assert threading.active_count() > before
    pieces.close()
    assert threading.active_count() == before


def test_a_tail_is_the_same_in_windows_as_at_once():
    graph, media = strips(count=3)
    whole = render(graph, media.__getitem__, threads=2).samples
    end = whole.shape[1]
    assert end > graph["length"] - graph["latency"]
    assert np.array_equal(render(graph, media.__getitem__, end=end, threads=1).samples, whole)
