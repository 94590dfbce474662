// The Schroeder reverberator of dsp/reverb.py: its impulse response, by the same exact recursion.

const COMB_DELAYS_S = [0.0297, 0.0371, 0.0411, 0.0437] as const;
const ALL_PASS_DELAYS_S = [0.005, 0.0017] as const;
const ALL_PASS_GAIN = 0.7;
const DECAY_DB = 120;

export const REVERB_DEFAULTS = { wet: 0.3, dry: 1, feedback: 0.84 } as const;

/** The six delays in whole frames: four combs, two all-passes. */
export function reverbDelays(sampleRate: number): number[] {
  return [...COMB_DELAYS_S, ...ALL_PASS_DELAYS_S].map((s) => Math.max(1, Math.floor(s * sampleRate + 0.5)));
}

/** The response to an impulse, the reverberation alone, down to 120 dB below its start. */
export function impulseResponse(sampleRate: number, feedback: number): Float32Array<ArrayBuffer> {
  const loops = DECAY_DB / (-20 * Math.log10(Math.max(1e-6, Math.abs(feedback))));
  const frames = Math.ceil((loops + 2) * Math.max(...COMB_DELAYS_S) * sampleRate);
  const delays = reverbDelays(sampleRate);
  const rings = delays.map((delay) => new Float64Array(delay));
  const response = new Float32Array(frames);
  for (let n = 0; n < frames; n++) {
    let total = 0;
    for (let i = 0; i < 4; i++) {
      const [ring, at] = [rings[i] as Float64Array, n % (delays[i] as number)];
      const old = ring[at] as number;
      total += old;
      ring[at] = (n === 0 ? 1 : 0) + feedback * old;
    }
    total *= 0.25;
    for (let i = 4; i < 6; i++) {
      const [ring, at] = [rings[i] as Float64Array, n % (delays[i] as number)];
      const y = (ring[at] as number) - ALL_PASS_GAIN * total;
      ring[at] = total + ALL_PASS_GAIN * y;
      total = y;
    }
    response[n] = total;
  }
  return response;
}
