import { expect, test } from "vitest";
import { CHUNK_FRAMES, ChunkCache, openMedia } from "../src/media_source";

const FRAMES = CHUNK_FRAMES + 1000;

/** A 16 bit mono file whose sample n is n modulo 30000. */
function file(): Uint8Array {
  const bytes = new Uint8Array(44 + FRAMES * 2);
  const view = new DataView(bytes.buffer);
  new TextEncoder().encodeInto("RIFF", bytes);
  new TextEncoder().encodeInto("WAVEfmt ", bytes.subarray(8));
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, 44100, true);
  view.setUint16(34, 16, true);
  new TextEncoder().encodeInto("data", bytes.subarray(36));
  view.setUint32(40, FRAMES * 2, true);
  for (let n = 0; n < FRAMES; n++) view.setInt16(44 + 2 * n, n % 30000, true);
  return bytes;
}

function server(bytes: Uint8Array, ranges = true) {
  const asked: string[] = [];
  const load = async (_url: string, init?: RequestInit): Promise<Response> => {
    const range = new Headers(init?.headers).get("Range") ?? "";
    asked.push(range);
    const found = /^bytes=(\d+)-(\d+)$/.exec(range);
    if (!ranges || !found) return new Response(bytes.slice());
    return new Response(bytes.slice(Number(found[1]), Number(found[2]) + 1), { status: 206 });
  };
  return { load, asked };
}

const never = () => Promise.reject(new Error("not asked"));

test.each([true, false])("reads a WAV in chunks (server with ranges: %s)", async (ranges) => {
  const { load } = server(file(), ranges);
  const source = await openMedia("a.wav", never, load);
  expect(source.shape).toEqual({ frames: FRAMES, channels: 1 });
  const [first] = await source.read(0, CHUNK_FRAMES);
  const [last] = await source.read(CHUNK_FRAMES, 2 * CHUNK_FRAMES);
  expect(first?.length).toBe(CHUNK_FRAMES);
  expect(last?.length).toBe(1000);
  expect((first?.[12345] as number) * 32768).toBe(12345);
  expect((last?.[999] as number) * 32768).toBe((FRAMES - 1) % 30000);
});

test("asks only for the bytes of the chunk", async () => {
  const { load, asked } = server(file());
  const source = await openMedia("a.wav", never, load);
  await source.read(CHUNK_FRAMES, 2 * CHUNK_FRAMES);
  expect(asked).toEqual(["bytes=0-65535", `bytes=${44 + CHUNK_FRAMES * 2}-${44 + FRAMES * 2 - 1}`]);
});

test("a missing file is an error with its name", async () => {
  const load = () => Promise.resolve(new Response("", { status: 404 }));
  await expect(openMedia("stems/a.wav", never, load)).rejects.toThrow(/stems\/a\.wav.*404/);
});

test("the cache loads a chunk once, forgets the oldest, and retries after a failure", async () => {
  const loaded: number[] = [];
  const source = {
    shape: { frames: 1e9, channels: 1 },
    sampleRate: 44100,
    read: (from: number) => {
      const index = from / CHUNK_FRAMES;
      loaded.push(index);
      return index === 99 ? Promise.reject(new Error("no")) : Promise.resolve([new Float32Array(1)]);
    },
  };
  const cache = new ChunkCache(8 * CHUNK_FRAMES * 8);
  await cache.get("a", source, 0);
  await cache.get("a", source, 0);
  expect(loaded).toEqual([0]);
  for (let index = 1; index <= 8; index++) await cache.get("a", source, index);
  await cache.get("a", source, 0);
  expect(loaded.filter((index) => index === 0).length).toBe(2);
  await expect(cache.get("a", source, 99)).rejects.toThrow("no");
  await expect(cache.get("a", source, 99)).rejects.toThrow("no");
  expect(loaded.filter((index) => index === 99).length).toBe(2);
});
