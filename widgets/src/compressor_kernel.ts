// The DynamicsCompressorNode in single precision, as dsp/compressor.py computes it: for a side chain, which the
// browser's node does not have, and for browsers whose own node sounds different. No imports: it runs in a worklet.

const f = Math.fround;
const DIVISION = 32;

export interface Settings {
  threshold: number;
  knee: number;
  ratio: number;
  attack: number;
  release: number;
}

const BITS = new DataView(new ArrayBuffer(4));

const POINTS = [
  0.71484372, 0.74609372, 0.77734372, 0.80859372, 0.83984372, 0.87109372, 0.90234372, 0.93359372, 0.96484372, 1.0,
  1.05342333, 1.11718744, 1.17968744, 1.24218744, 1.30468744, 1.36718744,
];

/** The natural logarithm of 0.5 to 2 with the rounding of the C library's logf; dsp/c_library.py says how. */
function logarithm(v: number): number {
  const k = v >= 1.3984375 ? 1 : v < 0.69921875 ? -1 : 0;
  const z = v / 2 ** k;
  const point = POINTS[Math.floor(z < 1 ? (z - 0.69921875) * 32 : 9 + (z - 0.9609375) * 16)] as number;
  const r = z / point - 1;
  const bend = (-0.25089342214237154 * r * r + (0.333456765744066 * r - 0.4999997485802103)) * r * r;
  return f(bend + (Math.log(point) + k * Math.LN2 + r));
}

/** The decimal logarithm with the rounding of the C library's log10f: the search for the knee hangs on its last bit. */
function log10(v: number): number {
  BITS.setFloat32(0, v);
  const bits = BITS.getInt32(0);
  const exponent = (bits >> 23) - 127;
  const below = exponent < 0 ? 1 : 0;
  BITS.setInt32(0, (bits & 0x7fffff) | ((127 - below) << 23));
  const y = exponent + below;
  const low = f(f(y * f(7.9034151668e-7)) + f(f(0.43429449201) * logarithm(BITS.getFloat32(0))));
  return f(low + f(y * f(0.30102920532)));
}

const db = (v: number): number => f(20 * log10(v));
const linear = (level: number): number => f(10 ** f(f(0.05) * level));

/** The static curve: how much a level is turned down, and the makeup gain. */
export class Curve {
  readonly makeup: number;
  private readonly threshold: number;
  private readonly end: number;
  private readonly k: number;
  private readonly slope: number;
  private readonly endDb: number;
  private readonly outDb: number;

  constructor(thresholdDb: number, kneeDb: number, ratio: number) {
    this.threshold = linear(f(thresholdDb));
    this.slope = f(1 / f(ratio));
    this.endDb = f(f(thresholdDb) + f(kneeDb));
    this.end = linear(this.endDb);
    let [low, high, k] = [f(0.1), f(10000), f(5)];
    for (let round = 0; round < 15; round++) {
      if (this.slopeAt(this.end, this.endDb, k) < this.slope) high = k;
      else low = k;
      k = f(Math.sqrt(f(low * high)));
    }
    this.k = k;
    this.outDb = db(this.knee(this.end, k));
    this.makeup = f(f(1 / this.saturate(1)) ** f(0.6));
  }

  /** The level that comes out for one that goes in. */
  saturate(v: number): number {
    if (v < this.end) return this.knee(v, this.k);
    return linear(f(this.outDb + f(this.slope * f(db(v) - this.endDb))));
  }

  private knee(v: number, k: number): number {
    if (v < this.threshold) return v;
    const bend = f(1 - f(Math.exp(f(-k * f(v - this.threshold)))));
    return f(this.threshold + f(bend / k));
  }

  /** The slope in decibels at a level, also given in decibels: not its logarithm, which may differ in the last bit. */
  private slopeAt(x: number, xDb: number, k: number): number {
    if (x < this.threshold) return 1;
    const further = f(x * 1.001);
    return f(f(db(this.knee(further, k)) - db(this.knee(x, k))) / f(db(further) - xDb));
  }
}

/** Frames to release 5 dB by how deep the compression is: a polynomial through 0.09, 0.16, 0.42, 0.98 of the release. */
const RELEASE = [
  [0.9999999999999998, 1.8432219684323923e-16, -1.9373394351676423e-16, 8.824516011816245e-18],
  [-1.5788320352845888, 2.3305837032074286, -0.9141194204840429, 0.1623677525612032],
  [0.5334142869106424, -1.272736789213631, 0.9258856042207512, -0.18656310191776226],
  [0.08783463138207234, -0.1694162967925622, 0.08588057951595272, -0.00429891410546283],
  [-0.042416883008123074, 0.1115693827987602, -0.09764676325265872, 0.028494263462021576],
] as const;
const ZONES = [0.09, 0.16, 0.42, 0.98] as const;

