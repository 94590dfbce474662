// Level meters: sample peaks of both channels, falling 20 dB a second, with a held peak and a clip lamp.
import { h, put, write } from "./dom";
import { dbToPosition } from "./scale";

export const METER_FLOOR_DB = -60;
const FALL_DB_PER_S = 20;
const HOLD_MS = 1500;
/** The shortest time a tap looks back: meters are measured every other frame, and a late one must lose no peak. */
const LEAST_WINDOW_S = 0.04;

/** How many frames a tap looks back, a power of two as an AnalyserNode wants it. */
export function tapFrames(sampleRate: number): number {
  return 2 ** Math.ceil(Math.log2(sampleRate * LEAST_WINDOW_S));
}

/** What the needle shows, kept apart from how it is drawn. */
export class Ballistics {
  level = METER_FLOOR_DB;
  held = METER_FLOOR_DB;
  private heldAt = 0;
  private last: number | null = null;

  /** Take the greatest sample magnitude since the last call, at a time in milliseconds. */
  take(peak: number, now: number): void {
    const db = peak > 0 ? Math.max(METER_FLOOR_DB, 20 * Math.log10(peak)) : METER_FLOOR_DB;
    const fall = this.last === null ? 0 : ((now - this.last) / 1000) * FALL_DB_PER_S;
    this.last = now;
    this.level = Math.max(db, this.level - fall, METER_FLOOR_DB);
    if (db >= this.held || now - this.heldAt > HOLD_MS) {
      this.held = db >= this.held ? db : Math.max(this.level, db);
      this.heldAt = now;
    }
  }
}

/** Reads the peaks of a node's two channels. */
export class PeakTap {
  private readonly splitter: ChannelSplitterNode;
  private readonly analysers: AnalyserNode[];
  private readonly samples: Float32Array<ArrayBuffer>;

  constructor(private readonly source: AudioNode) {
    const { context } = source;
    const fftSize = tapFrames(context.sampleRate);
    this.samples = new Float32Array(fftSize);
    this.splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
    this.analysers = [0, 1].map((channel) => {
      const analyser = new AnalyserNode(context, { fftSize, smoothingTimeConstant: 0 });
      this.splitter.connect(analyser, channel);
      return analyser;
    });
    source.connect(this.splitter);
  }

  peaks(): [number, number] {
    return this.analysers.map((analyser) => {
      analyser.getFloatTimeDomainData(this.samples);
      let peak = 0;
      const { samples } = this;
      for (let i = 0; i < samples.length; i++) {
        const sample = samples[i] as number;
        if (sample > peak) peak = sample;
        else if (-sample > peak) peak = -sample;
      }
      return peak;
    }) as [number, number];
  }

  close(): void {
    try {
      this.source.disconnect(this.splitter);
    } catch {
      // The node is gone, and its connections with it.
    }
    this.splitter.disconnect();
  }
}

export class MeterView {
  readonly element: HTMLElement;
  private readonly channels = [new Ballistics(), new Ballistics()];
  private readonly bars: HTMLElement[];
  private readonly clip: HTMLElement;
  private clipped = false;
  private still = true;
  /** Whether it is in view; what nobody sees is measured, its lamp too, but not drawn. */
  seen = true;

  constructor(
    label: string,
    private readonly readout: HTMLElement | null = null,
  ) {
    this.bars = this.channels.map(() => h("div", { class: "mb-meter-bar" }));
    this.clip = h("div", { class: "mb-meter-clip", title: "Over 0 dBFS; click to clear" });
    this.element = h(
      "div",
      { class: "mb-meter", role: "meter", "aria-valuemin": METER_FLOOR_DB, "aria-valuemax": 6, "aria-valuenow": METER_FLOOR_DB },
      this.clip,
      h("div", { class: "mb-meter-bars" }, ...this.bars),
    );
    this.clip.addEventListener("click", () => {
      this.clipped = false;
      this.clip.classList.remove("mb-on");
    });
    this.label(label);
    this.take([0, 0], 0);
  }

  label(text: string): void {
    put(this.element, "aria-label", text);
  }

  /** Take both channels' peaks, and draw unless told otherwise; a silent meter that stands still costs nothing. */
  take(peaks: readonly [number, number], now: number, draw = true): void {
    const silent = peaks[0] === 0 && peaks[1] === 0;
    if (silent && this.still) return;
    this.channels.forEach((channel, index) => channel.take(peaks[index] as number, now));
    if (Math.max(...peaks) > 1 && !this.clipped) {
      this.clipped = true;
      this.clip.classList.add("mb-on");
    }
    if (!this.seen || !draw) return;
    this.channels.forEach((channel, index) => {
      const { style } = this.bars[index] as HTMLElement;
      const position = channel.level <= METER_FLOOR_DB ? 0 : dbToPosition(channel.level);
      const held = channel.held <= METER_FLOOR_DB ? -0.1 : dbToPosition(channel.held);
      // Sizes of backgrounds: moving them repaints a few pixels, where transforms would make layers of every strip.
      style.backgroundSize = `100% 2px, 100% ${((1 - position) * 100).toFixed(1)}%, 100% 100%`;
      style.backgroundPositionY = `${((1 - held) * 100).toFixed(1)}%, 0, 0`;
    });
    const level = Math.max(...this.channels.map((channel) => channel.level));
    const held = Math.max(...this.channels.map((channel) => channel.held));
    put(this.element, "aria-valuenow", Math.round(level));
    if (this.readout) write(this.readout, held <= METER_FLOOR_DB ? "–" : held.toFixed(1));
    this.still = silent && level <= METER_FLOOR_DB && held <= METER_FLOOR_DB;
  }
}
