import { afterEach, beforeEach, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { valueAt } from "../src/automation";
import { fineEvent, FINE } from "../src/automation_lane";
import { SharedSession } from "../src/document";
import type { Point } from "../src/model";
import type { PlayState } from "../src/player";
import { Rider } from "../src/ride";
import { dbToPosition, gainToDb } from "../src/scale";
import { type PlainRecord, withDefaults } from "../src/schema";
import { shared } from "../src/shared";
import { Thinning, TOLERANCE } from "../src/thinning";

const frames: (() => void)[] = [];
let now = 0;

beforeEach(() => {
  vi.stubGlobal("requestAnimationFrame", (callback: () => void) => frames.push(callback));
  vi.stubGlobal("cancelAnimationFrame", () => frames.splice(0));
  vi.spyOn(performance, "now").mockImplementation(() => now);
  frames.length = now = 0;
});
afterEach(() => vi.unstubAllGlobals());

function rig(points: PlainRecord[] = []) {
  const doc = new Y.Doc();
  doc.transact(() => {
    doc.getMap("meta").set("name", "Night Drive");
    doc.getMap("tracks").set("drums", shared("track", { ...withDefaults("track", { id: "drums" }), pos: 1 }));
  });
  const session = new SharedSession(doc);
  if (points.length > 0)
    session.edit((edit) => points.forEach((point) => edit.put(["automation", "drums/gain"], "point", String(point["id"]), point)));
  const player = { state: "playing" as PlayState, at: 1, position: () => player.at };
  const rider = new Rider(session, player, () => undefined);
  rider.armed = true;
  return { doc, session, player, rider, lane: (): Point[] => session.snapshot().automation["drums/gain"] ?? [] };
}

/** One animation frame, 1/60 s later. */
function frame(player: { at: number }): void {
  player.at += 1 / 60;
  now += 1000 / 60;
  for (const callback of frames.splice(0)) callback();
}

const heard = (points: Point[], seconds: number, value = 1): number =>
  valueAt({ value, events: points.map(fineEvent) }, seconds * FINE, FINE);

test("points are few, and no sample is missed by more than the tolerance", () => {
  const curve = (time: number): number => 0.5 + 0.4 * Math.sin(2 * time);
  const thinning = new Thinning({ time: 0, value: curve(0) }, (value) => value);
  for (let n = 1; n <= 600; n++) thinning.add({ time: n / 60, value: curve(n / 60) });
  expect(thinning.points.length).toBeLessThan(80);
  const points = thinning.points.map(({ time, value }, n) => ({ id: `${n}`, time_s: time, value, curve: "linear" as const }));
  for (let n = 0; n <= 600; n++) expect(Math.abs(heard(points, n / 60) - curve(n / 60))).toBeLessThanOrEqual(TOLERANCE + 1e-9);
});

test("a value held is two points, however long", () => {
  const thinning = new Thinning({ time: 0, value: 0.5 }, (value) => value);
  for (let n = 1; n <= 500; n++) thinning.add({ time: n / 60, value: 0.5 });
  expect(thinning.points).toEqual([{ time: 0, value: 0.5 }, { time: 500 / 60, value: 0.5 }]);
});

test("a ride is heard as it was made, costs 30 edits a second at most, and is one undo step", () => {
  const { doc, session, player, rider, lane } = rig();
  let updates = 0;
  doc.on("update", () => updates++);
  rider.touch("drums/gain", 1);
  const made: [number, number][] = [];
  for (let n = 1; n <= 120; n++) {
    const value = n < 60 ? 1 - n / 120 : 0.5;
    expect(rider.move("drums/gain", value)).toBe(true);
    frame(player);
    made.push([player.at, value]);
  }
  expect(rider.release()).toBe(true);
  expect(updates).toBeLessThanOrEqual(2 * 30 + 2);
  expect(lane().length).toBeLessThan(12);
  expect(lane()[0]).toMatchObject({ time_s: 1, value: 1, curve: "set" });
  const place = (gain: number): number => dbToPosition(gainToDb(gain));
  for (const [time, value] of made) expect(Math.abs(place(heard(lane(), time)) - place(value))).toBeLessThanOrEqual(TOLERANCE + 1e-6);
  expect(heard(lane(), 0.5)).toBe(1);
  expect(heard(lane(), 9)).toBeCloseTo(0.5, 6);
  expect(session.snapshot().tracks[0]?.gain).toBe(1);
  session.undo();
  expect(lane()).toEqual([]);
  session.redo();
  expect(heard(lane(), 9)).toBeCloseTo(0.5, 6);
});

test("a ride replaces what it passes over and glides back to what was there", () => {
  const old: PlainRecord[] = [
    { id: "a", time_s: 0, value: 0, curve: "set" },
    { id: "b", time_s: 1.2, value: 1.5, curve: "linear" },
    { id: "c", time_s: 4, value: 1, curve: "linear" },
  ];
  const { player, rider, lane } = rig(old);
  const before = lane();
  rider.touch("drums/gain", heard(before, 1));
  for (let n = 0; n < 60; n++) {
    rider.move("drums/gain", 0.25);
    frame(player);
  }
  const end = player.at;
  rider.release();
  expect(lane().map((point) => point.id)).not.toContain("b");
  for (const time of [0, 0.5, 0.99]) expect(heard(lane(), time)).toBeCloseTo(heard(before, time), 6);
  for (const time of [1.1, 1.5, end - 0.01]) expect(heard(lane(), time)).toBeCloseTo(0.25, 6);
  for (const time of [end + 0.1, 3, 4, 5]) expect(heard(lane(), time)).toBeCloseTo(heard(before, time), 4);
});

test("a decay that was running goes on after a ride", () => {
  const old: PlainRecord[] = [{ id: "a", time_s: 0, value: 0, curve: "target", time_constant_s: 2 }];
  const { player, rider, lane } = rig(old);
  const before = lane();
  rider.touch("drums/gain", heard(before, 1));
  rider.move("drums/gain", 1.2);
  for (let n = 0; n < 30; n++) frame(player);
  const end = player.at;
  rider.release();
  for (const time of [end + 0.2, 3, 6]) expect(heard(lane(), time)).toBeCloseTo(heard(before, time), 3);
});

test("nothing is recorded unless armed and playing, and a stop ends the ride", () => {
  const { player, rider, lane } = rig();
  rider.armed = false;
  rider.touch("drums/gain", 1);
  expect(rider.move("drums/gain", 0.5)).toBe(false);
  rider.toggle();
  player.state = "paused";
  rider.touch("drums/gain", 1);
  expect(rider.riding).toBe(false);
  player.state = "playing";
  rider.touch("drums/nothing", 1);
  expect(rider.riding).toBe(false);
  rider.touch("drums/gain", 1);
  frame(player);
  player.state = "paused";
  frame(player);
  expect(rider.riding).toBe(false);
  expect(rider.move("drums/gain", 0.5)).toBe(false);
  expect(lane().length).toBe(2);
});

test("a ride over the end of a loop is two rides", () => {
  const { player, rider, lane } = rig();
  rider.touch("drums/gain", 0.5);
  for (let n = 0; n < 10; n++) frame(player);
  player.at = 0.2;
  for (let n = 0; n < 10; n++) {
    rider.move("drums/gain", 0.25);
    frame(player);
  }
  rider.release();
  expect(heard(lane(), 1.1)).toBeCloseTo(0.5, 6);
  expect(heard(lane(), 0.35)).toBeCloseTo(0.25, 6);
});
