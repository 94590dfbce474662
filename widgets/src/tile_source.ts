// What the kernel rendered, as media: tiles that the server hands out by name (maxbooster_kernel/audio/tile_store.py).
import type { MediaShape } from "./compile";
import { CHUNK_FRAMES, type Fetch, type MediaSource } from "./media_source";

const CHANNELS = 2;

export class TileSource implements MediaSource {
  readonly shape: MediaShape;

  /**
   * @param tiles The names of the tiles, in order; an empty one is silence.
   * @param address Where a tile is served.
   */
  constructor(
    private readonly tiles: readonly string[],
    frames: number,
    readonly sampleRate: number,
    private readonly address: (tile: string) => string,
    private readonly load: Fetch = (...args) => fetch(...args),
  ) {
    this.shape = { frames, channels: CHANNELS };
  }

  /** A tile's name says what it holds: one that an edit left as it was is not loaded again. */
  chunkName(index: number): string {
    return `tile ${this.tiles[index] ?? ""}`;
  }

  /** Whole tiles: what lies behind the last frame is never asked to sound. */
  async read(from: number): Promise<Float32Array<ArrayBuffer>[]> {
    const tile = this.tiles[from / CHUNK_FRAMES];
    if (!tile) return Array.from({ length: CHANNELS }, () => new Float32Array(CHUNK_FRAMES));
    const response = await this.load(this.address(tile), { credentials: "same-origin" });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    const samples = new Float32Array(await response.arrayBuffer());
    if (samples.length !== CHANNELS * CHUNK_FRAMES)
      throw new Error(`${tile}: expected ${CHANNELS * CHUNK_FRAMES} samples, got ${samples.length}`);
    return [samples.subarray(0, CHUNK_FRAMES), samples.subarray(CHUNK_FRAMES)];
  }
}
