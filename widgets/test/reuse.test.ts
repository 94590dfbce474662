import { expect, test } from "vitest";
import * as Y from "yjs";
import { SharedSession } from "../src/document";
import { reuse } from "../src/reuse";
import { withDefaults } from "../src/schema";

test("what is equal is the old object, what is not holds the old parts", () => {
  const before = { a: { x: 1, list: [1, 2] }, b: [{ id: "p" }, { id: "q" }], c: null as unknown };
  expect(reuse(before, structuredClone(before))).toBe(before);
  const now = reuse(before, { a: { x: 1, list: [1, 2] }, b: [{ id: "p" }, { id: "r" }], c: { new: true } });
  expect(now).toEqual({ a: { x: 1, list: [1, 2] }, b: [{ id: "p" }, { id: "r" }], c: { new: true } });
  expect(now.a).toBe(before.a);
  expect(now.b).not.toBe(before.b);
  expect(now.b[0]).toBe(before.b[0]);
});

test("a name more or less, another order of a list and another kind are changes", () => {
  expect(reuse<object>({ a: 1 }, { a: 1, b: undefined })).toEqual({ a: 1, b: undefined });
  expect(reuse<object>({ a: 1, b: 2 }, { a: 1 })).toEqual({ a: 1 });
  expect(reuse([1, 2], [2, 1])).toEqual([2, 1]);
  expect(reuse<object>([1], { 0: 1 })).toEqual({ 0: 1 });
  expect(reuse<unknown>(undefined, { a: 1 })).toEqual({ a: 1 });
});

test("an edit of one track leaves the others of a snapshot the same objects", () => {
  const session = new SharedSession(new Y.Doc());
  session.edit((edit) => {
    for (const id of ["a", "b"]) edit.put(["tracks"], "track", id, withDefaults("track", { id, name: id }, 0));
  });
  const before = session.snapshot();
  session.edit((edit) => edit.set(["tracks", "a"], "gain", 0.5));
  const now = session.snapshot();
  expect(now.tracks[0]).toMatchObject({ id: "a", gain: 0.5 });
  expect(now.tracks[0]?.eq).toBe(before.tracks[0]?.eq);
  expect(now.tracks[1]).toBe(before.tracks[1]);
  expect(before.tracks[0]?.gain).toBe(1);
});
