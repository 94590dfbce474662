// Whether sources begin when they were told to. The browser takes up what the page connects between quanta, all of it at
// once, and a source that it takes up after its start begins late, out of place, without a word. So each source is
// followed by a mark with the same start, connected right after it: a mark that comes in time says that the source did, and
// one that comes later, or not at all, that it did not.
import code from "./arrivals?worklet";
import { addWorklet } from "./worklets";

/** What was due so long before a mark that comes, in seconds, does not come any more. */
const PATIENCE_S = 0.5;
/** How long after that the worklet is asked, when no later mark says so, in seconds. */
const ASK_S = 0.1;
/** A mark is longer than what marks it, in frames: one of a single frame is lost more often than what it follows. */
const MARK = 1024;

/** A start that was told: of what, and on which context frame. */
export interface Told<T> {
  what: T;
  at: number;
}

/** Holds what was told against what came in. */
export class Roll<T> {
  private due: Told<T>[] = [];

  constructor(private readonly patience: number) {}

  tell(told: Told<T>): void {
    this.due.push(told);
  }

  /** Take back what is not wanted any more. */
  forget(what: T): void {
    this.due = this.due.filter((told) => told.what !== what);
  }

  /** Whether there are marks that have neither come nor been given up. */
  get waits(): boolean {
    return this.due.length > 0;
  }

  /** Take in that some marks, or none, came on a frame; return what is late: the last that were due, and all that are overdue. */
  come(frame: number, count: number): T[] {
    const here = this.due.filter(({ at }) => at === frame);
    const before = this.due.filter(({ at }) => at < frame).sort((a, b) => b.at - a.at);
    const came = Math.max(0, count - here.length);
    const late = before.filter(({ at }, index) => index < came || at < frame - this.patience);
    const over = new Set([...here.slice(0, count), ...late]);
    this.due = this.due.filter((told) => !over.has(told));
    return late.map(({ what }) => what);
  }
}

export class Arrivals<T> {
  private readonly roll: Roll<T>;
  private readonly mark: AudioBuffer;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** The last context frame on which a mark is due. */
  private last = 0;

  private constructor(
    private readonly node: AudioWorkletNode,
    onLate: (what: T) => void,
  ) {
    const { context } = node;
    this.roll = new Roll(PATIENCE_S * context.sampleRate);
    this.mark = context.createBuffer(1, MARK, context.sampleRate);
    this.mark.copyToChannel(new Float32Array([1]), 0);
    node.port.onmessage = ({ data }: MessageEvent<{ frame: number; count: number }>) => {
      this.roll.come(data.frame, data.count).forEach(onLate);
      if (data.count === 0) this.askLater();
    };
    node.connect(context.destination); // it gives silence; a node that goes nowhere is left out of some quanta
  }

  /** Watch the sources of a context; `onLate` is called with each that begins late. */
  static async on<T>(context: AudioContext, onLate: (what: T) => void): Promise<Arrivals<T>> {
    await addWorklet(context, code);
    const options = { channelCount: 1, channelCountMode: "explicit" } as const;
    return new Arrivals<T>(new AudioWorkletNode(context, "maxbooster-arrivals", options), onLate);
  }

  /** Mark the start of a source that has just been connected and told; returns how to take that back. */
  tell(what: T, at: number): () => void {
    const { node, mark } = this;
    const source = node.context.createBufferSource();
    source.buffer = mark;
    source.connect(node);
    source.start(at / node.context.sampleRate);
    source.onended = () => source.disconnect();
    this.roll.tell({ what, at });
    this.last = Math.max(this.last, at);
    this.askLater();
    return () => {
      source.stop();
      this.roll.forget(what);
    };
  }

  /**
   * Ask the worklet how far it is once the last mark is overdue: what no mark follows would never be known to be late. Its
   * answer comes after all marks that came before, however busy the page was.
   */
  private askLater(): void {
    clearTimeout(this.timer);
    const { context } = this.node;
    if (!this.roll.waits || context.state !== "running") return;
    const overdue = this.last / context.sampleRate - context.currentTime + PATIENCE_S;
    this.timer = setTimeout(() => this.node.port.postMessage(null), 1000 * (Math.max(0, overdue) + ASK_S));
  }

  close(): void {
    clearTimeout(this.timer);
    this.node.port.onmessage = null;
    this.node.disconnect();
  }
}
