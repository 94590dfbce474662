// Lanes and strips in another order, copied and named; heights kept; names of files that are brought in.
import { expect, test } from "vitest";
import * as Y from "yjs";
import { SharedSession } from "../src/document";
import { LANE_HEIGHT, LaneHeights, LOWEST, TALLEST } from "../src/lane_heights";
import { withDefaults } from "../src/schema";
import { copyName, duplicateStrip, moveStrip, placeStrip } from "../src/strip_actions";
import { ServerFile } from "../src/server_file";
import { newName } from "../src/upload";

function session(): SharedSession {
  const doc = new Y.Doc();
  doc.getMap("meta").set("name", "Test");
  const made = new SharedSession(doc);
  made.edit((edit) => {
    for (const [index, id] of ["a", "b", "c"].entries()) edit.put(["tracks"], "track", id, withDefaults("track", { id }, index));
    edit.put(["buses"], "bus", "verb", withDefaults("bus", { id: "verb" }, 3));
    edit.put(["tracks", "b", "sends"], "send", "verb", withDefaults("send", { bus: "verb" }));
    edit.put(["automation", "b/sends/verb/gain"], "point", "p1", { time_s: 2, value: 0.5, curve: "set" });
  });
  return made;
}

const order = (of: SharedSession) => of.snapshot().tracks.map(({ id }) => id);
const position = (of: SharedSession, id: string) => (of.doc.getMap("tracks").get(id) as Y.Map<unknown>).get("pos");

test("moving a track writes that track alone and is one step", () => {
  const it = session();
  const before = ["a", "b"].map((id) => position(it, id));
  expect(placeStrip(it, "c", "a")).toBe(1);
  expect(order(it)).toEqual(["c", "a", "b"]);
  expect(["a", "b"].map((id) => position(it, id))).toEqual(before);
  it.undo();
  expect(order(it)).toEqual(["a", "b", "c"]);
  expect(moveStrip(it, "a", 1)).toBe(2);
  expect(moveStrip(it, "a", 1)).toBe(3);
  expect(moveStrip(it, "a", 1)).toBeNull();
  expect(order(it)).toEqual(["b", "c", "a"]);
  expect(placeStrip(it, "a", null)).toBeNull();
  expect(placeStrip(it, "gone", "a")).toBeNull();
});

test("two people who move different tracks at once both have their way", () => {
  const [ada, ben] = [session(), new SharedSession(new Y.Doc())];
  Y.applyUpdate(ben.doc, Y.encodeStateAsUpdate(ada.doc));
  placeStrip(ada, "c", "a");
  moveStrip(ben, "a", 1);
  Y.applyUpdate(ben.doc, Y.encodeStateAsUpdate(ada.doc));
  Y.applyUpdate(ada.doc, Y.encodeStateAsUpdate(ben.doc));
  expect(order(ada)).toEqual(["c", "b", "a"]);
  expect(order(ben)).toEqual(order(ada));
});

test("records that never had a place are ordered too", () => {
  const it = session();
  for (const id of ["a", "b", "c"]) (it.doc.getMap("tracks").get(id) as Y.Map<unknown>).delete("pos");
  placeStrip(it, "c", "b");
  expect(order(it)).toEqual(["a", "c", "b"]);
});

test("a copy stands behind what it copies, with sends and automation", () => {
  const it = session();
  const copy = duplicateStrip(it, "b") as string;
  expect(order(it)).toEqual(["a", "b", copy, "c"]);
  const { tracks, automation } = it.snapshot();
  expect(tracks[2]?.sends).toEqual(tracks[1]?.sends);
  expect(automation[`${copy}/sends/verb/gain`]).toMatchObject([{ time_s: 2, value: 0.5 }]);
  expect(automation["b/sends/verb/gain"]).toHaveLength(1);
  it.undo();
  expect(order(it)).toEqual(["a", "b", "c"]);
  expect(duplicateStrip(it, "master")).toBeNull();
});

test("copies and files are named by what is free", () => {
  expect(copyName("Drums", ["Drums"])).toBe("Drums copy");
  expect(copyName("Drums copy", ["Drums", "Drums copy"])).toBe("Drums copy 2");
  expect(newName("kick.wav", 1)).toBe("kick.wav");
  expect(newName("kick.wav", 2)).toBe("kick 2.wav");
  expect(newName("../a/b:c.flac", 1)).toBe("-a-b-c.flac");
});

test("heights are kept by session, bounded, and survive a keeper that holds nonsense or refuses", () => {
  const kept = new Map<string, string>();
  const keeper = { getItem: (name: string) => kept.get(name) ?? null, setItem: (name: string, value: string) => void kept.set(name, value) };
  const make = (uuid?: string, by: typeof keeper | null = keeper): LaneHeights => {
    const heights = new LaneHeights(() => undefined, by);
    heights.belongTo(uuid);
    return heights;
  };
  const first = make("s1");
  first.set("drums", 9);
  first.scale(2);
  expect([first.of("drums"), first.of("bass")]).toEqual([2 * LOWEST, 2 * LANE_HEIGHT]);
  first.set("drums", 1e9);
  expect(make("s1").of("drums")).toBe(TALLEST);
  expect(make("s2").of("drums")).toBe(LANE_HEIGHT);
  kept.set("max-booster-lanes s2", '{"all": "tall"}');
  expect(make("s2").of("drums")).toBe(LANE_HEIGHT);
  const refusing = make("s1", { getItem: () => { throw new Error("no"); }, setItem: () => { throw new Error("full"); } });
  refusing.set("bass", 60);
  expect(refusing.of("bass")).toBe(60);
  refusing.reset();
  expect(refusing.of("bass")).toBe(LANE_HEIGHT);
});

test("a path of Lab's file browser is the server's, but on another drive", () => {
  const of = (path: string) => {
    const { name, local } = new ServerFile(path);
    return [name, local];
  };
  expect(of("songs/stems/kick.wav")).toEqual(["kick.wav", "songs/stems/kick.wav"]);
  expect(of("RTC:songs/kick.wav")).toEqual(["kick.wav", "songs/kick.wav"]);
  expect(of("RTC:kick.wav")).toEqual(["kick.wav", "kick.wav"]);
  expect(of("/kick.wav")).toEqual(["kick.wav", "kick.wav"]);
  expect(of("S3:bucket/kick.wav")).toEqual(["kick.wav", null]);
});
