import { expect, test } from "vitest";
import { tapFrames } from "../src/meter";
import { fileName, sayMade, withEnding } from "../src/rendering";
import { stepInRows } from "../src/roving";
import { wheeled } from "../src/wheel";

const still = { deltaX: 0, deltaY: 0, deltaMode: 0, ctrlKey: false, metaKey: false, shiftKey: false };

test("the wheel zooms with Ctrl or the command key, scrolls along with Shift or sideways, and is else the browser's", () => {
  expect(wheeled({ ...still, deltaY: 120 })).toBeNull();
  expect(wheeled({ ...still, deltaY: 40, deltaX: 3 })).toBeNull();
  expect(wheeled({ ...still, deltaX: 40, deltaY: -3 })).toEqual({ kind: "scroll", pixels: 40 });
  for (const turned of [{ deltaY: 120 }, { deltaX: 120 }])
    expect(wheeled({ ...still, ...turned, shiftKey: true })).toEqual({ kind: "scroll", pixels: 120 });
  expect(wheeled({ ...still, deltaY: 3, deltaMode: 1, shiftKey: true })).toEqual({ kind: "scroll", pixels: 48 });
  for (const key of ["ctrlKey", "metaKey"]) {
    const [closer, back] = [-300, 300].map((deltaY) => wheeled({ ...still, deltaY, [key]: true }));
    expect(closer).toEqual({ kind: "zoom", factor: Math.E });
    expect(back).toEqual({ kind: "zoom", factor: Math.exp(-1) });
  }
});

test("arrows go through rows of buttons and stop at their ends", () => {
  expect(stepInRows("ArrowRight", [1, 0], 3, 2)).toEqual([1, 1]);
  expect(stepInRows("ArrowRight", [1, 1], 3, 2)).toEqual([1, 1]);
  expect(stepInRows("ArrowLeft", [1, 0], 3, 2)).toEqual([1, 0]);
  expect(stepInRows("ArrowDown", [2, 1], 3, 2)).toEqual([2, 1]);
  expect(stepInRows("ArrowUp", [2, 1], 3, 2)).toEqual([1, 1]);
  expect(stepInRows("Home", [2, 1], 3, 2)).toEqual([0, 1]);
  expect(stepInRows("End", [0, 0], 3, 2)).toEqual([2, 0]);
  expect(stepInRows("m", [0, 0], 3, 2)).toBeNull();
});

test("a render is offered a name that says the session and the stretch", () => {
  expect(fileName("Night Drive!", { from: 1.5, to: 9 })).toBe("renders/night-drive 1.50-9.00 s.wav");
  expect(fileName("  ", null)).toBe("renders/mix.wav");
  expect(withEnding(" take 1.5 ")).toBe("take 1.5.wav");
  expect(withEnding("a.flac")).toBe("a.flac");
});

test("what was rendered is said in one line, with what was clipped", () => {
  const made = { file: "renders/a.wav", folder: "/s", duration_s: 7.5, peak: 0.9, clipped: 0, stems: 0, problems: [] };
  expect(sayMade({ ...made, loudness: { integrated_lufs: -14.23, true_peak_dbtp: -0.95 } })).toBe(
    "Rendered renders/a.wav: 7.50 s, -14.2 LUFS, true peak -0.9 dBTP.",
  );
  expect(sayMade({ ...made, stems: 4, clipped: 3, loudness: { integrated_lufs: null, true_peak_dbtp: null } })).toBe(
    "Rendered renders/a.wav: 7.50 s, 4 stems, 3 samples clipped: turn the master down, or render 32 bit float.",
  );
});

test("a meter's tap looks back further than the time between two looks, at every rate", () => {
  expect([44100, 48000, 96000, 192000].map(tapFrames)).toEqual([2048, 2048, 4096, 8192]);
  for (const rate of [8000, 44100, 88200, 384000]) expect(tapFrames(rate) / rate).toBeGreaterThan(2 / 60);
});
