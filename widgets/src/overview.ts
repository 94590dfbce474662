// Waveform overviews from the kernel (audio/peaks.py): asked for over the widget's comm, one message a file.
import type { Model } from "./anywidget";

/** Least and greatest sample per bucket of frames, channels together, finest level first. */
export interface Level {
  bucketFrames: number;
  low: Float32Array;
  high: Float32Array;
}

const MAGIC = 0x4d42504b;
const HEAD = 20;
const FULL_SCALE = 32767;

/** Decode what `PeakPyramid.encode` wrote; null when it is something else or cut short. */
export function decodeOverview(data: DataView): Level[] | null {
  if (data.byteLength < HEAD || data.getUint32(0) !== MAGIC || data.getUint8(4) !== 1) return null;
  const [channels, count] = [data.getUint8(5), data.getUint8(6)];
  let at = HEAD + 8 * count;
  if (data.byteLength < at) return null;
  const levels: Level[] = [];
  for (let index = 0; index < count; index++) {
    const bucketFrames = data.getUint32(HEAD + 8 * index, true);
    const buckets = data.getUint32(HEAD + 8 * index + 4, true);
    if (data.byteLength < at + channels * buckets * 6) return null;
    const [low, high] = [new Float32Array(buckets), new Float32Array(buckets)];
    for (let channel = 0; channel < channels; channel++)
      for (let bucket = 0; bucket < buckets; bucket++) {
        const place = at + (channel * buckets + bucket) * 6;
        const [least, greatest] = [data.getInt16(place, true) / FULL_SCALE, data.getInt16(place + 2, true) / FULL_SCALE];
        low[bucket] = channel === 0 ? least : Math.min(low[bucket] as number, least);
        high[bucket] = channel === 0 ? greatest : Math.max(high[bucket] as number, greatest);
      }
    levels.push({ bucketFrames, low, high });
    at += channels * buckets * 6;
  }
  return levels;
}

/** Asks the kernel; a kernel that is busy, gone or without the files simply does not answer. */
export class Overviews {
  private readonly asked = new Set<string>();

  constructor(
    private readonly model: Model,
    private readonly onOverview: (media: string, levels: Level[]) => void,
  ) {
    model.on("msg:custom", this.receive);
  }

  ask(media: string): void {
    if (this.asked.has(media)) return;
    this.asked.add(media);
    this.model.send({ type: "peaks", media });
  }

  close(): void {
    this.model.off("msg:custom", this.receive);
  }

  private readonly receive = (message: unknown, buffers: DataView[] = []): void => {
    const { type, media } = message as { type?: string; media?: string };
    const [data] = buffers;
    if (type !== "peaks" || media === undefined || !data) return;
    const levels = decodeOverview(data);
    if (levels?.length) this.onOverview(media, levels);
  };
}
