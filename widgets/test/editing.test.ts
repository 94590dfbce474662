// Values typed, places snapped, loops and selections moved, many clips edited at once, waveforms outlined.
import { expect, test } from "vitest";
import * as Y from "yjs";
import { duplicateClips, type Held, pasteClips, reachable, removeClips, shift, shiftLanes, splitClips } from "../src/clip_actions";
import { snapEither } from "../src/clip_view";
import { SharedSession } from "../src/document";
import { parseEntry } from "../src/entry";
import { gridLines, secondLines, snapped, snapStep } from "../src/grid";
import { movedRange } from "../src/range_bar";
import { advice, mediaNotice } from "../src/notice";
import { withDefaults } from "../src/schema";
import { neighbour, Selection } from "../src/selection";
import { Viewport } from "../src/viewport";
import { wavePath } from "../src/wave";

const METER = { tempo_bpm: 120, time_signature: [4, 4] as const };

function session(): SharedSession {
  const doc = new Y.Doc();
  doc.getMap("meta").set("name", "Test");
  const made = new SharedSession(doc);
  made.edit((edit) => {
    for (const [index, id] of ["a", "b"].entries()) edit.put(["tracks"], "track", id, withDefaults("track", { id }, index));
    edit.put(["tracks", "a", "clips"], "clip", "c1", withDefaults("clip", { id: "c1", media: "m.wav", start_s: 1, duration_s: 2 }));
    edit.put(["tracks", "b", "clips"], "clip", "c2", withDefaults("clip", { id: "c2", media: "m.wav", start_s: 4, duration_s: 2 }));
  });
  return made;
}

function held(of: SharedSession): Held[] {
  return of.snapshot().tracks.flatMap((track) =>
    track.clips.map((clip) => ({ track: track.id, laid: { clip, duration: clip.duration_s ?? 0 } })),
  );
}

const starts = (of: SharedSession) => of.snapshot().tracks.map((track) => track.clips.map((clip) => clip.start_s));

test.each([
  ["-3 dB", "dB", -3],
  ["−4,5", "dB", -4.5],
  ["-inf", "dB", -Infinity],
  ["1.2k", "Hz", 1200],
  ["3.2 kHz", "Hz", 3200],
  ["250 ms", "s", 0.25],
  ["1.5", "s", 1.5],
  ["L30", "pan", -0.3],
  ["25R", "pan", 0.25],
  ["c", "pan", 0],
  ["-40", "pan", -0.4],
  ["4:1", "ratio", 4],
  ["30%", "number", 0.3],
  ["loud", "dB", null],
  ["3 ms", "dB", null],
  ["", "Hz", null],
] as const)("%s typed into a control in %s means %s", (text, unit, value) => {
  if (value === null || value === -Infinity) expect(parseEntry(text, unit)).toBe(value);
  else expect(parseEntry(text, unit)).toBeCloseTo(value, 9);
});

test("places go to the grid chosen, or to what a magnet reaches", () => {
  const view = new Viewport();
  view.width = 1000;
  view.setLength(10);
  expect(snapped(view, 1.3, "bar", METER)).toBe(2);
  expect(snapped(view, 1.3, "beat", METER)).toBe(1.5);
  expect(snapped(view, 1.3, "quarter", METER)).toBe(1.25);
  expect(snapped(view, 1.3, "triplet", METER)).toBeCloseTo(4 / 3, 9);
  expect(snapped(view, 1.3, "second", METER)).toBe(1);
  expect(snapped(view, 1.3, "off", METER)).toBe(1.3);
  expect(snapped(view, 1.3, "magnet", METER, [1.26])).toBe(1.26);
  expect(snapped(view, 1.3, "magnet", METER, [1.1])).toBe(1.3);
  expect(snapStep("bar", { tempo_bpm: 90, time_signature: [6, 8] })).toBeCloseTo(2, 9);
  expect(snapEither((at) => (at > 4.9 ? 5 : at), 1, 3, 1.95)).toBe(2); // the end catches
});

test("the ruler has seconds, and beats where there is room", () => {
  const view = new Viewport();
  view.width = 1000;
  view.setLength(100);
  expect(secondLines(view).slice(0, 3).map(({ label }) => label)).toEqual(["0:00", "0:10", "0:20"]);
  view.zoomTo(0, 1);
  expect(secondLines(view)[1]?.label).toBe("0:00.1");
  expect(gridLines(view, METER, 42).map(({ label }) => label).filter(Boolean)).toEqual(["1", "1.2", "1.3"]);
});

test("a loop's ends never cross and its middle keeps its length", () => {
  const loop = { from: 2, to: 4 };
  const free = (seconds: number): number => seconds;
  expect(movedRange(loop, "from", 9, free).from).toBeLessThan(4);
  expect(movedRange(loop, "to", -9, free).to).toBeGreaterThan(2);
  expect(movedRange(loop, "both", -9, free)).toEqual({ from: 0, to: 2 });
  expect(movedRange(loop, "both", 0.4, Math.round)).toEqual({ from: 2, to: 4 });
});

