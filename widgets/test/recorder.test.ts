import { expect, test } from "vitest";
import { QuantumClock } from "../src/quantum_clock";
import { joined } from "../src/recorder";

const frames = (...told: number[]) => {
  const clock = new QuantumClock();
  return told.map((frame) => clock.frame(frame));
};

test("a quantum that is told the frame of the one before lies behind it", () => {
  expect(frames(256, 384, 384, 384, 768, 768)).toEqual([null, 384, 512, 640, 768, 896]);
});

test("nothing is certain before the frame is told anew", () => {
  expect(frames(0, 0, 0, 1408, 1536)).toEqual([null, null, null, 1408, 1536]);
});

test("quanta that were left out are seen, at the latest when the frame is told anew", () => {
  expect(frames(0, 128, 512, 640)).toEqual([null, 128, 512, 640]);
  expect(frames(0, 128, 256, 512, 640)).toEqual([null, 128, 256, 512, 640]);
});

const part = (frame: number, ...values: number[]) => ({
  frame,
  blocks: values.map((value) => new Float32Array(256).fill(value, 0, 128).fill(-value, 128)),
});

test("parts lie at their frames, and what is missing between them is told", () => {
  const { frame, channels, gaps } = joined([part(256, 1, 2), part(512, 3), part(896, 4)]);
  expect(frame).toBe(256);
  expect(gaps).toEqual([{ frame: 640, frames: 256 }]);
  const firsts = (samples: Float32Array) => Array.from({ length: samples.length / 128 }, (_, index) => samples[index * 128]);
  expect(firsts(channels[0])).toEqual([1, 2, 3, 0, 0, 4]);
  expect(firsts(channels[1])).toEqual([-1, -2, -3, 0, 0, -4]);
});

test("nothing recorded is nothing", () => {
  expect(joined([])).toEqual({ frame: 0, channels: [new Float32Array(0), new Float32Array(0)], gaps: [] });
});