export class CompressorKernel {
  /** The gain of the last frame in dB, without makeup. */
  reduction = 0;
  private detector = 0;
  private gain = 1;
  private greatest = -1;
  private curve: Curve;
  private settings: Settings;
  private release: number[] = [];
  private attack = 1;
  private readonly delay: [Float32Array, Float32Array];
  private at = 0;
  private readonly saturationFrames: number;

  constructor(
    private readonly sampleRate: number,
    settings: Settings,
  ) {
    const frames = Math.trunc(f(f(0.006) * f(sampleRate)));
    this.delay = [new Float32Array(frames), new Float32Array(frames)];
    this.saturationFrames = f(f(0.0025) * f(sampleRate));
    this.settings = settings;
    this.curve = new Curve(settings.threshold, settings.knee, settings.ratio);
    this.time(settings);
  }

  /** Take settings for the frames that follow. */
  set(settings: Settings): void {
    const { threshold, knee, ratio, attack, release } = this.settings;
    if (threshold !== settings.threshold || knee !== settings.knee || ratio !== settings.ratio)
      this.curve = new Curve(settings.threshold, settings.knee, settings.ratio);
    if (attack !== settings.attack || release !== settings.release) this.time(settings);
    this.settings = { ...settings };
  }

  /** Run one render quantum: `key` is measured, `input` is delayed and turned down into `output`. */
  process(input: readonly Float32Array[], key: readonly Float32Array[], output: readonly Float32Array[]): void {
    const [left, right] = [output[0] as Float32Array, output[1] as Float32Array];
    const [keyLeft, keyRight] = [key[0] as Float32Array, (key[1] ?? key[0]) as Float32Array];
    const [inLeft, inRight] = [input[0] as Float32Array, (input[1] ?? input[0]) as Float32Array];
    const [oldLeft, oldRight] = this.delay;
    for (let begin = 0; begin < left.length; begin += DIVISION) {
      const [want, rate] = this.rates();
      for (let i = begin; i < begin + DIVISION; i++) {
        const level = Math.max(Math.abs(keyLeft[i] as number), Math.abs(keyRight[i] as number));
        this.follow(level, want, rate);
        const gain = f(this.curve.makeup * f(Math.sin(f(f(Math.PI / 2) * this.gain))));
        const [x, y] = [oldLeft[this.at] as number, oldRight[this.at] as number];
        oldLeft[this.at] = inLeft[i] as number;
        oldRight[this.at] = inRight[i] as number;
        this.at = this.at + 1 === oldLeft.length ? 0 : this.at + 1;
        left[i] = x * gain;
        right[i] = y * gain;
      }
    }
    this.reduction = this.gain > 0 ? Math.min(0, 20 * Math.log10(Math.sin((Math.PI / 2) * this.gain))) : -100;
  }

  private time({ attack, release }: Settings): void {
    this.attack = f(1 / f(Math.max(f(0.001), f(attack)) * f(this.sampleRate)));
    const frames = f(f(release) * f(this.sampleRate));
    const zones = ZONES.map((zone) => f(frames * f(zone)));
    this.release = RELEASE.map((row) =>
      row.reduce((sum: number, weight, index) => f(sum + f(f(weight) * (zones[index] as number))), 0),
    );
  }

  private rates(): [want: number, rate: number] {
    const want = f(f(Math.asin(this.detector)) / f(Math.PI / 2));
    const releasing = want > this.gain;
    let difference = want > 0 ? db(f(this.gain / want)) : releasing ? -1 : 1;
    if (releasing) {
      this.greatest = -1;
      difference = Math.min(Math.max(difference, -12), 0);
      const x = f(f(0.25) * f(difference + 12));
      const x2 = f(x * x);
      const [a, b, c, d, e] = this.release as [number, number, number, number, number];
      const frames = f(f(f(f(a + f(b * x)) + f(c * x2)) + f(d * f(x2 * x))) + f(e * f(x2 * x2)));
      return [want, linear(f(5 / frames))];
    }
    if (this.greatest === -1 || this.greatest < difference) this.greatest = difference;
    const share = f(f(0.25) / Math.max(0.5, this.greatest));
    return [want, f(1 - f(share ** this.attack))];
  }

  private follow(level: number, want: number, rate: number): void {
    const wanted = level <= f(0.0001) ? 1 : f(this.curve.saturate(level) / level);
    const rises = wanted > this.detector;
    const speed = rises ? f(linear(f(Math.max(2, -db(wanted)) / this.saturationFrames)) - 1) : 1;
    this.detector = Math.min(1, f(this.detector + f(f(wanted - this.detector) * speed)));
    this.gain =
      rate < 1 ? f(this.gain + f(f(want - this.gain) * rate)) : Math.min(1, f(this.gain * rate));
  }
}
