// The grid of bars, beats and seconds: its lines in a view, and what a place under the hand snaps to.
import type { Viewport } from "./viewport";

/** The session's tempo and bar. */
export interface Meter {
  tempo_bpm: number;
  time_signature: readonly [number, number];
}

/** One line of the grid. */
export interface GridLine {
  seconds: number;
  /** Its bar number where a bar starts that is to be labelled. */
  label: string | null;
  strong: boolean;
}

export type SnapMode = "magnet" | "bar" | "beat" | "half" | "quarter" | "triplet" | "second" | "off";

/** What the grid may be, as it is offered. */
export const SNAP_MODES: readonly (readonly [SnapMode, string])[] = [
  ["magnet", "Magnetic"],
  ["bar", "Bar"],
  ["beat", "Beat"],
  ["half", "1/2 beat"],
  ["quarter", "1/4 beat"],
  ["triplet", "1/3 beat"],
  ["second", "Second"],
  ["off", "Free"],
];

/** How near, in pixels, a magnet must be to catch. */
const REACH = 7;

export function beatSeconds({ tempo_bpm, time_signature }: Meter): number {
  return (60 / tempo_bpm) * (4 / time_signature[1]);
}

export function barSeconds(meter: Meter): number {
  return beatSeconds(meter) * meter.time_signature[0];
}

/** Lines at bars, or at beats where there is room, at least `room` pixels apart. */
export function gridLines(view: Viewport, meter: Meter, room = 14): GridLine[] {
  const beat = beatSeconds(meter);
  const bar = barSeconds(meter);
  const pixels = view.pixelsPerSecond;
  let bars = 1;
  while (bar * bars * pixels < room * 3.2) bars *= 2;
  let step = bars === 1 && beat * pixels >= room ? beat : bar * bars;
  while (step <= beat && (step / 2) * pixels >= room * 3.2) step /= 2;
  const lines: GridLine[] = [];
  const end = view.from + view.span;
  for (let index = Math.max(0, Math.floor(view.from / step)); index * step <= end; index++) {
    const seconds = index * step;
    const inBars = seconds / bar;
    const isBar = Math.abs(inBars - Math.round(inBars)) < 1e-6;
    const label = isBar && Math.round(inBars) % bars === 0 ? String(Math.round(inBars) + 1) : beatLabel(seconds, beat, meter, step, isBar);
    lines.push({ seconds, label, strong: isBar });
  }
  return lines;
}

/** `3.2` at a beat inside a bar, where beats are far enough apart to be read. */
function beatLabel(seconds: number, beat: number, meter: Meter, step: number, isBar: boolean): string | null {
  if (isBar || step >= beat) return null;
  const beats = seconds / beat;
  if (Math.abs(beats - Math.round(beats)) > 1e-6) return null;
  const [inBar] = meter.time_signature;
  return `${Math.floor(Math.round(beats) / inBar) + 1}.${(Math.round(beats) % inBar) + 1}`;
}

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

/** The ruler's second scale: where its labels stand, at least `room` pixels apart. */
export function secondLines(view: Viewport, room = 64): { seconds: number; label: string }[] {
  const step = SECONDS.find((seconds) => seconds * view.pixelsPerSecond >= room) ?? 7200;
  const lines: { seconds: number; label: string }[] = [];
  for (let index = Math.ceil(view.from / step - 1e-9); index * step <= view.from + view.span; index++)
    lines.push({ seconds: index * step, label: clock(index * step, step) });
  return lines;
}

function clock(seconds: number, step: number): string {
  const digits = step < 0.01 ? 3 : step < 0.1 ? 2 : step < 1 ? 1 : 0;
  const rounded = Number(seconds.toFixed(digits));
  const rest = (rounded % 60).toFixed(digits).padStart(digits ? digits + 3 : 2, "0");
  return `${Math.floor(rounded / 60)}:${rest}`;
}

/** The step of a grid, in seconds; null where places are free or caught by magnets only. */
export function snapStep(mode: SnapMode, meter: Meter): number | null {
  const parts = { beat: 1, half: 2, quarter: 4, triplet: 3 } as Partial<Record<SnapMode, number>>;
  if (mode === "bar") return barSeconds(meter);
  if (mode === "second") return 1;
  const part = parts[mode];
  return part === undefined ? null : beatSeconds(meter) / part;
}

/** Where a place under the hand goes: to the grid, or to the nearest beat or magnet (an edge, a marker) in reach. */
export function snapped(view: Viewport, seconds: number, mode: SnapMode, meter: Meter, magnets: readonly number[] = []): number {
  if (mode === "off") return seconds;
  const step = snapStep(mode, meter);
  if (step !== null) return Math.round(seconds / step) * step;
  const beat = beatSeconds(meter);
  let best = seconds;
  let nearest = REACH / view.pixelsPerSecond;
  for (const at of [Math.round(seconds / beat) * beat, ...magnets]) {
    const distance = Math.abs(at - seconds);
    if (distance < nearest) [best, nearest] = [at, distance];
  }
  return best;
}
