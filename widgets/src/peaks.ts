// Waveforms: least and greatest sample of every 512 frames, gathered part by part, what is in view first.
import { CHUNK_FRAMES, type MediaSource } from "./media_source";

export const BIN_FRAMES = 512;
/** How many frames are asked for at a time. */
const READ_FRAMES = 12 * CHUNK_FRAMES;
const BINS_PER_READ = READ_FRAMES / BIN_FRAMES;

/** The peaks of one file, as far as they are known; bins not known are NaN. */
export class Peaks {
  readonly low: Float32Array;
  readonly high: Float32Array;
  private readonly known: boolean[];

  constructor(readonly frames: number) {
    const bins = Math.ceil(frames / BIN_FRAMES);
    this.low = new Float32Array(bins).fill(NaN);
    this.high = new Float32Array(bins).fill(NaN);
    this.known = Array.from({ length: Math.ceil(frames / READ_FRAMES) }, () => false);
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

  /** The first part that holds a range of frames and is not known. */
  missing(from: number, to: number): number | null {
    const last = Math.min(this.known.length, Math.ceil(to / READ_FRAMES));
    for (let part = Math.max(0, Math.floor(from / READ_FRAMES)); part < last; part++)
      if (!this.known[part]) return part;
    return null;
  }

  /** Least and greatest sample of a range of frames, or null where nothing is known. */
  range(from: number, to: number): [low: number, high: number] | null {
    const first = Math.max(0, Math.floor(from / BIN_FRAMES));
    const last = Math.min(this.low.length, Math.max(first + 1, Math.ceil(to / BIN_FRAMES)));
    let [low, high] = [Infinity, -Infinity];
    for (let bin = first; bin < last; bin++) {
      const [a, b] = [this.low[bin] as number, this.high[bin] as number];
      if (a < low) low = a;
      if (b > high) high = b;
    }
    return high >= low ? [low, high] : null;
  }
}

/** Gathers peaks in the background, one part at a time, so that playing always comes first. */
export class PeakGatherer {
  private readonly files = new Map<string, Peaks>();
  private wanted: { media: string; from: number; to: number }[] = [];
  private busy = false;

  constructor(
    private readonly source: (media: string) => MediaSource | null,
    private readonly onPeaks: () => void,
  ) {}

  of(media: string): Peaks | null {
    const source = this.source(media);
    if (!source || source.shape.frames === 0) return null;
    let peaks = this.files.get(media);
    if (peaks?.frames !== source.shape.frames) {
      peaks = new Peaks(source.shape.frames);
      this.files.set(media, peaks);
    }
    return peaks;
  }

  /** Say what is in view; it is gathered from the front of the list on. */
  want(ranges: { media: string; from: number; to: number }[]): void {
    this.wanted = ranges;
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
      this.onPeaks();
    }
    this.busy = false;
  }

  private next(): { peaks: Peaks; source: MediaSource; part: number } | null {
    for (const { media, from, to } of this.wanted) {
      const [peaks, source] = [this.of(media), this.source(media)];
      const part = peaks?.missing(from, to) ?? null;
      if (peaks && source && part !== null) return { peaks, source, part };
    }
    return null;
  }
}
