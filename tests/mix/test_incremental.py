"""An edit's render is the full render, bit for bit, whatever came before it."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from maxbooster_kernel.mix import stretches, walk
from maxbooster_kernel.mix.additions import Additions
from maxbooster_kernel.mix.cache import TILE, Tile, TileCache
from maxbooster_kernel.mix.render import render
from maxbooster_kernel.session.compile import MediaShape, compile_checked
from maxbooster_kernel.session.conform import normalize

FRAMES = 4 * TILE + 5000
RNG = np.random.default_rng(5)
SWELL = (np.arange(FRAMES) % 30000 / 30000).astype(np.float32)
MEDIA = {f"{k}.wav": (SWELL * RNG.standard_normal((1 + k % 2, FRAMES)) * 0.3).astype(np.float32) for k in range(3)}
SHAPES = {name: MediaShape(frames=samples.shape[1], channels=len(samples)) for name, samples in MEDIA.items()}


def track(number):
    bands = [{"id": "low", "type": "lowshelf", "frequency": 320, "gain": 3.0}]
    clip = {"id": "c", "media": f"{number % 3}.wav"}
    return {"id": f"t{number}", "clips": [clip], "eq": {"bands": bands}, "pan": (number % 5 - 2) / 4}


def start():
    verb = {"id": "verb", "inserts": [{"id": "i", "type": "reverb", "params": {"wet": 0.4}}], "compressor": None}
    group = {"id": "group", "eq": None, "compressor": None}
    head = {"format": "maxbooster-session", "version": 1, "uuid": "u", "automation": {}}
    return {**head, "tracks": [track(k) for k in range(3)], "buses": [verb, group]}


def compiled(data):
    return compile_checked(normalize(copy.deepcopy(data)), SHAPES)


def made(data, cache=None, **how):
    return render(compiled(data), MEDIA.__getitem__, media_key=str.encode, cache=cache, **how).samples


def edit(data, kind, which, amount):
    """Return the session after one edit."""
    data = copy.deepcopy(data)
    tracks = data["tracks"]
    strip = tracks[which % len(tracks)] if tracks else None
    if kind == "add" or strip is None:
        names = {item["id"] for item in tracks}
        tracks.append(track(next(k for k in range(20) if f"t{k}" not in names)))
    elif kind == "remove" and len(tracks) > 1:
        tracks.remove(strip)
        data["automation"].pop(f"{strip['id']}/gain", None)
    elif kind == "move":
        strip["clips"][0]["start_s"] = amount
    elif kind == "gain":
        strip["gain"] = amount
    elif kind == "mute":
        strip["mute"] = not strip.get("mute", False)
    elif kind == "send":
        strip["sends"] = [{"bus": "verb", "gain": amount}]
    elif kind == "automate":
        point = {"id": "p", "time_s": 1 + amount, "value": amount, "curve": "linear"}
        data["automation"][f"{strip['id']}/gain"] = [point]
    elif kind == "order":
        tracks.reverse()
    elif kind == "group":
        strip["output"] = "group" if strip.get("output", "master") == "master" else "master"
    elif kind == "bus gain":
        data["buses"][1]["gain"] = amount
    elif kind == "bypass":
        strip["compressor"] = {"enabled": amount > 0.5}
    return data


KINDS = ["add", "remove", "move", "gain", "mute", "send", "automate", "order", "group", "bus gain", "bypass", "undo"]
WINDOWS = st.one_of(st.none(), st.tuples(st.integers(0, FRAMES - 1), st.integers(1, FRAMES // 2)))
EDITS = st.tuples(st.sampled_from(KINDS), st.integers(0, 3), st.sampled_from([0.1, 0.35, 0.8]), WINDOWS)


@settings(max_examples=settings().max_examples // 3)
@given(st.lists(EDITS, min_size=1, max_size=4), st.booleans())
def test_any_sequence_of_edits_and_of_what_is_listened_to(edits, warm):
    cache = TileCache(256 << 20)
    history = [start()]
    if warm:
        made(history[0], cache)
    for kind, which, amount, window in edits:
        if kind == "undo":
            history = history[:-1] or history
        else:
            history.append(edit(history[-1], kind, which, amount))
        whole = made(history[-1])
        if window is not None:
            begin, end = window[0], window[0] + window[1]
            part = whole[:, begin:end]
            heard = made(history[-1], cache, start=begin, end=end)
            assert np.array_equal(heard[:, : part.shape[1]], part)
        if window is None or window[1] % 2:
            assert np.array_equal(made(history[-1], cache), whole)


@settings(max_examples=settings().max_examples // 6)
@given(
    st.lists(st.tuples(st.sampled_from(["gain", "mute", "order", "master"]), st.integers(0, 9), WINDOWS), max_size=4)
)
def test_sums_of_many_are_found_and_are_what_they_would_be(edits):
    cache = TileCache(512 << 20)
    data = start() | {"tracks": [track(number) for number in range(10)], "buses": []}
    made(data, cache)
    for kind, which, window in edits:
        if kind == "master":
            data["master"] = {"gain": which / 10}
        else:
            data = edit(data, kind, which, which / 10)
        span = {} if window is None else {"start": window[0], "end": window[0] + window[1]}
        assert np.array_equal(made(data, cache, **span), made(data, **span))


def test_behind_a_sum_that_is_known_nobody_looks_at_what_was_added_up(monkeypatch):
    cache = TileCache(512 << 20)
    data = start() | {"tracks": [track(number) for number in range(10)], "buses": []}
    made(data, cache)
    looked = []
    run_tiles = TileCache.run_tiles
    monkeypatch.setattr(TileCache, "run_tiles", lambda *what: looked.append(what) or run_tiles(*what))
    data["master"] = {"gain": 0.5}
    edited = made(data, cache, start=TILE, end=TILE + 1000)
    assert len(looked) == 3  # the master's run, and the sums of eight and of two tracks
    assert np.array_equal(edited, made(data, start=TILE, end=TILE + 1000))


def test_a_fader_that_moves_again_reads_one_sum_of_what_is_beside_it_on_each_way_up(monkeypatch):
    cache = TileCache(512 << 20)
    data = start() | {"tracks": [track(number) for number in range(10)], "buses": []}
    made(data, cache)
    read = []
    tile = Additions.tile
    monkeypatch.setattr(
        Additions, "tile", lambda adding, key, terms: read.append(len(terms)) or tile(adding, key, terms)
    )
    for turn in range(3):
        read.clear()
        data["tracks"][0]["gain"] = 0.5 + turn / 10
        edited = made(data, cache)
    assert set(read) == {5}  # itself, the second track, the sums of the next two, of four, of the last two
    monkeypatch.undo()
    assert np.array_equal(edited, made(data))


def test_what_enters_the_master_and_the_mix_are_edited_by_turns():
    cache = TileCache(512 << 20)
    data = start() | {"tracks": [track(number) for number in range(10)], "buses": []}
    for turn in range(36):
        data["tracks"][turn // 4]["gain"] = 0.1 + turn % 4 // 2
        graph = replace(compiled(data), output=("master/gain", "master/limiter")[turn % 2])
        heard = render(graph, MEDIA.__getitem__, raw_graph=True, media_key=str.encode, cache=cache).samples
    assert np.array_equal(heard, render(graph, MEDIA.__getitem__, raw_graph=True).samples)


def count_launches(monkeypatch):
    frames = []
    launch = stretches.launch

    def counted(runs, length, *, lanes):
        frames.append(len(runs) * length)
        launch(runs, length, lanes=lanes)

    monkeypatch.setattr(stretches, "launch", counted)
    return frames


def test_an_edit_runs_what_it_changes(monkeypatch):
    cache = TileCache(256 << 20)
    data = start()
    frames = count_launches(monkeypatch)
    made(data, cache)
    full = sum(frames)
    frames.clear()
    made(data, cache)
    assert frames == []
    data["tracks"][1]["mute"] = True
    made(data, cache)
    assert 0 < sum(frames) < full / 2
    frames.clear()
    data["tracks"][1]["mute"] = False
    made(data, cache)
    assert frames == []


def test_what_is_muted_is_not_run(monkeypatch):
    data = start()
    data["buses"] = []
    for strip in data["tracks"]:
        strip["mute"] = True
    assert not made(data).any()
    data["tracks"][0]["mute"] = False
    frames = count_launches(monkeypatch)
    one = made(data)
    alone = sum(frames)
    frames.clear()
    data["tracks"] = data["tracks"][:1]
    assert np.array_equal(made(data), one)
    assert sum(frames) == alone


def test_an_edit_of_automation_runs_until_the_states_are_equal_again(monkeypatch):
    cache = TileCache(256 << 20)
    data = start()
    data["buses"] = []
    points = [
        {"id": "a", "time_s": 0.0, "value": 1.0, "curve": "set"},
        {"id": "b", "time_s": 0.2, "value": 0.5, "curve": "set"},
        {"id": "c", "time_s": 0.4, "value": 1.0, "curve": "set"},
    ]
    data["automation"] = {"t0/gain": points}
    made(data, cache)
    frames = count_launches(monkeypatch)
    points[1]["value"] = 0.25
    edited = made(data, cache)
    assert sum(frames) <= 2 * 3 * TILE  # the track and the master, three of five tiles at most
    assert np.array_equal(edited, made(data))


def test_the_cache_is_bounded():
    cache = TileCache(10 * TILE * 8)
    made(start(), cache)
    assert 0 < cache.bytes <= cache.limit
    assert np.array_equal(made(start(), cache), made(start()))


def test_a_tile_larger_than_the_cache_is_not_kept():
    cache = TileCache(100)
    cache.put(Tile(key=b"a", samples=np.zeros((2, 1000), np.float32)))
    assert (cache.bytes, cache.get(b"a")) == (0, None)


def test_another_engine_finds_nothing(monkeypatch):
    from maxbooster_kernel.mix import engine

    cache = TileCache(256 << 20)
    made(start(), cache)
    monkeypatch.setattr(walk, "engine_digest", lambda: "changed")
    monkeypatch.setattr(engine, "engine_digest", lambda: "changed")
    frames = count_launches(monkeypatch)
    made(start(), cache)
    assert frames != []


def test_other_content_under_the_same_name_is_rendered_anew():
    cache = TileCache(256 << 20)
    graph = compiled(start())
    one = render(graph, MEDIA.__getitem__, media_key=lambda name: name.encode() + b"1", cache=cache)
    other = {name: samples * np.float32(0.5) for name, samples in MEDIA.items()}
    two = render(graph, other.__getitem__, media_key=lambda name: name.encode() + b"2", cache=cache)
    assert not np.array_equal(one.samples, two.samples)
