// The transport: every source starts on one context time, and session frames lie on multiples of 128 context frames,
// because a compressor's envelope depends on where its divisions fall.
import type { ParameterEvent } from "./compile";
import { lastFrame, type PlayedGraph } from "./frozen";
import { Metronome } from "./metronome";
import { QUANTUM } from "./quantum_clock";
import { moves, retimed } from "./timing";
import { type Gap, onGrid, type Stage, type Stretch, type Voice, Voices } from "./voices";

/** How far ahead of the context's clock sources are scheduled. */
const AHEAD_S = 3;
/** The time between a command and the first sample. */
const LEAD_S = 0.1;
const TICK_MS = 150;
/** What still sounds after the last clip: compressors' look-ahead and filters ringing. */
const TAIL_S = 0.5;

export type PlayState = "stopped" | "loading" | "playing" | "paused";

export interface Loop {
  from: number;
  to: number;
}

export class Player {
  state: PlayState = "stopped";
  /** This person's click; it sounds with the transport. */
  readonly metronome = new Metronome(() => {
    if (this.state === "playing") this.tick();
  });
  private spec: PlayedGraph | null = null;
  private stage: Stage | null = null;
  private loop: Loop | null = null;
  /** The frame at which what is played once ends, or null. */
  private until: number | null = null;
  /** Where Stop goes back to, and where playing would begin, in frames. */
  private home = 0;
  private rest = 0;
  private stretches: Stretch[] = [];
  private readonly voices = new Voices();
  private timer: ReturnType<typeof setInterval> | null = null;
  /** Counts commands: one that waited for its media gives way to a later one. */
  private command = 0;
  /** Clips that changed while it plays and do not sound anew yet, and a count of such changes. */
  private readonly retimed = new Set<string>();
  private changes = 0;
  private readonly watchers = new Set<() => void>();

  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** Gaps heard since the last start, for those who measure. */
  get gaps(): Gap[] {
    return this.voices.gaps;
  }

  /** Take it that a voice began late. */
  late(voice: Voice): void {
    this.voices.late(voice);
  }

  get sampleRate(): number {
    return this.spec?.sample_rate ?? 44100;
  }

  /** Seconds of the session up to the end of its last clip. */
  get length(): number {
    return (this.spec?.length ?? 0) / this.sampleRate;
  }

  get looping(): Loop | null {
    return this.loop;
  }

  /** The events that automate a gain node, or null. */
  events(id: string): ParameterEvent[] | null {
    const node = this.spec?.nodes.find((item) => item.id === id);
    return node?.type === "gain" && typeof node.gain !== "number" ? node.gain.events : null;
  }

  /** The loop in seconds. */
  get loopSeconds(): Loop | null {
    return this.loop && { from: this.loop.from / this.sampleRate, to: this.loop.to / this.sampleRate };
  }

  /** The position in seconds, from the scheduled start. */
  position(): number {
    return this.frame() / this.sampleRate;
  }

  /** The first context frame of the current run, and the session frame played there. */
  get origin(): { frame: number; contextFrame: number } | null {
    const first = this.stretches[0];
    return first ? { frame: first.from, contextFrame: first.at } : null;
  }

  /** Take a new graph; while playing, changed clips and automation follow without a gap. */
  setGraph(graph: PlayedGraph): void {
    const before = this.spec;
    this.spec = graph;
    this.stage?.graph.update(graph);
    if (this.state !== "playing") this.stage?.graph.rest(this.rest);
    else if (before) {
      const clips = retimed(before, graph);
      if (clips.size > 0) void this.renew(clips);
      else if (moves(before, graph)) this.rewrite(this.next());
    }
  }

  /** Take the stage to play on; it is built at the first click that makes sound. */
  setStage(stage: Stage | null): void {
    this.halt();
    this.stage = stage;
    if (stage && this.spec) {
      stage.graph.update(this.spec);
      stage.graph.rest(this.rest);
    }
  }

  /** Say that playing is about to begin, while the stage is being built. */
  expect(): void {
    if (this.state !== "playing") this.setState("loading");
  }

  /** Play from where the playhead is; or a stretch once, loop or not. */
  async play(once: Loop | null = null): Promise<void> {
    if (!this.spec || !this.stage || (this.state === "playing" && !once)) return;
    if (once) this.pause();
    if (once) this.rest = this.snapped(once.from * this.sampleRate);
    this.until = once && this.snapped(once.to * this.sampleRate);
    this.home = this.rest;
    this.gaps.length = 0;
    const command = ++this.command;
    this.setState("loading");
    await this.stage.context.resume();
    await this.preload(this.rest);
    if (command !== this.command) return;
    this.begin(this.rest, this.soon());
    this.setState("playing");
  }

  /** Stand still and keep the position. */
  pause(): void {
    if (this.state !== "playing" && this.state !== "loading") return;
    this.rest = this.snapped(this.frame());
    this.halt();
    this.setState("paused");
  }

  /** Go back to the last start. */
  stop(): void {
    this.halt();
    this.rest = this.home;
    this.stage?.graph.rest(this.rest);
    this.setState("stopped");
  }

  seek(seconds: number): void {
    const frame = this.snapped(seconds * this.sampleRate);
    this.until = null;
    if (this.state === "playing") {
      this.home = frame;
      void this.relocate(frame);
      return;
    }
    this.rest = this.home = frame;
    this.stage?.graph.rest(frame);
    this.notify();
  }

  setLoop(loop: { from: number; to: number } | null): void {
    const frames = loop && {
      from: this.snapped(loop.from * this.sampleRate),
      to: this.snapped(loop.to * this.sampleRate),
    };
    this.loop = frames && frames.to > frames.from ? frames : null;
    this.until = null;
    if (this.state === "playing") void this.relocate(null);
    this.notify();
  }

