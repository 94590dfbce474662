import { expect, test } from "vitest";
import * as Y from "yjs";
import { compileGraph } from "../src/compile";
import { CompiledStrips } from "../src/compiled_strips";
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

/** Numbers from 0 to 1, the same ones each time. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

test("whatever is edited, here or by others, is read and compiled as if nothing were known before, but for what has not changed", () => {
  const [mine, theirs] = [new SharedSession(new Y.Doc()), new SharedSession(new Y.Doc())];
  mine.doc.on("update", (update: Uint8Array, origin: unknown) => origin !== theirs && Y.applyUpdate(theirs.doc, update, mine));
  theirs.doc.on("update", (update: Uint8Array, origin: unknown) => origin !== mine && Y.applyUpdate(mine.doc, update, theirs));
  const roll = dice(7);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(roll() * items.length)] as T;
  const ids = ["a", "b", "c", "d", "e"];
  mine.edit((edit) => {
    for (const id of ids) edit.put(["tracks"], "track", id, withDefaults("track", { id, name: id, clips: [{ id: "c", media: "m.wav" }] }, 0));
    for (const id of ["x", "y"]) edit.put(["buses"], "bus", id, withDefaults("bus", { id, name: id }, 0));
  });
  const media = { "m.wav": { frames: 44100, channels: 2 }, "n.wav": { frames: 100, channels: 1 } };
  const known = new CompiledStrips();
  for (let step = 0; step < 150; step++) {
    const session = roll() < 0.7 ? mine : theirs;
    const id = pick(ids);
    const kind = Math.floor(roll() * 9);
    if (kind === 0) session.undo();
    else
      session.edit((edit) => {
        const track = ["tracks", id] as const;
        if (kind === 1) edit.set(track, "gain", roll());
        else if (kind === 2) edit.set(track, "mute", roll() < 0.5);
        else if (kind === 3) edit.set(track, "output", pick(["x", "y", "master"]));
        else if (kind === 4) edit.put([...track, "sends"], "send", "y", { bus: "y", gain: roll(), pre_fader: roll() < 0.5 });
        else if (kind === 5) edit.put(["automation", `${id}/gain`], "point", `p${step}`, { time_s: roll(), value: roll(), curve: "linear" });
        else if (kind === 6) edit.order(["tracks"], ids.toSorted(() => roll() - 0.5), id);
        else if (kind === 7) edit.set([...track, "compressor"], "key", pick([null, "a", "b"]));
        else if (roll() < 0.5) edit.remove([...track, "clips"], "c");
        else edit.put([...track, "clips"], "clip", "c", withDefaults("clip", { id: "c", media: pick(Object.keys(media)) }));
      });
    const fresh = new Y.Doc();
    Y.applyUpdate(fresh, Y.encodeStateAsUpdate(mine.doc));
    const expected = new SharedSession(fresh).snapshot();
    expect(mine.snapshot()).toEqual(expected);
    expect(theirs.snapshot()).toEqual(expected);
    expect(compileGraph(mine.snapshot(), media, { known })).toEqual(compileGraph(expected, media));
  }
});

test("a graph that follows another one has its nodes but for the strips that changed and what they go through", () => {
  const session = new SharedSession(new Y.Doc());
  session.edit((edit) => {
    for (const id of ["a", "b", "c"]) edit.put(["tracks"], "track", id, withDefaults("track", { id, name: id, compressor: null, eq: null }, 0));
  });
  const known = new CompiledStrips();
  const before = new Set(compileGraph(session.snapshot(), {}, { known }).nodes);
  session.edit((edit) => edit.set(["tracks", "b"], "gain", 0.5));
  const { nodes } = compileGraph(session.snapshot(), {}, { known });
  const changed = nodes.filter((node) => !before.has(node)).map(({ id }) => id);
  expect(changed).toEqual(["b/gain", "b/pan", "b/output", "master/gain", "master/compressor", "master/limiter"]);
  expect(nodes[0]?.id).toBe("a/gain");
});
