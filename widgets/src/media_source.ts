// Where samples come from: a file over HTTP, read in chunks, so that a session of any length fits in memory.
import type { MediaShape } from "./compile";
import { decodeWav, parseWav, WavError, type WavLayout } from "./wav";

/** Chunks are whole render quanta, 1.5 s at 44.1 kHz. */
export const CHUNK_FRAMES = 65536;

export interface MediaSource {
  readonly shape: MediaShape;
  readonly sampleRate: number;
  /** Samples of the frames from `from` up to `to`, one array per channel; what lies behind the end is left out. */
  read(from: number, to: number): Promise<Float32Array<ArrayBuffer>[]>;
  /** What a chunk is known by, where other sources may have the same one. */
  chunkName?(index: number): string;
}

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;
export type Decode = (bytes: ArrayBuffer) => Promise<AudioBuffer>;

const HEADER_BYTES = 1 << 16;
const LONGEST_HEADER = 1 << 22;

/** Open a media file: WAV is read by range, what else the browser can decode as a whole. */
export async function openMedia(url: string, decode: Decode, load: Fetch = (...args) => fetch(...args)): Promise<MediaSource> {
  for (let size = HEADER_BYTES; size <= LONGEST_HEADER; size *= 8) {
    const head = await range(url, 0, size, load);
    if (!isWav(head)) return decoded(await whole(url, load), decode);
    const layout = parseWav(head);
    if (layout) return new WavSource(url, layout, load);
  }
  throw new WavError(`${url}: expected the samples within the first ${LONGEST_HEADER} bytes`);
}

function isWav(head: ArrayBuffer): boolean {
  const name = String.fromCharCode(...new Uint8Array(head, 0, Math.min(4, head.byteLength)));
  return name === "RIFF" || name === "RF64";
}

async function range(url: string, from: number, to: number, load: Fetch): Promise<ArrayBuffer> {
  const response = await load(url, { headers: { Range: `bytes=${from}-${to - 1}` }, credentials: "same-origin" });
  if (!response.ok) throw new Error(`${url}: the server answered ${response.status}`);
  const bytes = await response.arrayBuffer();
  // A server without ranges sends everything.
  return response.status === 206 ? bytes : bytes.slice(from, to);
}

async function whole(url: string, load: Fetch): Promise<ArrayBuffer> {
  const response = await load(url, { credentials: "same-origin" });
  if (!response.ok) throw new Error(`${url}: the server answered ${response.status}`);
  return response.arrayBuffer();
}

class WavSource implements MediaSource {
  readonly shape: MediaShape;
  readonly sampleRate: number;

  constructor(
    private readonly url: string,
    private readonly layout: WavLayout,
    private readonly load: Fetch,
  ) {
    this.shape = { frames: layout.frames, channels: layout.channels };
    this.sampleRate = layout.sampleRate;
  }

  async read(from: number, to: number): Promise<Float32Array<ArrayBuffer>[]> {
    const { dataOffset, bytesPerSample, channels, frames } = this.layout;
    const width = bytesPerSample * channels;
    const last = Math.min(to, frames);
    const bytes = await range(this.url, dataOffset + from * width, dataOffset + last * width, this.load);
    return decodeWav(this.layout, bytes);
  }
}

async function decoded(bytes: ArrayBuffer, decode: Decode): Promise<MediaSource> {
  const buffer = await decode(bytes);
  return {
    shape: { frames: buffer.length, channels: buffer.numberOfChannels },
    sampleRate: buffer.sampleRate,
    read: (from, to) =>
      Promise.resolve(
        Array.from({ length: buffer.numberOfChannels }, (_, channel) => buffer.getChannelData(channel).slice(from, to)),
      ),
  };
}

/** Chunks of several sources, kept while there is room; asked for twice, loaded once. */
export class ChunkCache {
  private readonly chunks = new Map<string, Promise<Float32Array<ArrayBuffer>[]>>();
  private readonly limit: number;

  constructor(bytes = 192 * 2 ** 20) {
    this.limit = Math.max(8, Math.floor(bytes / (CHUNK_FRAMES * 2 * 4)));
  }

  get(name: string, source: MediaSource, index: number): Promise<Float32Array<ArrayBuffer>[]> {
    const key = source.chunkName?.(index) ?? `${index} ${name}`;
    let chunk = this.chunks.get(key);
    if (chunk) this.chunks.delete(key);
    else {
      chunk = source.read(index * CHUNK_FRAMES, (index + 1) * CHUNK_FRAMES);
      chunk.catch(() => this.chunks.delete(key));
    }
    this.chunks.set(key, chunk);
    for (const old of this.chunks.keys()) {
      if (this.chunks.size <= this.limit) break;
      this.chunks.delete(old);
    }
    return chunk;
  }
}
