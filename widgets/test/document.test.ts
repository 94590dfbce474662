import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { type Edit, type Path, SharedSession } from "../src/document";
import { Gesture } from "../src/gesture";
import type { Snapshot, Track } from "../src/model";
import { restore } from "../src/reconcile";
import type { Plain, PlainRecord } from "../src/schema";
import { withDefaults } from "../src/schema";
import { shared } from "../src/shared";

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

interface Golden {
  update: string;
  session: Snapshot;
  edits: Record<string, [path: string[], ...rest: unknown[]]>[];
  after: PlainRecord;
}

/** A document as the kernel wrote it (tests/session/documents), and what it says. */
function golden(name: string): Golden & { doc: Y.Doc } {
  const file = new URL(`../../tests/session/documents/${name}.json`, import.meta.url);
  const data = JSON.parse(readFileSync(file, "utf-8")) as Golden;
  const doc = new Y.Doc();
  Y.applyUpdate(doc, Buffer.from(data.update, "base64"));
  return { ...data, doc };
}

/** A session without the fields the page does not know. */
function known(session: Snapshot): unknown {
  const { version: _version, format: _format, ...rest } = session as Snapshot & PlainRecord;
  return { ...rest, tracks: session.tracks.map(({ mood: _mood, ...track }: Track & { mood?: unknown }) => track) };
}

test("a document of the kernel's says here what it says there, in today's shape and in the one before", () => {
  for (const name of ["flat", "nested"]) {
    const { doc, session } = golden(name);
    expect(known(new SharedSession(doc).snapshot()), name).toEqual(known(session));
  }
});

test("what the document says already is not written again", () => {
  const { doc, session } = golden("flat");
  doc.on("update", () => expect.unreachable("nothing is to be written"));
  doc.transact(() => restore(doc, session));
});

test("the shape before is brought into today's by writing the session into it", () => {
  const { doc, session } = golden("nested");
  doc.transact(() => restore(doc, new SharedSession(doc).snapshot()));
  expect(known(new SharedSession(doc).snapshot())).toEqual(known(session));
  expect(Object.keys(doc.getMap("automation").toJSON()).sort()).toEqual(
    ["bass/pan/", ...["a", "b", "c", "z"].map((id) => `drums/gain/${id}`), "drums/pan/n1"],
  );
});

test("an edit writes what the kernel's edit writes", () => {
  const { doc, edits, after } = golden("flat");
  const session = new SharedSession(doc);
  for (const one of edits)
    for (const [what, [path, ...rest]] of Object.entries(one))
      session.edit((edit) => {
        const at = path as unknown as Path;
        if (what === "put") edit.put(at, rest[0] as string, rest[1] as string, withDefaults(rest[0] as string, rest[2] as PlainRecord));
        else if (what === "set") edit.set(at, rest[0] as string, rest[1] as Plain);
        else if (what === "put_back") edit.putBack(at, rest[0] as string);
        else edit.remove(at, rest[0] as string);
      });
  for (const [root, content] of Object.entries(after)) expect(doc.getMap(root).toJSON(), root).toEqual(content);
});

test("two people who begin the same at once lose nothing", () => {
  const [ada, ben] = [golden("flat"), golden("flat")].map(({ doc }) => new SharedSession(doc)) as [SharedSession, SharedSession];
  for (const [session, id, threshold, gain] of [[ada, "p1", "threshold", 0.5], [ben, "p2", "ratio", null]] as const)
    session.edit((edit) => {
      edit.put(["automation", "bass/gain"], "point", id, { time_s: 1, value: 0.5, curve: "set" });
      edit.putBack(["tracks", "bass"], "compressor");
      edit.set(["tracks", "bass", "compressor"], threshold, 7);
      edit.put(["tracks", "drums", "sends"], "send", "new", withDefaults("send", { bus: "new" }));
      if (gain !== null) edit.set(["tracks", "drums", "sends", "new"], "gain", gain);
    });
  Y.applyUpdate(ada.doc, Y.encodeStateAsUpdate(ben.doc));
  Y.applyUpdate(ben.doc, Y.encodeStateAsUpdate(ada.doc));
  expect(ada.snapshot()).toEqual(ben.snapshot());
  expect(ada.snapshot().automation["bass/gain"]?.map((point) => point.id)).toEqual(["p1", "p2"]);
  expect(ada.snapshot().tracks[1]?.compressor).toMatchObject({ threshold: 0, ratio: 7 });
  expect(ada.doc.getMap("tracks").toJSON()["drums"].sends).toMatchObject({ "new/gain": 0.5 });
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

test("each step of the undo history says what it was", () => {
  const session = new SharedSession(new Y.Doc());
  session.doc.getMap("meta").set("name", "Test");
  const named = (change: Parameters<SharedSession["edit"]>[0]): string | null => {
    session.edit(change);
    return session.history.undo;
  };
  expect(session.history).toEqual({ undo: null, redo: null });
  const track = withDefaults("track", { id: "drums", name: "Drums" });
  expect(named((edit) => edit.put(["tracks"], "track", "drums", track))).toBe("new track Drums");
  expect(named((edit) => edit.set(["tracks", "drums"], "gain", 0.5))).toBe("Drums gain");
  expect(named((edit) => edit.set(["tracks", "drums", "eq", "bands", "low"], "gain", 3))).toBe("Drums equalizer");
  const clip = withDefaults("clip", { id: "c", media: "a.wav" });
  expect(named((edit) => edit.put(["tracks", "drums", "clips"], "clip", "c", clip))).toBe("new clip on Drums");
  expect(named((edit) => edit.set(["tracks", "drums", "clips", "c"], "start_s", 2))).toBe("clip on Drums");
  expect(named((edit) => edit.put(["automation", "drums/pan"], "point", "p", { time_s: 0, value: 1, curve: "set" }))).toBe("Drums automation");
  expect(named((edit) => edit.put(["markers"], "marker", "m", { time_s: 1, name: "A" }))).toBe("new marker");
  expect(named((edit) => edit.set(["meta"], "tempo_bpm", 90))).toBe("tempo");
  expect(named((edit) => edit.remove(["tracks"], "drums"))).toBe("deleted track");
  session.undo();
  expect(session.history).toEqual({ undo: "tempo", redo: "deleted track" });
  session.redo();
  expect(session.history).toEqual({ undo: "deleted track", redo: null });
});
