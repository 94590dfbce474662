// Decibels, the fader's law, and how numbers are written on the console.

/** The bottom of a fader: shown as minus infinity, stored as gain 0. */
export const FADER_FLOOR_DB = -72;
export const FADER_TOP_DB = 12;

/** Where the fader's law bends: [dB, position from bottom 0 to top 1]. */
const LAW: readonly (readonly [number, number])[] = [
  [-72, 0],
  [-48, 0.1],
  [-36, 0.2],
  [-24, 0.36],
  [-12, 0.58],
  [0, 0.82],
  [12, 1],
];

/** The marks drawn beside a fader and its meter, in dB. */
export const FADER_MARKS_DB = [12, 6, 0, -6, -12, -24, -36, -48] as const;

export function gainToDb(gain: number): number {
  return gain > 0 ? Math.max(FADER_FLOOR_DB, 20 * Math.log10(gain)) : FADER_FLOOR_DB;
}

export function dbToGain(db: number): number {
  return db <= FADER_FLOOR_DB ? 0 : 10 ** (db / 20);
}

/** Position of a level on the fader, 0 to 1. */
export function dbToPosition(db: number): number {
  return interpolate(LAW, db, 0, 1);
}

/** Level of a position on the fader, in dB. */
export function positionToDb(position: number): number {
  return interpolate(LAW, position, 1, 0);
}

function interpolate(table: typeof LAW, x: number, from: 0 | 1, to: 0 | 1): number {
  const first = table[0] as readonly [number, number];
  if (x <= first[from]) return first[to];
  for (let i = 1; i < table.length; i++) {
    const [low, high] = [table[i - 1] as readonly [number, number], table[i] as readonly [number, number]];
    if (x <= high[from]) return low[to] + ((x - low[from]) / (high[from] - low[from])) * (high[to] - low[to]);
  }
  return (table[table.length - 1] as readonly [number, number])[to];
}

/** `-3.0`, `+1.5`, `0.0`, `-∞`. */
export function formatDb(db: number): string {
  if (db <= FADER_FLOOR_DB) return "-∞";
  const text = db.toFixed(1);
  if (Number(text) === 0) return "0.0";
  return db > 0 ? `+${text}` : text;
}

/** `L50`, `C`, `R7`. */
export function formatPan(pan: number): string {
  const percent = Math.round(Math.abs(pan) * 100);
  return percent === 0 ? "C" : `${pan < 0 ? "L" : "R"}${percent}`;
}

/** `320 Hz`, `3.2 kHz`. */
export function formatHz(hz: number): string {
  return hz >= 1000 ? `${trim(hz / 1000, 2)} kHz` : `${trim(hz, 1)} Hz`;
}

/** `3 ms`, `250 ms`, `1 s`. */
export function formatSeconds(seconds: number): string {
  return seconds >= 1 ? `${trim(seconds, 2)} s` : `${trim(seconds * 1000, 1)} ms`;
}

/** `1:02.345`: minutes, seconds, milliseconds; rounded down, as a clock does. */
export function formatTime(seconds: number): string {
  const ms = Math.floor(Math.max(0, seconds) * 1000 + 1e-6);
  const pad = (value: number, width: number) => String(value).padStart(width, "0");
  return `${pad(Math.floor(ms / 60000), 2)}:${pad(Math.floor(ms / 1000) % 60, 2)}.${pad(ms % 1000, 3)}`;
}

/** `5.2.3`: bar, beat, sixteenth, each from 1. */
export function formatBars(seconds: number, tempoBpm: number, signature: readonly [number, number]): string {
  const [beats, unit] = signature;
  const sixteenths = Math.floor(((Math.max(0, seconds) * tempoBpm) / 60) * 4 + 1e-6);
  const perBeat = Math.max(1, Math.round(16 / unit));
  const perBar = perBeat * Math.max(1, beats);
  const inBar = sixteenths % perBar;
  return `${Math.floor(sixteenths / perBar) + 1}.${Math.floor(inBar / perBeat) + 1}.${(inBar % perBeat) + 1}`;
}

function trim(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
