import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compileGraph, eventFrame, lookAheadFrames, secondsToFrames } from "../src/compile";
import type { Snapshot } from "../src/model";

const folder = new URL("../../tests/graphs/", import.meta.url);
const golden = readdirSync(folder).filter((name) => name.endsWith(".json"));

test.each(golden)("compiles %s to the graph Python compiles it to", (name) => {
  const pair = JSON.parse(readFileSync(new URL(name, folder), "utf-8"));
  expect(compileGraph(pair.session as Snapshot, pair.media, pair.options)).toEqual(pair.graph);
});

test("there are golden graphs", () => expect(golden.length).toBeGreaterThan(4));

test.each([
  [44100, 264],
  [48000, 288],
  [22050, 132],
])("a compressor at %i Hz looks %i frames ahead", (rate, frames) => expect(lookAheadFrames(rate)).toBe(frames));

test("an event acts from the next whole frame on, a hair after a frame counts as that frame", () => {
  expect(eventFrame(0.1, 44100)).toBe(4410);
  expect(eventFrame(0.1 + 1e-5, 44100)).toBe(4411);
});

test.each([22050, 44100, 48000, 96000, 192000])("every frame at %i Hz is found again from its time", (rate) => {
  for (let frame = 0; frame < 200_000; frame += 1) {
    if (eventFrame(frame / rate, rate) !== frame || secondsToFrames(frame / rate, rate) !== frame)
      expect.unreachable(`frame ${frame}`);
  }
});

test("a missing file is named with its place", () => {
  const pair = JSON.parse(readFileSync(new URL("seed.json", folder), "utf-8"));
  expect(() => compileGraph(pair.session, {})).toThrow(/^tracks\.drums\.clips\[0\]\.media: .*stems\/drums\.wav/);
});
