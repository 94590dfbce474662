import { expect, test } from "vitest";
import type { Band } from "../src/model";
import { change, moved } from "../src/notes";
import { BIN_FRAMES, Peaks } from "../src/peaks";
import { decodeOverview } from "../src/overview";
import { people, initialsOf, type Person, positionOf } from "../src/people";
import { compressionDb, responseDb } from "../src/response";

import { gridLines, snapped } from "../src/grid";
import { Viewport } from "../src/viewport";
import { valueAt } from "../src/automation";
import { Ballistics, METER_FLOOR_DB } from "../src/meter";

const METER = { tempo_bpm: 120, time_signature: [4, 4] as const };

test("automation has Web Audio's values", () => {
  const rate = 1000;
  const parameter = {
    value: 0.5,
    events: [
      { type: "set" as const, frame: 100, value: 1 },
      { type: "linear" as const, frame: 300, value: 3 },
      { type: "exponential" as const, frame: 500, value: 12 },
      { type: "curve" as const, frame: 600, values: [0, 1, 0], duration: 100 },
      { type: "target" as const, frame: 800, value: 1, time_constant: 0.1 },
    ],
  };
  const at = (frame: number) => valueAt(parameter, frame, rate);
  expect([0, 99, 100, 200, 300, 400, 500, 599].map(at)).toEqual([0.5, 0.5, 1, 2, 3, 6, 12, 12]);
  expect([600, 625, 650, 700, 799].map(at)).toEqual([0, 0.5, 1, 0, 0]);
  expect(at(900)).toBeCloseTo(1 - Math.exp(-1), 12);
  expect(valueAt({ value: 1, events: [{ type: "linear", frame: 10, value: 2 }] }, 5, rate)).toBe(1.5);
});

test("a ramp after a target starts from where the target has got to at the next block", () => {
  const events = [
    { type: "set" as const, frame: 0, value: 1 },
    { type: "target" as const, frame: 100, value: 0, time_constant: 0.1 },
    { type: "linear" as const, frame: 328, value: 2 },
  ];
  const reached = Math.exp(-28 / 100);
  expect(valueAt({ value: 0, events }, 128, 1000)).toBeCloseTo(reached, 12);
  expect(valueAt({ value: 0, events }, 228, 1000)).toBeCloseTo((reached + 2) / 2, 12);
});

test("filters reach their gain where they should", () => {
  const band = (change: Partial<Band>): Band => ({ id: "x", type: "peaking", frequency: 1000, gain: 6, Q: 1, ...change });
  expect(responseDb(band({}), 1000, 44100)).toBeCloseTo(6, 9);
  expect(responseDb(band({ type: "lowshelf", frequency: 320 }), 1, 44100)).toBeCloseTo(6, 3);
  expect(responseDb(band({ type: "lowshelf", frequency: 320 }), 320, 44100)).toBeCloseTo(3, 3);
  expect(responseDb(band({ type: "highshelf", frequency: 3200 }), 22049, 44100)).toBeCloseTo(6, 3);
  expect(responseDb(band({ type: "lowpass", Q: -3.0103 }), 1000, 44100)).toBeCloseTo(-3.01, 2);
  expect(responseDb(band({ type: "highpass", Q: -3.0103 }), 1000, 44100)).toBeCloseTo(-3.01, 2);
  expect(responseDb(band({ type: "notch" }), 1000, 44100)).toBeLessThan(-60);
  expect(responseDb(band({ type: "bandpass" }), 1000, 44100)).toBeCloseTo(0, 9);
  expect(responseDb(band({ type: "allpass" }), 700, 44100)).toBeCloseTo(0, 9);
});

test("the compressor's curve lifts what is soft by its makeup", () => {
  const curve = compressionDb({ enabled: true, threshold: -24, knee: 30, ratio: 12, attack: 0, release: 0 });
  expect(curve(-50)).toBeCloseTo(-50 + 3.66, 2);
  expect(curve(0) - curve(-1)).toBeLessThan(0.5);
});

test("meters rise at once, fall 20 dB a second, and hold the peak", () => {
  const meter = new Ballistics();
  meter.take(1, 0);
  expect(meter.level).toBe(0);
  meter.take(0, 500);
  expect([meter.level, meter.held]).toEqual([-10, 0]);
  meter.take(0, 2000);
  expect([meter.level, meter.held]).toEqual([-40, -40]);
  meter.take(0, 9000);
  expect(meter.level).toBe(METER_FLOOR_DB);
});

test("peaks hold the extremes of what they were given", () => {
  const peaks = new Peaks(3 * BIN_FRAMES);
  expect(peaks.range(0, 100)).toBeNull();
  expect(peaks.missing(0, 10, 1)).toBe(0);
  const samples = new Float32Array(3 * BIN_FRAMES);
  samples[10] = -0.5;
  samples[BIN_FRAMES + 1] = 0.75;
  peaks.take(0, [samples, samples.map((sample) => sample / 2)]);
  expect(peaks.range(0, BIN_FRAMES)).toEqual([-0.5, 0]);
  expect(peaks.range(0, 2 * BIN_FRAMES)).toEqual([-0.5, 0.75]);
  expect(peaks.missing(0, 3 * BIN_FRAMES, 1)).toBeNull();
});

