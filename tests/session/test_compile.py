"""The compile step: golden graphs, and the rules every graph keeps."""

from __future__ import annotations

import copy
import json
from collections import deque
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maxbooster_kernel.errors import RenderError, SessionError
from maxbooster_kernel.mix.graph import read_graph
from maxbooster_kernel.session import compile as compile_module
from maxbooster_kernel.session.compile import MediaShape, compile_checked, compile_graph
from maxbooster_kernel.session.conform import normalize

GRAPHS = Path(__file__).parents[1] / "graphs"
GOLDEN = sorted(path.stem for path in GRAPHS.glob("*.json"))


def golden(name):
    return json.loads((GRAPHS / f"{name}.json").read_text())


def media_of(pair):
    return {path: MediaShape(**shape) for path, shape in pair["media"].items()}


def session(*tracks, **rest):
    return normalize({"format": "maxbooster-session", "version": 1, "uuid": "u", "tracks": list(tracks), **rest})


def track(name, **values):
    return {"id": name, "clips": [{"id": "c", "media": "a.wav"}], **values}


def compiled(*tracks, frames=44100, channels=2, raw_graph=False, **rest):
    media = {"a.wav": MediaShape(frames=frames, channels=channels)}
    return compile_graph(session(*tracks, **rest), media, raw_graph=raw_graph)


def node(graph, name):
    return next(item for item in graph["nodes"] if item["id"] == name)


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_pair(name):
    pair = golden(name)
    assert compile_graph(pair["session"], media_of(pair), **pair["options"]) == pair["graph"]


@pytest.mark.parametrize("name", GOLDEN)
def test_the_checked_graph_is_the_plain_one_read(name):
    pair = golden(name)
    checked = compile_checked(pair["session"], media_of(pair), **pair["options"])
    assert [dict(item.fields) for item in checked.nodes.values()] == pair["graph"]["nodes"]
    read = read_graph(pair["graph"])
    assert [(item.id, item.inputs, item.channels_in, item.channels) for item in checked.nodes.values()] == [
        (item.id, item.inputs, item.channels_in, item.channels) for item in read.nodes.values()
    ]


def test_what_a_caller_does_to_a_graph_or_a_snapshot_stays_his():
    snapshot = session(track("a", inserts=[{"id": "i", "type": "plug", "params": {"x": 1.0}}]))
    media = {"a.wav": MediaShape(frames=9, channels=1)}
    first = compile_graph(snapshot, media)
    kept = copy.deepcopy(first)
    node(first, "a/gain")["gain"] = 0.0
    node(first, "a/inserts/i")["params"]["x"] = 0.0
    node(first, "a/pan")["inputs"].clear()
    assert compile_graph(snapshot, media) == kept
    snapshot["tracks"][0]["gain"] = 0.5
    assert node(compile_graph(snapshot, media), "a/gain")["gain"] == 0.5


def drop(data, name):
    data["tracks"] = [item for item in data["tracks"] if item["id"] != name]
    for item in data["tracks"]:
        if item["compressor"]["key"] == name:
            item["compressor"]["key"] = None


def key_alone(data, keyed, name):
    for item in data["tracks"]:  # two that key each other would be a circle
        item["compressor"]["key"] = name if item is keyed else None


CHANGES = [
    lambda data: data["tracks"][0].update(gain=0.5),
    lambda data: data["tracks"][1].update(mute=True),
    lambda data: data["tracks"][2].update(solo=True),
    lambda data: data["tracks"][0].update(output="x"),
    lambda data: data["tracks"][1].update(sends=[{"bus": "y", "gain": 0.5, "pre_fader": True}]),
    lambda data: key_alone(data, data["tracks"][2], data["tracks"][0]["id"]),
    lambda data: data["tracks"][0].update(inserts=[{"id": "i", "type": "plug", "params": {"x": 1}, "enabled": True}]),
    lambda data: data["tracks"][0].update(gain=-0.0),
    lambda data: data["tracks"][0].update(gain=0),
    lambda data: data["tracks"].reverse(),
    lambda data: drop(data, data["tracks"][-1]["id"]),
    lambda data: data["buses"][0].update(output="y", gain=0.25),
    lambda data: data["master"].update(gain=0.5, limiter=None),
    lambda data: data["automation"].update({"a/gain": [{"id": "p", "time_s": 0.1, "value": 0.5, "curve": "set"}]}),
]


