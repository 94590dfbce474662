// What the knobs of a strip's panel reach, and how they show it.
import { formatDb, formatHz, formatSeconds } from "./scale";
import type { SliderOptions } from "./slider";

export type Range = Pick<SliderOptions, "minimum" | "maximum" | "initial" | "step" | "page" | "format"> &
  Partial<Pick<SliderOptions, "toPosition" | "toValue" | "unit">>;

const plainNumber = (value: number): string => String(Number(value.toFixed(2)));
const dB = (value: number): string => `${formatDb(value)} dB`;

export const FREQUENCY: Range = {
  minimum: 20,
  maximum: 20000,
  initial: 1000,
  step: 10,
  page: 200,
  unit: "Hz",
  format: formatHz,
  toPosition: (hz) => Math.log(Math.max(20, hz) / 20) / Math.log(1000),
  toValue: (position) => Math.round(20 * 1000 ** position),
};
export const GAIN: Range = { minimum: -24, maximum: 24, initial: 0, step: 0.5, page: 3, unit: "dB", format: dB };
export const Q: Range = { minimum: 0.1, maximum: 20, initial: 1, step: 0.1, page: 1, unit: "number", format: plainNumber, ...log(0.1, 20) };
/** Low-pass and high-pass filters give their resonance in dB, as Web Audio does; -3 dB is maximally flat. */
export const RESONANCE: Range = { minimum: -12, maximum: 24, initial: -3.01, step: 0.5, page: 3, unit: "dB", format: dB };
export const LEVEL: Range = { minimum: -72, maximum: 12, initial: 0, step: 0.5, page: 3, unit: "dB", format: dB };
export const COMPRESSOR: Record<"threshold" | "knee" | "ratio" | "attack" | "release", Range> = {
  threshold: { minimum: -100, maximum: 0, initial: -24, step: 0.5, page: 3, unit: "dB", format: dB },
  knee: { minimum: 0, maximum: 40, initial: 30, step: 1, page: 5, unit: "dB", format: dB },
  ratio: { minimum: 1, maximum: 20, initial: 12, step: 0.1, page: 1, unit: "ratio", format: (r) => `${plainNumber(r)}:1` },
  attack: { minimum: 0, maximum: 1, initial: 0.003, step: 0.001, page: 0.01, unit: "s", format: formatSeconds, ...power() },
  release: { minimum: 0, maximum: 1, initial: 0.25, step: 0.01, page: 0.05, unit: "s", format: formatSeconds, ...power() },
};
/** The parameters of an insert by its type. */
export const PARAMS: Record<string, Record<string, Range>> = {
  reverb: {
    wet: { minimum: 0, maximum: 1, initial: 0.3, step: 0.02, page: 0.1, unit: "number", format: plainNumber },
    dry: { minimum: 0, maximum: 1, initial: 1, step: 0.02, page: 0.1, unit: "number", format: plainNumber },
    feedback: { minimum: 0, maximum: 0.97, initial: 0.84, step: 0.01, page: 0.05, unit: "number", format: plainNumber },
  },
};

function log(minimum: number, maximum: number): Pick<Range, "toPosition" | "toValue"> {
  const ratio = Math.log(maximum / minimum);
  return { toPosition: (v) => Math.log(Math.max(minimum, v) / minimum) / ratio, toValue: (p) => Number((minimum * Math.exp(p * ratio)).toFixed(3)) };
}

function power(): Pick<Range, "toPosition" | "toValue"> {
  return { toPosition: (v) => Math.cbrt(v), toValue: (p) => Number((p ** 3).toFixed(4)) };
}