/** An overview of one channel as the kernel sends it: bucket lengths and their [min, max] in steps. */
function overview(levels: [bucketFrames: number, extremes: [number, number][]][]): DataView {
  const size = levels.reduce((sum, [, extremes]) => sum + 8 + 6 * extremes.length, 20);
  const data = new DataView(new ArrayBuffer(size));
  [..."MBPK"].forEach((letter, index) => data.setUint8(index, letter.charCodeAt(0)));
  [1, 1, levels.length].forEach((value, index) => data.setUint8(4 + index, value));
  let at = 20 + 8 * levels.length;
  levels.forEach(([bucketFrames, extremes], index) => {
    data.setUint32(20 + 8 * index, bucketFrames, true);
    data.setUint32(24 + 8 * index, extremes.length, true);
    for (const [low, high] of extremes) {
      data.setInt16(at, low, true);
      data.setInt16(at + 2, high, true);
      at += 6;
    }
  });
  return data;
}

test("the kernel's overview spares reading the file, down to its finest level", () => {
  const data = overview([[1024, [[-32767, 0], [0, 16384]]], [4096, [[-32767, 16384]]]]);
  const levels = decodeOverview(data);
  expect(levels?.map((level) => level.bucketFrames)).toEqual([1024, 4096]);
  const peaks = new Peaks(2048);
  peaks.overview(levels ?? []);
  expect(peaks.range(0, 4096)?.[0]).toBe(-1);
  expect(peaks.range(1024, 2048)?.[1]).toBeCloseTo(0.5, 4);
  expect(peaks.missing(0, 2048, 2000)).toBeNull();
  expect(peaks.missing(0, 2048, 10)).toBe(0);
  expect(peaks.range(0, 10)?.[0]).toBe(-1);
  for (const length of [0, 10, 30, data.byteLength - 1])
    expect(decodeOverview(new DataView(data.buffer, 0, length))).toBeNull();
});

test("zoom keeps its place, and the whole stays whole when the session grows", () => {
  const view = new Viewport();
  view.width = 1000;
  view.setLength(100);
  expect([view.from, view.span]).toEqual([0, 102]);
  view.setLength(200);
  expect(view.span).toBe(204);
  const x = view.x(50);
  view.zoom(4, 50);
  expect(view.x(50)).toBeCloseTo(x, 9);
  expect(view.span).toBeCloseTo(51, 9);
  view.scroll(1e9);
  expect(view.from + view.span).toBeCloseTo(204, 9);
  expect(view.reveal(10)).toBe(true);
  expect(view.x(10)).toBeGreaterThan(0);
});

test("the grid labels bars and snaps to beats near by", () => {
  const view = new Viewport();
  view.width = 1000;
  view.setLength(10);
  const lines = gridLines(view, METER, 42);
  expect(lines.filter((line) => line.label).map((line) => [line.label, line.seconds])).toEqual([
    ["1", 0],
    ["2", 2],
    ["3", 4],
    ["4", 6],
    ["5", 8],
    ["6", 10],
  ]);
  expect(snapped(view, 0.52, "magnet", METER)).toBe(0.5);
  expect(snapped(view, 0.7, "magnet", METER)).toBe(0.7);
});

test.each([
  ["hello", "hello!", 6, { start: 5, remove: 0, insert: "!" }],
  ["hello", "helo", 3, { start: 3, remove: 1, insert: "" }],
  ["aaa", "aaaa", 2, { start: 1, remove: 0, insert: "a" }],
  ["abc", "xbc", 1, { start: 0, remove: 1, insert: "x" }],
  ["a😀b", "a😁b", 3, { start: 1, remove: 2, insert: "😁" }],
  ["same", "same", 0, { start: 4, remove: 0, insert: "" }],
])("the change from %s to %s is the smallest", (before, after, caret, wanted) => {
  const found = change(before, after, caret);
  expect(before.slice(0, found.start) + found.insert + before.slice(found.start + found.remove)).toBe(after);
  if (before !== after) expect(found).toEqual(wanted);
});

test("a caret moves with the words around it", () => {
  expect(moved(5, [{ insert: "abc" }])).toBe(8);
  expect(moved(5, [{ retain: 5 }, { insert: "abc" }])).toBe(5);
  expect(moved(5, [{ retain: 2 }, { delete: 2 }])).toBe(3);
  expect(moved(5, [{ retain: 4 }, { delete: 9 }])).toBe(4);
});

test("people are read from awareness whatever it holds, this page first", () => {
  const states = new Map<number, Record<string, unknown>>([
    [1, { user: { name: "Ben Oak", color: "red" }, kind: "kernel" }],
    [2, { user: { display_name: "Ada", color: "url(evil)" }, touched: "drums/gain", transport: { position_s: 3, playing: true, at: 1 } }],
    [3, {}],
    [4, { user: { name: "Zed" }, transport: { position_s: "x" } }],
  ]);
  const awareness = { clientID: 4, getStates: () => states } as unknown as Parameters<typeof people>[0];
  const found = people(awareness);
  expect(found.map(({ name, kind, self }) => [name, kind, self])).toEqual([
    ["Zed", "browser", true],
    ["Ada", "browser", false],
    ["Ben Oak", "kernel", false],
  ]);
  expect(found[1]?.color).toMatch(/^#/);
  expect(found[1]?.touched).toBe("drums/gain");
  expect(found[0]?.transport).toBeNull();
  expect(["Ada Vale", "ben", ""].map(initialsOf)).toEqual(["AV", "BE", ""]);
});

test("another's playhead is worked out from its clock, loop included", () => {
  const person = (transport: Person["transport"]) => ({ transport }) as Person;
  expect(positionOf(person({ playing: false, position_s: 4, at: 0, loop: null }), 9000)).toBe(4);
  expect(positionOf(person({ playing: true, position_s: 4, at: 10, loop: null }), 12500)).toBe(6.5);
  expect(positionOf(person({ playing: true, position_s: 1, at: 10, loop: { from: 0, to: 2 } }), 13500)).toBe(0.5);
});
