import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { type Edit, SharedSession, shared } from "../src/document";
import { Gesture } from "../src/gesture";
import type { PlainRecord } from "../src/schema";
import { withDefaults } from "../src/schema";

/** A document as a kernel fills it, two tracks in a given order. */
function filled(): Y.Doc {
  const doc = new Y.Doc();
  doc.transact(() => {
    const meta = { name: "Night Drive", uuid: "u", sample_rate: 44100, tempo_bpm: 120, time_signature: [4, 4] };
    for (const [name, value] of Object.entries(meta)) doc.getMap("meta").set(name, value);
    for (const [id, pos] of [["bass", 2], ["drums", 1]] as const)
      doc.getMap("tracks").set(id, shared("track", { ...withDefaults("track", { id }), pos }));
  });
  return doc;
}

test("a snapshot has the file's shape, in the order of the positions", () => {
  const session = new SharedSession(filled());
  const { name, tracks, master } = session.snapshot();
  expect(name).toBe("Night Drive");
  expect(tracks.map((track) => track.id)).toEqual(["drums", "bass"]);
  expect(tracks[0]?.eq?.bands.map((band) => [band.id, band.type])).toEqual([
    ["low", "lowshelf"],
    ["mid", "peaking"],
    ["high", "highshelf"],
  ]);
  expect(master.limiter?.threshold).toBe(-1);
});

test("a golden session survives the way through the shared document", () => {
  for (const name of ["seed", "bands", "buses", "automation"]) {
    const { session } = JSON.parse(readFileSync(new URL(`../../tests/graphs/${name}.json`, import.meta.url), "utf-8"));
    const doc = new Y.Doc();
    const whole = shared("session", session as PlainRecord);
    doc.getMap("carrier").set("session", whole);
    const carried = doc.getMap("carrier").get("session") as Y.Map<unknown>;
    for (const root of ["tracks", "buses", "markers", "comments", "automation", "master"] as const) {
      const from = carried.get(root) as Y.Map<unknown> | undefined;
      from?.forEach((value, key) => doc.getMap(root).set(key, value instanceof Y.Map ? value.clone() : value));
    }
    for (const key of ["uuid", "name", "sample_rate", "tempo_bpm", "time_signature"])
      doc.getMap("meta").set(key, session[key]);
    const read = new SharedSession(doc).snapshot() as unknown as PlainRecord;
    for (const root of ["tracks", "buses", "master", "automation", "markers"])
      expect(read[root], `${name} ${root}`).toEqual(session[root]);
  }
});

test("what peers write wrongly is healed, not played", () => {
  const doc = filled();
  const drums = doc.getMap("tracks").get("drums") as Y.Map<unknown>;
  for (const [name, value] of [["pan", 7], ["gain", "loud"], ["output", "gone"], ["mute", 1]] as const)
    drums.set(name, value);
  doc.getMap("tracks").set("junk", 3);
  const [track] = new SharedSession(doc).snapshot().tracks;
  expect(track).toMatchObject({ id: "drums", pan: 1, gain: 1, output: "master", mute: false });
});

test("undo takes back own edits, a whole edit at a time", () => {
  const doc = filled();
  const session = new SharedSession(doc);
  session.edit((edit) => {
    edit.set(["tracks", "drums"], "gain", 0.5);
    edit.set(["tracks", "drums"], "pan", -1);
  });
  (doc.getMap("tracks").get("bass") as Y.Map<unknown>).set("gain", 0.25);
  session.undo();
  expect(session.snapshot().tracks.map(({ gain, pan }) => [gain, pan])).toEqual([[1, 0], [0.25, 0]]);
  session.redo();
  expect(session.snapshot().tracks[0]).toMatchObject({ gain: 0.5, pan: -1 });
});

test("a record put by an edit reads back whole, and goes with remove", () => {
  const session = new SharedSession(filled());
  session.edit((edit) => edit.put(["tracks"], "track", "t3", withDefaults("track", { id: "t3", name: "New" }, 2)));
  expect(session.snapshot().tracks.at(-1)).toMatchObject({ id: "t3", name: "New", gain: 1 });
  session.edit((edit) => edit.remove(["tracks"], "t3"));
  expect(session.snapshot().tracks).toHaveLength(2);
});

test("an edit of what a peer has deleted changes nothing", () => {
  const doc = filled();
  const session = new SharedSession(doc);
  doc.getMap("tracks").delete("drums");
  session.edit((edit) => edit.set(["tracks", "drums"], "gain", 0));
  expect(session.snapshot().tracks.map((track) => track.id)).toEqual(["bass"]);
});

/** A clock whose frames come when the test says so. */
function clock() {
  const frames: (() => void)[] = [];
  let time = 0;
  return {
    now: () => time,
    frame: (callback: () => void) => void frames.push(callback),
    pass: (ms: number) => {
      time += ms;
      for (const callback of frames.splice(0)) callback();
    },
  };
}

test("a drag at 120 Hz writes at most 30 times a second and is one undo step", () => {
  const session = new SharedSession(filled());
  let writes = 0;
  session.doc.on("update", () => writes++);
  const time = clock();
  const gesture = new Gesture(session, time);
  for (let i = 1; i <= 120; i++) {
    gesture.move((edit: Edit) => edit.set(["tracks", "drums"], "gain", i / 120));
    time.pass(1000 / 120);
  }
  gesture.end();
  expect(writes).toBeGreaterThan(20);
  expect(writes).toBeLessThanOrEqual(31);
  expect(session.snapshot().tracks[0]?.gain).toBe(1);
  session.edit((edit) => edit.set(["tracks", "bass"], "gain", 0));
  session.undo();
  session.undo();
  expect(session.snapshot().tracks.map((track) => track.gain)).toEqual([1, 1]);
  session.redo();
  expect(session.snapshot().tracks[0]?.gain).toBe(1);
});

test("an edit is sent before this page's own views hear of it, once for a task", async () => {
  const session = new SharedSession(filled());
  const order: string[] = [];
  session.watch(() => order.push("seen"));
  session.doc.on("update", () => order.push("sent"));
  session.edit((edit) => edit.set(["tracks", "drums"], "gain", 0.5));
  expect(session.snapshot().tracks[0]?.gain).toBe(0.5);
  session.edit((edit) => edit.set(["tracks", "drums"], "pan", 0.5));
  await Promise.resolve();
  expect(order).toEqual(["sent", "sent", "seen"]);
});
