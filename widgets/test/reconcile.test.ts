import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { SharedSession } from "../src/document";
import type { Snapshot } from "../src/model";
import { place } from "../src/order";
import { restore } from "../src/reconcile";

const NAMES = ["seed", "bands", "buses", "automation"];

function golden(name: string): Snapshot {
  const { session } = JSON.parse(readFileSync(new URL(`../../tests/graphs/${name}.json`, import.meta.url), "utf-8"));
  return session as Snapshot;
}

/** What a document holds of a file. */
function content(snapshot: Snapshot): Partial<Snapshot> {
  const { version: _version, format: _format, crdt: _crdt, ...rest } = snapshot as Snapshot & Record<string, unknown>;
  return rest;
}

function joined(): SharedSession {
  const doc = new Y.Doc();
  doc.getMap("meta").set("uuid", "kept");
  return new SharedSession(doc);
}

test("any session is restored over any other, as one undo step, and its uuid stays", () => {
  for (const from of NAMES)
    for (const to of NAMES.filter((name) => name !== from)) {
      const session = joined();
      session.edit(() => restore(session.doc, golden(from)));
      const before = session.snapshot();
      session.edit(() => restore(session.doc, golden(to)));
      expect(session.snapshot(), `${from} to ${to}`).toMatchObject({ ...content(golden(to)), uuid: "kept" });
      session.undo();
      expect(session.snapshot()).toEqual(before);
    }
});

test("what is equal is not touched", () => {
  const session = joined();
  session.edit(() => restore(session.doc, golden("buses")));
  const before = Y.encodeStateVector(session.doc);
  session.edit(() => restore(session.doc, golden("buses")));
  expect(Y.encodeStateVector(session.doc)).toEqual(before);
  const snapshot = structuredClone(golden("buses"));
  (snapshot.tracks[0] as { gain: number }).gain = 0.123;
  let size = 0;
  session.doc.on("update", (update: Uint8Array) => (size = update.length));
  session.edit(() => restore(session.doc, snapshot));
  expect(size).toBeGreaterThan(0);
  expect(size).toBeLessThan(60);
});

test("a new order moves as few as possible", () => {
  const positions = new Map([["a", 1], ["b", 2], ["c", 3]]);
  expect([...place(["b", "a", "c"], positions)]).toEqual([["b", 0.5]]);
  expect([...place(["a", "new", "b"], positions)]).toEqual([["new", 1.5]]);
  expect([...place(["c", "b", "a"], new Map([["a", 1], ["b", 1], ["c", 1]]))]).toHaveLength(2);
});
