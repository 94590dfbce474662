import { expect, test } from "vitest";
import { decodeWav, parseWav, WavError } from "../src/wav";

interface Made {
  tag?: number;
  bits?: number;
  channels?: number;
  extra?: number;
  data?: number[];
}

/** A WAVE file with an unknown chunk of `extra` bytes before its samples. */
function made({ tag = 1, bits = 16, channels = 2, extra = 3, data = [] }: Made = {}): ArrayBuffer {
  const padded = extra + (extra % 2);
  const bytes = new ArrayBuffer(12 + 24 + 8 + padded + 8 + data.length);
  const view = new DataView(bytes);
  const text = (at: number, name: string) => [...name].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  text(0, "RIFF");
  text(8, "WAVE");
  text(12, "fmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, tag, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, 48000, true);
  view.setUint16(34, bits, true);
  text(36, "LIST");
  view.setUint32(40, extra, true);
  text(44 + padded, "data");
  view.setUint32(48 + padded, data.length, true);
  new Uint8Array(bytes).set(data, 52 + padded);
  return bytes;
}

test("finds the samples behind other chunks", () => {
  const layout = parseWav(made({ data: [0, 0, 0, 0, 1, 0, 2, 0] }));
  expect(layout).toEqual({ sampleRate: 48000, channels: 2, frames: 2, bytesPerSample: 2, isFloat: false, dataOffset: 56 });
});

test("a header longer than what was read asks for more", () => {
  expect(parseWav(made({ extra: 100 }).slice(0, 60))).toBeNull();
});

test.each([
  [{ tag: 1, bits: 16, data: [0, 0x80, 0xff, 0x7f] }, [-1, 32767 / 32768]],
  [{ tag: 1, bits: 24, data: [0, 0, 0x80, 0xff, 0xff, 0x7f] }, [-1, 8388607 / 8388608]],
  [{ tag: 1, bits: 32, data: [0, 0, 0, 0x80, 0, 0, 0, 0x40] }, [-1, 0.5]],
  [{ tag: 3, bits: 32, data: [0, 0, 0x80, 0xbf, 0, 0, 0x80, 0x3e] }, [-1, 0.25]],
])("decodes %o exactly", (options, [left, right]) => {
  const bytes = made(options);
  const layout = parseWav(bytes);
  expect(layout).not.toBeNull();
  if (layout) expect(decodeWav(layout, bytes.slice(layout.dataOffset)).map((c) => [...c])).toEqual([[left], [right]]);
});

test("refuses what it cannot read, and says what came", () => {
  expect(() => parseWav(made({ bits: 8 }))).toThrow(/got format 1 with 8 bits/);
  expect(() => parseWav(made({ tag: 2 }))).toThrow(WavError);
  expect(() => parseWav(new TextEncoder().encode("not audio at all").buffer as ArrayBuffer)).toThrow(WavError);
});

test("random bytes after a good beginning never do worse than an error", () => {
  let seed = 1;
  const random = () => (seed = (seed * 48271) % 2147483647) & 0xff;
  for (let round = 0; round < 2000; round++) {
    const bytes = new Uint8Array(made({ data: [1, 2, 3, 4] }));
    for (let i = 0; i < 4; i++) bytes[12 + ((random() << 8) | random()) % (bytes.length - 12)] = random();
    try {
      parseWav(bytes.buffer);
    } catch (error) {
      expect(error).toBeInstanceOf(WavError);
    }
  }
});
