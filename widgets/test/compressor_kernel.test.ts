import { expect, test } from "vitest";
import { CompressorKernel, Curve } from "../src/compressor_kernel";
import { impulseResponse, reverbDelays } from "../src/reverb";

test.each([
  [-24, 30, 12, 1.52414],
  [-24, 30, 3, 1.25799],
  [-1, 0, 20, 1.06782],
])("makeup of threshold %f, knee %f, ratio %f", (threshold, knee, ratio, makeup) =>
  expect(new Curve(threshold, knee, ratio).makeup).toBeCloseTo(makeup, 5),
);

test("below the threshold a level passes, far above the knee the slope is 1/ratio", () => {
  const curve = new Curve(-40, 6, 4);
  expect(curve.saturate(0.005)).toBe(0.005);
  const [a, b] = [0.2, 0.8].map((v) => 20 * Math.log10(curve.saturate(v))) as [number, number];
  expect((b - a) / (20 * Math.log10(4))).toBeCloseTo(1 / 4, 3);
});

const SETTINGS = { threshold: -24, knee: 30, ratio: 12, attack: 0.003, release: 0.25 };

function run(kernel: CompressorKernel, frames: number, input: (n: number) => number, key = input): Float32Array {
  const result = new Float32Array(frames);
  const out = [new Float32Array(128), new Float32Array(128)];
  for (let at = 0; at < frames; at += 128) {
    const block = (wave: (n: number) => number) => [Float32Array.from({ length: 128 }, (_, i) => wave(at + i))];
    kernel.process(block(input), block(key), out);
    result.set(out[0] as Float32Array, at);
  }
  return result;
}

test("the look-ahead delays by 6 ms, and makeup is applied to what is soft", () => {
  const kernel = new CompressorKernel(44100, SETTINGS);
  run(kernel, 44160, () => 0);
  const out = run(kernel, 1024, (n) => (n === 100 ? 0.01 : 0));
  expect(out.findIndex((sample) => sample !== 0)).toBe(364);
  expect(out[364]).toBeCloseTo(0.01 * 1.52414, 4);
});

test("a loud key turns a soft signal down; without it the signal stays", () => {
  const tone = (n: number) => 0.01 * Math.sin(n / 10);
  const level = (samples: Float32Array) => Math.max(...samples.subarray(40000));
  const free = level(run(new CompressorKernel(44100, SETTINGS), 44160, tone));
  const ducked = level(run(new CompressorKernel(44100, SETTINGS), 44160, tone, (n) => Math.sin(n / 20)));
  expect(free).toBeCloseTo(0.01524, 4);
  const wanted = 20 * Math.log10(new Curve(-24, 30, 12).saturate(1));
  expect(Math.abs(20 * Math.log10(ducked / free) - wanted)).toBeLessThan(0.5);
});

test("new settings take effect on the frames that follow", () => {
  const kernel = new CompressorKernel(44100, SETTINGS);
  run(kernel, 4096, (n) => Math.sin(n / 10));
  kernel.set({ ...SETTINGS, ratio: 1, knee: 0, threshold: 0 });
  const out = run(kernel, 44160, (n) => Math.sin(n / 10));
  expect(Math.max(...out.subarray(40000))).toBeCloseTo(1, 3);
});

test("the reverberator's delays are whole frames", () => {
  expect(reverbDelays(44100)).toEqual([1310, 1636, 1813, 1927, 221, 75]);
});

test("the impulse response begins with the first comb through both all-passes", () => {
  const response = impulseResponse(44100, 0.84);
  expect(response.findIndex((sample) => sample !== 0)).toBe(1310);
  expect(response[1310]).toBeCloseTo(0.25 * 0.7 ** 2, 7);
  expect(response[1310 + 75]).toBeCloseTo(0.25 * -0.7 * (1 - 0.7 ** 2), 7);
  const tail = response.subarray(response.length - 2000);
  expect(Math.max(...tail.map(Math.abs))).toBeLessThan(1e-5);
});

// What Chromium's own node gives for settings whose knee hangs on the last bit of a logarithm.
test.each([
  [-26.59, 12, 4, 2.942159],
  [-22.932426, 30, 2, 1.1465067],
  [-29.387238, 20, 2, 1.814727],
])("the makeup gain of %f dB, knee %f, ratio %f is the browser's", (threshold, knee, ratio, makeup) =>
  expect(new Curve(threshold, knee, ratio).makeup / makeup).toBeCloseTo(1, 6),
);
