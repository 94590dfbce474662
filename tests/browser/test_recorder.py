"""Recordings and voices lie at the context frames they say, or tell of gaps, however busy the page is with nodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from maxbooster_kernel.widgets.console import BUNDLE

pytestmark = [pytest.mark.browser, pytest.mark.quiet]

ORIGIN = "http://localhost:9/"
# The clock gives each quantum its number. The page changes its graph without a pause, as it does before anything plays:
# Chromium then leaves `currentFrame` as it was in many a quantum.
TAKES = """async ({ takes, quanta }) => {
    const { Recorder } = await import("/console.js");
    const rate = 44100;
    const context = new AudioContext({ sampleRate: rate });
    await context.resume();
    const begin = 128 * Math.ceil((context.currentTime + 0.1) * rate / 128);
    const clock = new ConstantSourceNode(context, { offset: 0 });
    clock.offset.setValueAtTime(0, begin / rate);
    clock.offset.linearRampToValueAtTime(2 ** 16, (begin + 2 ** 16 * 128) / rate);
    clock.start();
    clock.connect(new GainNode(context, { gain: 0 })).connect(context.destination); // it runs from now on
    while (context.currentTime < begin / rate) await new Promise((resolve) => setTimeout(resolve, 10));
    const spare = [new GainNode(context), new GainNode(context)];
    const busy = async (promise) => {
        let done = false;
        promise.finally(() => { done = true; });
        while (!done) {
            for (const end = performance.now() + 5; performance.now() < end; ) {
                spare[0].connect(spare[1]);
                spare[0].disconnect();
            }
            await new Promise((resolve) => setTimeout(resolve, 0));
        }
        return promise;
    };
    const recorded = async (recorder) => {
        while (recorder.frames < quanta * 128) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    const found = [];
    for (let take = 0; take < takes; take++) {
        const recorder = await busy(Recorder.on(clock));
        await busy(recorded(recorder));
        const { frame, channels: [heard], gaps } = recorder.stop();
        const apart = [];
        for (let at = 0; at < heard.length; at += 128) apart.push(Math.round(heard[at]) * 128 + begin - frame - at);
        found.push({ frame: frame % 128, apart: [...new Set(apart)], gaps });
    }
    await context.close();
    return found;
}"""

# Voices of which each sample is the number of its session frame, told when their start has just passed.
VOICES = """async ({ rounds }) => {
    const { Recorder, Voices } = await import("/console.js");
    const rate = 44100;
    const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
    const context = new AudioContext({ sampleRate: rate });
    await context.resume();
    const out = new GainNode(context);
    out.connect(new GainNode(context, { gain: 0 })).connect(context.destination);
    const recorder = await Recorder.on(out);
    const spare = [new GainNode(context), new GainNode(context)];
    const frames = 65536;
    const numbers = [Float32Array.from({ length: frames }, (_, frame) => frame + 1)];
    const clip = { id: "c", type: "clip", inputs: [], media: "m", channels: 1, start: 0, offset: 0, duration: frames };
    const graph = { sample_rate: rate, nodes: [clip] };
    const read = async () => numbers;
    const stage = { context, graph: { clip: () => out }, media: () => null, chunks: { get: read } };
    const told = [];
    for (let round = 0; round < rounds; round++) {
        const voices = new Voices();
        const at = 128 * Math.floor(context.currentTime * rate / 128);
        voices.fill(stage, graph, { from: 0, to: frames, at }, at + frames);
        for (let step = 0; step < 5; step++) await null;
        for (const end = performance.now() + 12; performance.now() < end; ) {
            spare[0].connect(spare[1]);
            spare[0].disconnect();
        }
        await pause(120);
        voices.halt();
        told.push({ at, late: voices.gaps[0]?.frames ?? 0 });
        await pause(60);
    }
    await pause(400);
    const { frame, channels: [heard], gaps } = recorder.stop();
    await context.close();
    return told.map(({ at, late }, round) => {
        const sound = heard.subarray(at - frame, (told[round + 1]?.at ?? frame + heard.length) - frame);
        const first = sound.findIndex((value) => value !== 0);
        return { gaps: gaps.length, late, first, number: sound[first] - 1 };
    });
}"""


# Voices told in time, while the page changes its graph so wildly that the browser takes some of them up too late.
ARRIVALS = """async ({ rounds }) => {
    const { Arrivals, Recorder, Voices } = await import("/console.js");
    const rate = 44100;
    const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
    const context = new AudioContext({ sampleRate: rate });
    await context.resume();
    const out = new GainNode(context);
    out.connect(new GainNode(context, { gain: 0 })).connect(context.destination);
    const recorder = await Recorder.on(out);
    const late = [];
    let voices = new Voices();
    const arrivals = await Arrivals.on(context, (voice) => late.push(voice));
    await pause(50);
    const spare = [new GainNode(context), new GainNode(context)];
    const frames = 65536;
    const numbers = [Float32Array.from({ length: frames }, (_, frame) => frame + 1)];
    const clip = { id: "c", type: "clip", inputs: [], media: "m", channels: 1, start: 0, offset: 0, duration: frames };
    const graph = { sample_rate: rate, nodes: [clip] };
    const chunks = { get: async () => numbers };
    const stage = { context, graph: { clip: () => out }, media: () => null, chunks, arrivals };
    const told = [];
    for (let round = 0; round < rounds; round++) {
        voices = new Voices();
        const ahead = 9 + round % 8;
        const at = 128 * (Math.floor(context.currentTime * rate / 128) + ahead);
        voices.fill(stage, graph, { from: 0, to: frames, at }, at + frames);
        for (let step = 0; step < 5; step++) await null;
        for (const end = performance.now() + 20 * (round % 3); performance.now() < end; ) {
            spare[0].connect(spare[1]);
            spare[0].disconnect();
        }
        await pause(150);
        voices.halt();
        told.push({ at, gaps: voices.gaps });
        await pause(60);
    }
    // The surest way to be late is to be told of a start long past; after its mark, those before it come no more.
    await pause(600);
    const past = 128 * Math.floor(context.currentTime * rate / 128) - 2560;
    arrivals.tell({ clip: "past", at: past }, past);
    await pause(400);
    // The last mark of a run, which never comes: its source goes nowhere, and nothing is told of after it.
    const make = context.createBufferSource;
    context.createBufferSource = () => Object.assign(make.call(context), { connect: () => undefined });
    const last = 128 * Math.ceil((context.currentTime + 0.2) * rate / 128);
    arrivals.tell({ clip: "last", at: last }, last);
    const before = late.some(({ clip }) => clip === "last");
    for (let waits = 0; waits < 100 && !late.some(({ clip }) => clip === "last"); waits++) await pause(100);
    const { frame, channels: [heard], gaps } = recorder.stop();
    await context.close();
    const found = told.map(({ at, gaps: said }, round) => {
        const sound = heard.subarray(at - frame, (told[round + 1]?.at ?? frame + heard.length) - frame);
        const first = sound.findIndex((value) => value !== 0);
        return { shift: first - (sound[first] - 1), said: said.length > 0 || late.some((voice) => voice.at === at) };
    });
    const said = (name) => late.some(({ clip }) => clip === name);
    return { gaps: gaps.length, found, past: said("past"), lost: said("last") && !before };
}"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """A page that can import the bundle; localhost, because worklets need a secure context."""

    def serve(route: Route) -> None:
        script = route.request.url.endswith("console.js")
        body = BUNDLE.read_text("utf-8") if script else "<!doctype html>"
        route.fulfill(body=body, content_type="text/javascript" if script else "text/html")

    made = browser.new_page()
    made.route(f"{ORIGIN}**", serve)
    made.goto(ORIGIN)
    yield made
    made.close()


def test_a_recording_lies_where_it_says_however_busy_the_page_is(page: Page) -> None:
    found: list[dict[str, Any]] = page.evaluate(TAKES, {"takes": 12, "quanta": 64})
    for take in found:
        assert take["frame"] == 0
        assert take["gaps"] or take["apart"] == [0]
    assert sum(not take["gaps"] for take in found) >= len(found) // 2


def test_a_voice_that_is_told_late_sounds_in_place_after_the_gap_it_tells_of(page: Page) -> None:
    found: list[dict[str, Any]] = page.evaluate(VOICES, {"rounds": 20})
    assert found == [{"gaps": 0, "late": take["late"], "first": take["late"], "number": take["late"]} for take in found]
    assert all(take["late"] > 0 for take in found)


def test_a_voice_that_is_taken_up_too_late_though_told_in_time_is_told_of_as_a_gap(page: Page) -> None:
    result: dict[str, Any] = page.evaluate(ARRIVALS, {"rounds": 12})
    assert result["past"]
    assert result["lost"]
    if not result["gaps"]:
        assert all(take["said"] for take in result["found"] if take["shift"])
        assert sum(not take["said"] for take in result["found"]) >= 4  # where nothing is wild, nothing is told of