test("many clips are moved, copied, cut and deleted in one step each", () => {
  const of = session();
  expect(reachable(held(of), -5)).toBe(-1);
  of.edit((edit) => shift(edit, held(of), 0.5));
  expect(starts(of)).toEqual([[1.5], [4.5]]);
  of.undo();
  expect(starts(of)).toEqual([[1], [4]]);
  const copies = duplicateClips(of, held(of));
  expect(starts(of)).toEqual([[1, 6], [4, 9]]); // five seconds from the first start to the last end
  removeClips(of, copies);
  expect(starts(of)).toEqual([[1], [4]]);
  of.undo();
  expect(starts(of)).toEqual([[1, 6], [4, 9]]);
  of.undo();
  expect(splitClips(of, held(of), 2)).toHaveLength(1);
  expect(starts(of)).toEqual([[1, 2], [4]]);
  of.undo();
  expect(starts(of)).toEqual([[1], [4]]);
});

test("clips of one track are pasted on the track in hand, those of several on their own", () => {
  const of = session();
  const [first] = held(of) as [Held];
  pasteClips(of, [first], 10, "b");
  expect(starts(of)).toEqual([[1], [4, 10]]);
  of.undo();
  pasteClips(of, held(of), 10, "b");
  expect(starts(of)).toEqual([[1, 10], [4, 13]]);
  of.undo();
  pasteClips(of, [first], 10, "gone");
  expect(starts(of)).toEqual([[1, 10], [4]]);
});

test("clips go to other lanes with new names, and what stays keeps its own", () => {
  const of = session();
  let landed: { track: string; clip: string }[] = [];
  of.edit((edit) => {
    landed = shiftLanes(edit, held(of), 1, (track) => (track === "a" ? "b" : track));
  });
  expect(starts(of)).toEqual([[], [5, 2]]);
  expect(landed.map(({ track }) => track)).toEqual(["b", "b"]);
  expect(landed[1]?.clip).toBe("c2");
});

test("what is in hand is toggled, and let go of when it is gone", () => {
  const of = session();
  let told = 0;
  const selection = new Selection(() => told++);
  selection.pick("a", "c1");
  selection.toggle("b", "c2");
  expect([selection.strip, selection.clip, selection.clips.length]).toEqual(["b", "c2", 2]);
  selection.pickStrip("b");
  expect(selection.clips.length).toBe(2);
  of.edit((edit) => edit.remove(["tracks"], "b"));
  selection.prune(of.snapshot());
  expect(selection.clips).toEqual([{ track: "a", clip: "c1" }]);
  selection.toggle("a", "c1");
  expect(selection.clips).toEqual([]);
  expect(told).toBe(4);
  expect([neighbour(of.snapshot(), null, 1), neighbour(of.snapshot(), "a", 1), neighbour(of.snapshot(), "a", -1)]).toEqual(["a", "master", "a"]);
});

test("a waveform is one outline between its fades, with gaps where nothing is known", () => {
  const view = new Viewport();
  view.width = 100;
  view.setLength(9.8);
  view.zoomTo(0, 10);
  const clip = { id: "c", media: "m", sha256: null, start_s: 2, offset_s: 0, duration_s: 4, gain: 1, fade_in_s: 0, fade_out_s: 0 };
  const path = wavePath({ clip, duration: 4 }, view, 1000, () => [-1, 1], 10, 30);
  expect(path.startsWith("M20")).toBe(true);
  expect(path.match(/M/g)).toHaveLength(1);
  expect(path).toContain(" 10.0");
  expect(path).toContain(" 30.0");
  const broken = wavePath({ clip, duration: 4 }, view, 1000, (from) => (from > 1500 && from < 2500 ? null : [0, 0]), 10, 30);
  expect(broken.match(/M/g)).toHaveLength(2);
  expect(wavePath({ clip: { ...clip, start_s: 50 }, duration: 4 }, view, 1000, () => [-1, 1], 10, 30)).toBe("");
});

test("a broken file is said in one line that says what to do", () => {
  expect(advice("a.wav", "a.wav: the server answered 404")).toBe("a.wav is not there: put the file back beside the session, or delete its clips.");
  expect(advice("a.wav", "a.wav: expected 48000 Hz, got 44100 Hz; convert the file")).toBe("a.wav: expected 48000 Hz, got 44100 Hz; convert the file.");
  expect(mediaNotice(new Map())).toBeNull();
  expect(mediaNotice(new Map([["a", "the server answered 404"], ["b", "x"], ["c", "y"]]))?.text).toContain("2 more files cannot be played");
});