  private frame(): number {
    if (this.state !== "playing" || !this.stage) return this.rest;
    const now = this.stage.context.currentTime * this.sampleRate;
    const current = this.stretches.findLast((stretch) => stretch.at <= now) ?? this.stretches[0];
    if (!current) return this.rest;
    return Math.min(current.to, current.from + Math.max(0, now - current.at));
  }

  private snapped(frame: number): number {
    return Math.max(0, Math.floor(frame / QUANTUM + 1e-6) * QUANTUM);
  }

  private soon(): number {
    const { context, graph } = this.stage as Stage;
    return onGrid(Math.max((context.currentTime + LEAD_S) * context.sampleRate, graph.settledFrame));
  }

  private async preload(frame: number, only?: ReadonlySet<string>): Promise<void> {
    if (this.stage && this.spec) await this.voices.preload(this.stage, this.spec, frame, only);
  }

  private begin(frame: number, at: number): void {
    this.voices.restart(at, this.sampleRate);
    this.metronome.restart(at);
    this.retimed.clear();
    this.stretches = [];
    this.append(frame, at);
    this.stage?.graph.cross(at / this.sampleRate);
    this.tick();
    this.timer ??= setInterval(() => this.tick(), TICK_MS);
  }

  /** Add the stretch that starts with a session frame at a context frame, and its automation. */
  private append(from: number, at: number): void {
    const to = this.until ?? (this.loop && from < this.loop.to ? this.loop.to : Number.MAX_SAFE_INTEGER);
    const stretch = { from, to, at };
    this.stretches.push(stretch);
    this.stage?.graph.schedule({ from, to, time: at / this.sampleRate });
  }

  private tick(): void {
    const { stage, spec } = this;
    if (!stage || !spec) return;
    const now = stage.context.currentTime * this.sampleRate;
    const horizon = now + AHEAD_S * this.sampleRate;
    for (let last = this.stretches.at(-1); last && this.loop && this.until === null && endOf(last) < horizon; last = this.stretches.at(-1))
      this.append(this.loop.from, endOf(last));
    while (this.stretches.length > 1 && endOf(this.stretches[0] as Stretch) < now - this.sampleRate) {
      this.voices.drop(this.stretches.shift() as Stretch);
    }
    for (const stretch of this.stretches) {
      this.voices.fill(stage, spec, stretch, horizon);
      this.metronome.fill(stage, spec.latency, stretch, horizon);
    }
    const last = this.stretches.at(-1);
    const over = this.until !== null && last !== undefined && now >= endOf(last) + spec.latency;
    const end = lastFrame(spec) + TAIL_S * this.sampleRate;
    if (this.state === "playing" && (over || this.frame() >= end)) this.stop();
    else this.notify();
  }

  /** Go on at another frame (or at the one that is due), where the old voices end and the new ones begin. */
  private async relocate(frame: number | null): Promise<void> {
    const command = ++this.command;
    const target = frame ?? this.snapped(this.frame() + LEAD_S * this.sampleRate);
    await this.preload(target);
    if (command !== this.command || this.state !== "playing" || !this.stage) return;
    const at = this.soon();
    const due = frame ?? this.dueAt(at);
    this.stage.graph.hold(at / this.sampleRate);
    this.begin(due, at);
  }

  /** Let changed clips sound anew, as soon as what they play is at hand; all others go on. */
  private async renew(clips: ReadonlySet<string>): Promise<void> {
    for (const id of clips) this.retimed.add(id);
    const change = ++this.changes;
    await this.preload(this.snapped(this.frame() + LEAD_S * this.sampleRate), this.retimed);
    if (change !== this.changes || this.state !== "playing" || !this.stage) return;
    const at = this.soon();
    this.voices.renew(this.retimed, at, this.sampleRate);
    this.retimed.clear();
    this.rewrite(at);
    this.stage.graph.cross(at / this.sampleRate);
    this.tick();
  }

  /** The first context frame that can still be written. */
  private next(): number {
    const { context } = this.stage as Stage;
    return onGrid(context.currentTime * this.sampleRate + 2 * QUANTUM);
  }

  /** Put other automation on the parameters from a context frame on; the voices go on. */
  private rewrite(at: number): void {
    const { graph } = this.stage as Stage;
    graph.hold(at / this.sampleRate);
    for (const stretch of this.stretches) {
      const from = stretch.from + Math.max(0, at - stretch.at);
      if (from < stretch.to) graph.schedule({ from, to: stretch.to, time: Math.max(at, stretch.at) / this.sampleRate });
    }
  }

  /** The session frame that plays at a context frame. */
  private dueAt(at: number): number {
    const current = this.stretches.findLast((stretch) => stretch.at <= at) ?? this.stretches[0];
    if (!current) return this.rest;
    const frame = current.from + at - current.at;
    const inLoop = this.loop && this.until === null && frame >= this.loop.to && current.from < this.loop.to;
    return inLoop && this.loop ? this.loop.from + ((frame - this.loop.to) % (this.loop.to - this.loop.from)) : frame;
  }

  private halt(): void {
    this.command++;
    this.changes++;
    this.retimed.clear();
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    this.stretches = [];
    this.voices.halt();
    this.metronome.halt();
    this.stage?.graph.rest(this.rest);
    if (this.state === "playing" || this.state === "loading") this.state = "paused";
  }

  private setState(state: PlayState): void {
    this.state = state;
    this.notify();
  }

  private notify(): void {
    for (const watcher of [...this.watchers]) watcher();
  }
}

function endOf(stretch: Stretch): number {
  return stretch.at + stretch.to - stretch.from;
}
