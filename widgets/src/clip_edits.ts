// What may be done to a clip, as arithmetic on whole frames: cuts leave neither gap nor overlap.
import type { Clip } from "./model";

export type ClipChange = Partial<Omit<Clip, "id" | "media" | "sha256">>;

/** A clip as it lies on its lane: `duration` in seconds is what remains after cutting it to its media. */
export interface Laid {
  clip: Clip;
  duration: number;
}

/** No clip gets shorter than this, in seconds. */
const SHORTEST_S = 0.01;

/** Move the start to `at` seconds; what is heard stays where it is. */
export function trimStart({ clip, duration }: Laid, at: number): ClipChange {
  const earliest = Math.max(0, clip.start_s - clip.offset_s);
  const start = Math.min(Math.max(earliest, at), clip.start_s + duration - SHORTEST_S);
  const shift = start - clip.start_s;
  return { start_s: start, offset_s: clip.offset_s + shift, duration_s: duration - shift, ...fadesIn(clip, duration - shift) };
}

/** Move the end to `at` seconds. */
export function trimEnd({ clip }: Laid, at: number): ClipChange {
  const duration = Math.max(SHORTEST_S, at - clip.start_s);
  return { duration_s: duration, ...fadesIn(clip, duration) };
}

/** Make a fade `seconds` long; the two never overlap. */
export function fade({ clip, duration }: Laid, side: "in" | "out", seconds: number): ClipChange {
  const other = side === "in" ? clip.fade_out_s : clip.fade_in_s;
  const length = Math.min(Math.max(0, seconds), Math.max(0, duration - other));
  return side === "in" ? { fade_in_s: length } : { fade_out_s: length };
}

/**
 * Cut in two at `at` seconds: what becomes of the clip, and what the new one holds.
 * Null where the cut would not fall inside.
 */
export function split({ clip, duration }: Laid, at: number, sampleRate: number): { left: ClipChange; right: ClipChange } | null {
  const frames = (seconds: number): number => Math.round(seconds * sampleRate);
  const [start, offset, length] = [frames(clip.start_s), frames(clip.offset_s), frames(duration)];
  const cut = frames(at) - start;
  if (cut <= 0 || cut >= length) return null;
  const left = cut / sampleRate;
  const right = (length - cut) / sampleRate;
  return {
    left: { duration_s: left, fade_in_s: Math.min(clip.fade_in_s, left), fade_out_s: 0 },
    right: {
      start_s: (start + cut) / sampleRate,
      offset_s: (offset + cut) / sampleRate,
      duration_s: right,
      gain: clip.gain,
      fade_in_s: 0,
      fade_out_s: Math.min(clip.fade_out_s, right),
    },
  };
}

/** Shorten fades that no longer fit, the later one first. */
function fadesIn(clip: Clip, duration: number): ClipChange {
  const rise = Math.min(clip.fade_in_s, duration);
  const fall = Math.min(clip.fade_out_s, duration - rise);
  return {
    ...(rise < clip.fade_in_s ? { fade_in_s: rise } : {}),
    ...(fall < clip.fade_out_s ? { fade_out_s: fall } : {}),
  };
}
