// Waveforms: the kernel's overview where there is one, else the samples themselves, what is in view first.
import { CHUNK_FRAMES, type MediaSource } from "./media_source";
import type { Level } from "./overview";

export const BIN_FRAMES = 512;
/** How many frames are asked for at a time. */
const READ_FRAMES = 12 * CHUNK_FRAMES;
const BINS_PER_READ = READ_FRAMES / BIN_FRAMES;
/** How long the kernel has to answer before the samples are read here. */
const PATIENCE_MS = 1500;
/** The longest stretch of a file whose samples are held to be looked at closely. */
const MOST_SAMPLES = 2 ** 21;

/** The peaks of one file, as far as they are known; bins not known are NaN. */
export class Peaks {
  private readonly low: Float32Array;
  private readonly high: Float32Array;
  private readonly known: boolean[];
  private levels: readonly Level[] = [];
  private near: { from: number; channels: readonly Float32Array[] } | null = null;

  constructor(readonly frames: number) {
    const bins = Math.ceil(frames / BIN_FRAMES);
    this.low = new Float32Array(bins).fill(NaN);
    this.high = new Float32Array(bins).fill(NaN);
    this.known = Array.from({ length: Math.ceil(frames / READ_FRAMES) }, () => false);
  }

  /** Take the kernel's overview. */
  overview(levels: readonly Level[]): void {
    this.levels = levels;
  }

  /** Take in the samples of a part of the file; all channels together. */
  take(part: number, channels: readonly Float32Array[]): void {
    this.known[part] = true;
    const first = part * BINS_PER_READ;
    const frames = channels[0]?.length ?? 0;
    for (let bin = 0; bin * BIN_FRAMES < frames; bin++) {
      let [low, high] = [Infinity, -Infinity];
      const end = Math.min(frames, (bin + 1) * BIN_FRAMES);
      for (const samples of channels)
        for (let i = bin * BIN_FRAMES; i < end; i++) {
          const sample = samples[i] as number;
          if (sample < low) low = sample;
          if (sample > high) high = sample;
        }
      this.low[first + bin] = low;
      this.high[first + bin] = high;
    }
  }

  /** The first part that must be read to draw a range with so many frames a pixel, or null. */
  missing(from: number, to: number, framesPerPixel: number): number | null {
    const finest = this.levels[0];
    if (finest && finest.bucketFrames <= Math.max(framesPerPixel, BIN_FRAMES)) return null;
    const last = Math.min(this.known.length, Math.ceil(to / READ_FRAMES));
    for (let part = Math.max(0, Math.floor(from / READ_FRAMES)); part < last; part++)
      if (!this.known[part]) return part;
    return null;
  }

  /** Take the samples themselves of the stretch that is looked at closely. */
  close(from: number, channels: readonly Float32Array[]): void {
    this.near = { from, channels };
  }

  /** Whether so close a look at a range asks for samples that are not at hand. */
  wantsSamples(from: number, to: number, framesPerPixel: number): boolean {
    if (framesPerPixel >= BIN_FRAMES || (this.levels[0]?.bucketFrames ?? BIN_FRAMES) <= framesPerPixel) return false;
    const { near } = this;
    return !near || from < near.from || Math.min(to, this.frames) > near.from + (near.channels[0]?.length ?? 0);
  }

  private exact(from: number, to: number): [low: number, high: number] | null {
    const { near } = this;
    const first = Math.floor(from) - (near?.from ?? 0);
    const last = Math.max(first + 1, Math.ceil(to) - (near?.from ?? 0));
    if (!near || first < 0 || last > (near.channels[0]?.length ?? 0)) return null;
    let [low, high] = [Infinity, -Infinity];
    for (const samples of near.channels)
      for (let i = first; i < last; i++) {
        const sample = samples[i] as number;
        if (sample < low) low = sample;
        if (sample > high) high = sample;
      }
    return [low, high];
  }

  /** Least and greatest sample of a range of frames, or null where nothing is known. */
  range(from: number, to: number): [low: number, high: number] | null {
    if (to - from < BIN_FRAMES) {
      const exact = this.exact(from, to);
      if (exact) return exact;
    }
    const coarse = this.levels.findLast((level) => level.bucketFrames <= to - from);
    if (coarse) return extremes(coarse.low, coarse.high, coarse.bucketFrames, from, to);
    const own = extremes(this.low, this.high, BIN_FRAMES, from, to);
    if (own) return own;
    const finest = this.levels[0];
    return finest ? extremes(finest.low, finest.high, finest.bucketFrames, from, to) : null;
  }
}

