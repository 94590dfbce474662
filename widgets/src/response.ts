// Frequency responses of the filters and static curves of the compressor, in decibels, for drawing.
import { Curve } from "./compressor_kernel";
import type { Band, Compressor } from "./model";

/** Numerator and denominator of a biquad as Web Audio defines it. */
export function coefficients(band: Band, sampleRate: number): { b: number[]; a: number[] } {
  const w = (2 * Math.PI * Math.min(band.frequency, sampleRate / 2)) / sampleRate;
  const [c, s] = [Math.cos(w), Math.sin(w)];
  const A = 10 ** (band.gain / 40);
  const q = band.Q ?? 1;
  switch (band.type) {
    case "lowshelf":
    case "highshelf": {
      const k = Math.sqrt(A) * s * Math.SQRT2;
      const m = band.type === "lowshelf" ? 1 : -1;
      return {
        b: [A * (A + 1 - m * (A - 1) * c + k), 2 * m * A * (A - 1 - m * (A + 1) * c), A * (A + 1 - m * (A - 1) * c - k)],
        a: [A + 1 + m * (A - 1) * c + k, -2 * m * (A - 1 + m * (A + 1) * c), A + 1 + m * (A - 1) * c - k],
      };
    }
    case "peaking": {
      const al = s / (2 * q);
      return { b: [1 + al * A, -2 * c, 1 - al * A], a: [1 + al / A, -2 * c, 1 - al / A] };
    }
    case "lowpass":
    case "highpass": {
      const al = s / (2 * 10 ** (q / 20));
      const m = band.type === "lowpass" ? -1 : 1;
      return { b: [(1 + m * c) / 2, -m * (1 + m * c), (1 + m * c) / 2], a: [1 + al, -2 * c, 1 - al] };
    }
    default: {
      const al = s / (2 * q);
      const b = band.type === "bandpass" ? [al, 0, -al] : band.type === "notch" ? [1, -2 * c, 1] : [1 - al, -2 * c, 1 + al];
      return { b, a: [1 + al, -2 * c, 1 - al] };
    }
  }
}

/** Magnitude of a band at a frequency in dB. */
export function responseDb(band: Band, frequency: number, sampleRate: number): number {
  const { b, a } = coefficients(band, sampleRate);
  const w = (2 * Math.PI * frequency) / sampleRate;
  const power = (p: number[]): number => {
    const [p0, p1, p2] = p as [number, number, number];
    const re = p0 + p1 * Math.cos(w) + p2 * Math.cos(2 * w);
    const im = p1 * Math.sin(w) + p2 * Math.sin(2 * w);
    return re * re + im * im;
  };
  return 10 * Math.log10(Math.max(1e-12, power(b)) / Math.max(1e-12, power(a)));
}

/** Level out for a level in, both in dB, makeup included. */
export function compressionDb(settings: Compressor): (levelDb: number) => number {
  const curve = new Curve(settings.threshold, settings.knee, settings.ratio);
  const makeup = 20 * Math.log10(curve.makeup);
  return (levelDb) => 20 * Math.log10(curve.saturate(Math.fround(10 ** (levelDb / 20)))) + makeup;
}