@settings(max_examples=settings().max_examples // 2)
@given(st.lists(st.sampled_from(CHANGES), max_size=4), st.booleans())
def test_what_was_compiled_before_leaves_no_trace(changes, raw_graph):
    media = {"a.wav": MediaShape(frames=9000, channels=1)}
    snapshot = session(track("a"), track("b"), track("c"), track("d"), buses=[{"id": "x"}, {"id": "y"}])
    how = {"raw_graph": raw_graph, "insert_latency": {"a/inserts/i": 100}}
    compile_checked(snapshot, media, **how)
    for change in changes:
        if len(snapshot["tracks"]) > 3 or change is not CHANGES[10]:
            change(snapshot)  # in place: what was compiled must not hold on to it
        found = compile_checked(snapshot, media, **how)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(compile_module, "_LAST", deque())
            fresh = compile_graph(snapshot, media, **how)
        assert json.dumps([dict(item.fields) for item in found.nodes.values()]) == json.dumps(fresh["nodes"])
        assert [item.id for section in found.sections for item in section.nodes.values()] == [*found.nodes]
        assert (found.length, found.latency, found.output) == (fresh["length"], fresh["latency"], fresh["output"])


def test_two_strips_of_one_name_are_refused():
    snapshot = session(track("a"), track("b"))
    snapshot["tracks"][1]["id"] = "a"
    with pytest.raises(RenderError, match="have the same one"):
        compile_checked(snapshot, {"a.wav": MediaShape(frames=9, channels=1)})


@pytest.mark.parametrize("name", GOLDEN)
def test_every_node_stands_after_its_inputs_and_ids_are_unique(name):
    seen = set()
    for item in golden(name)["graph"]["nodes"]:
        assert set(item["inputs"]) <= seen
        assert item.get("key") is None or item["key"] in seen
        assert item["id"] not in seen
        seen.add(item["id"])


@pytest.mark.parametrize("name", [name for name in GOLDEN if not name.endswith("_raw")])
def test_what_meets_at_a_node_is_equally_late(name):
    graph = golden(name)["graph"]
    late = {}
    for item in graph["nodes"]:
        meeting = [late[source] for source in item["inputs"]]
        if item.get("key"):
            meeting.append(late[item["key"]])
        assert len(set(meeting)) <= 1
        own = {"delay": item.get("frames", 0), "dynamics_compressor": int(0.006 * graph["sample_rate"])}
        late[item["id"]] = max(meeting, default=0) + own.get(item["type"], item.get("latency", 0))
    assert late[graph["output"]] == graph["latency"]


def test_compile_does_not_change_the_snapshot():
    snapshot = session(track("a"))
    before = copy.deepcopy(snapshot)
    compile_graph(snapshot, {"a.wav": MediaShape(frames=10, channels=1)})
    assert snapshot == before


def test_mute_is_a_gate_and_not_a_topology():
    loud, muted = compiled(track("a")), compiled(track("a", mute=True))
    assert [item["id"] for item in loud["nodes"]] == [item["id"] for item in muted["nodes"]]
    assert (node(loud, "a/output")["gain"], node(muted, "a/output")["gain"]) == (1.0, 0.0)


def test_a_muted_track_still_keys_a_compressor():
    graph = compiled(track("kick", mute=True), track("bass", compressor={"key": "kick"}))
    assert node(graph, "bass/compressor")["key"] == "kick/compressor"


def test_a_pre_fader_send_is_silent_with_its_track():
    send = {"bus": "verb", "pre_fader": True}
    graph = compiled(track("a", mute=True, sends=[send]), buses=[{"id": "verb"}])
    assert node(graph, "a/sends/verb/gate")["gain"] == 0.0
    assert node(graph, "a/sends/verb/gate")["inputs"] == ["a/clips/c"]


def test_a_bypassed_compressor_leaves_its_latency():
    bypassed = node(compiled(track("a", compressor={"enabled": False})), "a/compressor")
    assert (bypassed["type"], bypassed["frames"], bypassed["reason"]) == ("delay", 264, "bypass")


def test_a_stage_that_is_null_is_left_out():
    graph = compiled(track("a", compressor=None, eq=None), master={"compressor": None, "limiter": None})
    assert [item["id"] for item in graph["nodes"]] == ["a/clips/c", "a/gain", "a/pan", "a/output", "master/gain"]
    assert graph["latency"] == 0


def test_a_clip_is_cut_to_its_media():
    cut = [{"id": "c", "media": "a.wav", "offset_s": 0.75, "duration_s": 3.0, "fade_in_s": 9.0, "fade_out_s": 9.0}]
    clip = node(compiled({"id": "a", "clips": cut}), "a/clips/c")
    assert (clip["offset"], clip["duration"], clip["fade_in"], clip["fade_out"]) == (33075, 11025, 11025, 0)


def test_length_is_the_last_clips_end():
    clips = [{"id": "c", "media": "a.wav", "start_s": 1.0}, {"id": "d", "media": "a.wav", "start_s": 0.5}]
    assert compiled({"id": "a", "clips": clips})["length"] == 88200
    assert compiled()["length"] == 0


def test_missing_media_name_the_place():
    with pytest.raises(SessionError, match=r'tracks\.a\.clips\[0\]\.media: .*"a\.wav" is missing'):
        compile_graph(session(track("a")), {})


def test_a_file_with_many_channels_is_refused():
    with pytest.raises(SessionError, match="mono or stereo file, got 6 channels"):
        compiled(track("a"), channels=6)


def test_a_circle_of_buses_is_refused():
    snapshot = session(buses=[{"id": "x"}, {"id": "y", "output": "x"}])
    snapshot["buses"][0]["output"] = "y"
    with pytest.raises(SessionError, match="circle among x, y"):
        compile_graph(snapshot, {})


def test_insert_latency_is_compensated_everywhere_else():
    snapshot = session(track("a", inserts=[{"id": "i", "type": "plug"}]), track("b"))
    media = {"a.wav": MediaShape(frames=9, channels=1)}
    graph = compile_graph(snapshot, media, insert_latency={"a/inserts/i": 100})
    assert node(graph, "a/inserts/i/align/quantum")["frames"] == 28
    assert node(graph, "b/output/align/master")["frames"] == 128
    assert graph["latency"] == 3 * 264 + 128
