// A clip's waveform as the outline of its peaks: one path, crisp at every zoom and on every screen.
import type { Laid } from "./clip_edits";
import type { Viewport } from "./viewport";

/** Waveforms are drawn on a root scale, so that soft stems are seen too. */
const shownHeight = (sample: number): number => Math.sign(sample) * Math.sqrt(Math.min(1, Math.abs(sample)));

/** Least and greatest sample of a range of the file's frames; null where nothing is known. */
export type Range = (from: number, to: number) => readonly [low: number, high: number] | null;

/** The path of a clip's samples in view, in pixels of the lane; `step` is how many pixels a peak covers. */
export function wavePath(laid: Laid, view: Viewport, sampleRate: number, range: Range, top: number, bottom: number, step = 1): string {
  const { clip, duration } = laid;
  const first = Math.max(0, view.x(clip.start_s));
  const last = Math.min(view.width, view.x(clip.start_s + duration));
  const middle = (top + bottom) / 2;
  const half = (bottom - top) / 2;
  const frameAt = (x: number): number => (view.seconds(x) - clip.start_s + clip.offset_s) * sampleRate;
  const parts: string[] = [];
  let upper: string[] = [];
  let lower: string[] = [];
  const flush = (): void => {
    if (upper.length > 0) parts.push(`M${upper.join("L")}L${lower.reverse().join("L")}Z`);
    [upper, lower] = [[], []];
  };
  for (let x = first; x < last; x += step) {
    const found = range(frameAt(x), frameAt(Math.min(last, x + step)));
    if (!found) {
      flush();
      continue;
    }
    const gain = clip.gain * fadeAt(laid, view.seconds(x));
    const [a, b] = [shownHeight(found[0] * gain), shownHeight(found[1] * gain)];
    const [low, high] = a < b ? [a, b] : [b, a];
    const thin = Math.max(0, (1 - (high - low) * half) / 2); // silence is a line of one pixel
    const place = Number((x + step / 2).toFixed(2));
    upper.push(`${place} ${(middle - high * half - thin).toFixed(1)}`);
    lower.push(`${place} ${(middle - low * half + thin).toFixed(1)}`);
  }
  flush();
  return parts.join("");
}

/** How much of a clip is heard at a place, between its fades. */
export function fadeAt({ clip, duration }: Laid, seconds: number): number {
  const at = seconds - clip.start_s;
  const rise = clip.fade_in_s > 0 ? Math.min(1, at / clip.fade_in_s) : 1;
  const fall = clip.fade_out_s > 0 ? Math.min(1, (duration - at) / clip.fade_out_s) : 1;
  return Math.max(0, Math.min(rise, fall));
}
