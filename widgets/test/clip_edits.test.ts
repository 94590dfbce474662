import { expect, test } from "vitest";
import { fade, split, trimEnd, trimStart } from "../src/clip_edits";
import type { Clip } from "../src/model";

const RATE = 44100;
const clip = (change: Partial<Clip> = {}): Clip => ({
  id: "a",
  media: "drums.wav",
  sha256: null,
  start_s: 2,
  offset_s: 1,
  duration_s: 4,
  gain: 0.5,
  fade_in_s: 0.5,
  fade_out_s: 1,
  ...change,
});
const frames = (seconds: number): number => Math.floor(seconds * RATE + 0.5);

test("a cut leaves neither gap nor overlap, wherever it falls", () => {
  for (let i = 1; i < 500; i++) {
    const whole = clip({ start_s: i * 0.0137, offset_s: i * 0.00711 });
    const at = whole.start_s + 0.001 + i * 0.00791;
    const parts = split({ clip: whole, duration: 4 }, at, RATE);
    if (!parts) throw new Error("the cut falls inside");
    const [left, right] = [parts.left, parts.right];
    const length = frames(left.duration_s as number);
    expect(frames(right.start_s as number)).toBe(frames(whole.start_s) + length);
    expect(frames(right.offset_s as number)).toBe(frames(whole.offset_s) + length);
    expect(length + frames(right.duration_s as number)).toBe(frames(4));
  }
});

test("fades stay at the outer ends of a cut and fit", () => {
  const parts = split({ clip: clip(), duration: 4 }, 2.25, RATE);
  expect(parts?.left).toMatchObject({ fade_in_s: 0.25, fade_out_s: 0 });
  expect(parts?.right).toMatchObject({ fade_in_s: 0, fade_out_s: 1, gain: 0.5 });
});

test("a cut outside does nothing", () => {
  for (const at of [0, 2, 6, 7]) expect(split({ clip: clip(), duration: 4 }, at, RATE)).toBeNull();
});

test("trimming the start keeps what is heard in place and stops at the file's begin", () => {
  const laid = { clip: clip(), duration: 4 };
  expect(trimStart(laid, 3)).toEqual({ start_s: 3, offset_s: 2, duration_s: 3 });
  expect(trimStart(laid, 0)).toEqual({ start_s: 1, offset_s: 0, duration_s: 5 });
  expect(trimStart(laid, 9)).toMatchObject({ start_s: 5.99, offset_s: 4.99 });
});

test("trimming shortens fades that no longer fit", () => {
  expect(trimEnd({ clip: clip(), duration: 4 }, 3)).toEqual({ duration_s: 1, fade_out_s: 0.5 });
  expect(trimEnd({ clip: clip(), duration: 4 }, 0)).toMatchObject({ duration_s: 0.01, fade_in_s: 0.01, fade_out_s: 0 });
});

test("fades never overlap", () => {
  const laid = { clip: clip(), duration: 4 };
  expect(fade(laid, "in", 9)).toEqual({ fade_in_s: 3 });
  expect(fade(laid, "out", -1)).toEqual({ fade_out_s: 0 });
});