function extremes(lows: Float32Array, highs: Float32Array, frames: number, from: number, to: number): [number, number] | null {
  const first = Math.max(0, Math.floor(from / frames));
  const last = Math.min(lows.length, Math.max(first + 1, Math.ceil(to / frames)));
  let [low, high] = [Infinity, -Infinity];
  for (let bin = first; bin < last; bin++) {
    const [a, b] = [lows[bin] as number, highs[bin] as number];
    if (a < low) low = a;
    if (b > high) high = b;
  }
  return high >= low ? [low, high] : null;
}

/** A stretch of a file that is in view. */
export interface Wanted {
  media: string;
  from: number;
  to: number;
  framesPerPixel: number;
}

/** Gathers peaks in the background, one part at a time, so that playing always comes first. */
export class PeakGatherer {
  private readonly files = new Map<string, { peaks: Peaks; since: number }>();
  private wanted: Wanted[] = [];
  private busy = false;
  /** Counts up whenever there is more to draw. */
  revision = 0;

  /**
   * @param ask Asks the kernel for a file's overview; it may never come.
   * @param onPeaks Called when there is more to draw.
   */
  constructor(
    private readonly source: (media: string) => MediaSource | null,
    private readonly ask: (media: string) => void,
    private readonly onPeaks: () => void,
  ) {}

  of(media: string): Peaks | null {
    const source = this.source(media);
    if (!source || source.shape.frames === 0) return null;
    let known = this.files.get(media);
    if (known?.peaks.frames !== source.shape.frames) {
      known = { peaks: new Peaks(source.shape.frames), since: performance.now() };
      this.files.set(media, known);
      this.ask(media);
      setTimeout(() => this.start(), PATIENCE_MS + 10);
    }
    return known.peaks;
  }

  /** Take the kernel's overview of a file. */
  overview(media: string, levels: readonly Level[]): void {
    this.of(media)?.overview(levels);
    this.tell();
  }

  /** Say what is in view; it is gathered from the front of the list on. */
  want(wanted: Wanted[]): void {
    this.wanted = wanted;
    this.start();
  }

  private tell(): void {
    this.revision++;
    this.onPeaks();
  }

  private start(): void {
    if (!this.busy) void this.gather();
  }

  private async gather(): Promise<void> {
    this.busy = true;
    for (let job = this.next(); job; job = this.next()) {
      try {
        job.peaks.take(job.part, await job.source.read(job.part * READ_FRAMES, (job.part + 1) * READ_FRAMES));
      } catch {
        // Unreadable parts are drawn empty; the engine says what is wrong with the file.
        job.peaks.take(job.part, []);
      }
      this.tell();
    }
    while (await this.look());
    this.busy = false;
  }

  private next(): { peaks: Peaks; source: MediaSource; part: number } | null {
    for (const { media, from, to, framesPerPixel } of this.wanted) {
      const [peaks, source] = [this.of(media), this.source(media)];
      const since = this.files.get(media)?.since ?? 0;
      if (!peaks || !source || performance.now() - since < PATIENCE_MS) continue;
      const part = peaks.missing(from, to, framesPerPixel);
      if (part !== null) return { peaks, source, part };
    }
    return null;
  }

  /** Read the samples of what is looked at closely, with as much again on either side to scroll into. */
  private async look(): Promise<boolean> {
    for (const media of new Set(this.wanted.map((wanted) => wanted.media))) {
      const views = this.wanted.filter((wanted) => wanted.media === media);
      const [from, to] = [Math.min(...views.map((view) => view.from)), Math.max(...views.map((view) => view.to))];
      const [peaks, source] = [this.of(media), this.source(media)];
      const closest = Math.min(...views.map((view) => view.framesPerPixel));
      if (!peaks || !source || to - from > MOST_SAMPLES || !peaks.wantsSamples(from, to, closest)) continue;
      const around = Math.max(to - from, CHUNK_FRAMES);
      const first = Math.max(0, from - around);
      const last = Math.min(peaks.frames, to + around);
      peaks.close(first, await source.read(first, last).catch(() => [new Float32Array(last - first)]));
      this.tell();
      return true;
    }
    return false;
  }
}
