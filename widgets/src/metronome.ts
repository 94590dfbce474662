// The metronome: a click on every beat of the session, the first of a bar accented, on the context's clock. It goes to the
// loudspeaker beside the mix, so no meter, recording or render has it; and it is this person's alone, never the session's.
import { barSeconds, beatSeconds, type Meter } from "./grid";
import { type Keeper, readKept, storage, writeKept } from "./kept";
import { dbToGain } from "./scale";
import { ahead, type Stage, type Stretch } from "./voices";

export const CLICK_LEVEL = { minimum: -40, maximum: 0, initial: -12, step: 1, page: 6 };

const PLACE = "max-booster-metronome";
const CLICK_S = 0.03;
const DECAY_S = 0.006;
const RISE_S = 0.0005;
const PITCH_HZ = { accent: 1760, beat: 1174.66 };

export interface Click {
  /** The session frame it sounds on. */
  frame: number;
  accent: boolean;
}

/** The beats from a session frame up to another. */
export function clicks(meter: Meter, sampleRate: number, from: number, to: number): Click[] {
  const beat = beatSeconds(meter) * sampleRate;
  const beats = Math.round(barSeconds(meter) / beatSeconds(meter));
  const found: Click[] = [];
  for (let index = Math.max(0, Math.floor(from / beat)); ; index++) {
    const frame = Math.round(index * beat);
    if (frame >= to) return found;
    if (frame >= from) found.push({ frame, accent: index % beats === 0 });
  }
}

/** The sound of a click: a short sine, at its peak about full scale. */
export function clickSamples(sampleRate: number, accent: boolean): Float32Array<ArrayBuffer> {
  const step = (2 * Math.PI * PITCH_HZ[accent ? "accent" : "beat"]) / sampleRate;
  return Float32Array.from({ length: Math.round(CLICK_S * sampleRate) }, (_, frame) => {
    const seconds = frame / sampleRate;
    return Math.sin(step * frame) * Math.min(1, seconds / RISE_S) * Math.exp(-seconds / DECAY_S);
  });
}

interface Choice {
  on: boolean;
  level_db: number;
}

interface Voice {
  node: AudioBufferSourceNode;
  /** The context frame it begins at. */
  at: number;
}

export class Metronome {
  private choice: Choice;
  private meter: Meter = { tempo_bpm: 120, time_signature: [4, 4] };
  private readonly voices = new Map<string, Voice>();
  private out: { context: AudioContext; gain: GainNode; sounds: Record<"accent" | "beat", AudioBuffer> } | null = null;
  private latency = 0;

  /** @param onChange Called when other clicks are wanted than those scheduled. */
  constructor(
    private readonly onChange: () => void,
    private readonly keeper: Keeper | null = storage(),
  ) {
    const check = ({ on, level_db }: Partial<Choice>): Choice | null =>
      typeof on === "boolean" && Number.isFinite(level_db) ? { on, level_db: limited(level_db as number) } : null;
    this.choice = readKept(keeper, PLACE, check) ?? { on: false, level_db: CLICK_LEVEL.initial };
  }

  get on(): boolean {
    return this.choice.on;
  }

  set on(on: boolean) {
    this.choose({ on });
    if (on) this.onChange();
    else this.cancel(0);
  }

  get levelDb(): number {
    return this.choice.level_db;
  }

  set levelDb(level_db: number) {
    this.choose({ level_db: limited(level_db) });
    if (this.out) this.out.gain.gain.value = dbToGain(this.choice.level_db);
  }

  /** Take the session's tempo and time signature; clicks that are scheduled by others are taken back. */
  follow({ tempo_bpm, time_signature }: Meter): void {
    const { meter } = this;
    if (meter.tempo_bpm === tempo_bpm && meter.time_signature.join() === time_signature.join()) return;
    this.meter = { tempo_bpm, time_signature };
    if (this.voices.size === 0) return;
    this.cancel(0);
    this.onChange();
  }

  /** Schedule the beats of a stretch that sound before a context frame, as late as the session's graph is. */
  fill({ context }: Pick<Stage, "context">, latency: number, stretch: Stretch, horizon: number): void {
    this.latency = latency;
    if (!this.on) return;
    const { sampleRate } = context;
    const shift = stretch.at + latency - stretch.from;
    const soonest = ahead(context);
    const to = Math.min(stretch.to, horizon - stretch.at + stretch.from);
    for (const { frame, accent } of clicks(this.meter, sampleRate, Math.max(stretch.from, soonest - shift), to)) {
      const key = `${stretch.at} ${frame}`;
      if (!this.voices.has(key)) this.sound(context, key, frame + shift, accent);
    }
  }

  /** Take back what would be heard after a context frame: another run begins there. */
  restart(at: number): void {
    this.cancel(at + this.latency);
  }

  halt(): void {
    this.cancel(0);
  }

  /** Where the clicks come from, for those who measure. */
  output(context: AudioContext): AudioNode {
    return this.outOf(context).gain;
  }

  private choose(change: Partial<Choice>): void {
    this.choice = { ...this.choice, ...change };
    writeKept(this.keeper, PLACE, this.choice);
  }

  private sound(context: AudioContext, key: string, at: number, accent: boolean): void {
    const { gain, sounds } = this.outOf(context);
    const node = new AudioBufferSourceNode(context, { buffer: sounds[accent ? "accent" : "beat"] });
    node.connect(gain);
    node.start(at / context.sampleRate);
    this.voices.set(key, { node, at });
    node.onended = () => {
      node.disconnect();
      if (this.voices.get(key)?.node === node) this.voices.delete(key);
    };
  }

  private cancel(from: number): void {
    for (const [key, { node, at }] of this.voices) {
      if (at < from) continue;
      node.onended = null;
      node.stop();
      node.disconnect();
      this.voices.delete(key);
    }
  }

  private outOf(context: AudioContext): NonNullable<Metronome["out"]> {
    if (this.out?.context === context) return this.out;
    this.out?.gain.disconnect();
    const gain = new GainNode(context, { gain: dbToGain(this.levelDb) });
    gain.connect(context.destination);
    const made = (accent: boolean): AudioBuffer => {
      const samples = clickSamples(context.sampleRate, accent);
      const buffer = context.createBuffer(1, samples.length, context.sampleRate);
      buffer.copyToChannel(samples, 0);
      return buffer;
    };
    this.out = { context, gain, sounds: { accent: made(true), beat: made(false) } };
    return this.out;
  }
}

function limited(level_db: number): number {
  return Math.min(CLICK_LEVEL.maximum, Math.max(CLICK_LEVEL.minimum, level_db));
}
