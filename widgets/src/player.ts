// The transport: every source starts on one context time, and session frames lie on multiples of 128 context frames,
// because a compressor's envelope depends on where its divisions fall.
import type { ClipNode, Graph, ParameterEvent } from "./compile";
import type { LiveGraph } from "./graph";
import { CHUNK_FRAMES, type ChunkCache, type MediaSource } from "./media_source";
import { motion, timing } from "./timing";

export const QUANTUM = 128;
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

/** A stretch of session frames on the context's clock, both in frames. */
interface Stretch {
  from: number;
  to: number;
  at: number;
}

interface Voice {
  node: AudioBufferSourceNode;
  until: number;
}

/** What was asked to sound and did not in time. */
export interface Gap {
  clip: string;
  frame: number;
  frames: number;
}

export interface Stage {
  context: AudioContext;
  graph: LiveGraph;
  media: (name: string) => MediaSource;
  chunks: ChunkCache;
}

/** The multiple of a render quantum at or after a number of frames. */
export function onGrid(frames: number): number {
  return Math.ceil(frames / QUANTUM) * QUANTUM;
}

export class Player {
  state: PlayState = "stopped";
  /** Gaps heard since the last start, for those who measure. */
  readonly gaps: Gap[] = [];
  private spec: Graph | null = null;
  private stage: Stage | null = null;
  private loop: Loop | null = null;
  /** Where Stop goes back to, and where playing would begin, in frames. */
  private home = 0;
  private rest = 0;
  private stretches: Stretch[] = [];
  private queue = new Set<string>();
  private voices = new Set<Voice>();
  private timer: ReturnType<typeof setInterval> | null = null;
  /** Counts scheduled runs: a chunk that arrives for an older one is dropped. */
  private run = 0;
  /** Counts commands: one that waited for its media gives way to a later one. */
  private command = 0;
  private readonly watchers = new Set<() => void>();

  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
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
  setGraph(graph: Graph): void {
    const before = this.spec;
    this.spec = graph;
    this.stage?.graph.update(graph);
    if (this.state !== "playing") this.stage?.graph.rest(this.rest);
    else if (before && timing(before) !== timing(graph)) void this.relocate(null);
    else if (before && motion(before) !== motion(graph)) this.rewrite();
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

  async play(): Promise<void> {
    if (this.state === "playing" || !this.spec || !this.stage) return;
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

  /** Load what is needed in the first moments, so that all tracks begin together. */
  private async preload(frame: number): Promise<void> {
    const { stage, spec } = this;
    if (!stage || !spec) return;
    const wanted = spec.nodes.filter((node): node is ClipNode => node.type === "clip");
    const horizon = frame + spec.sample_rate;
    await Promise.all(
      wanted
        .filter((clip) => clip.start < horizon && clip.start + clip.duration > frame)
        .flatMap((clip) => {
          const first = Math.max(frame, clip.start) - clip.start + clip.offset;
          const last = Math.min(horizon, clip.start + clip.duration) - clip.start + clip.offset;
          return chunksOf(first, last).map((index) =>
            // A file that cannot be read is silent, and is said so elsewhere; the others play.
            stage.chunks.get(clip.media, stage.media(clip.media), index).catch(() => undefined),
          );
        }),
    );
  }

  private begin(frame: number, at: number): void {
    this.run++;
    this.stretches = [];
    this.queue.clear();
    this.append(frame, at);
    this.tick();
    this.timer ??= setInterval(() => this.tick(), TICK_MS);
  }

  /** Add the stretch that starts with a session frame at a context frame, and its automation. */
  private append(from: number, at: number): void {
    const to = this.loop && from < this.loop.to ? this.loop.to : Number.MAX_SAFE_INTEGER;
    const stretch = { from, to, at };
    this.stretches.push(stretch);
    this.stage?.graph.schedule({ from, to, time: at / this.sampleRate });
  }

  private tick(): void {
    const { stage, spec } = this;
    if (!stage || !spec) return;
    const now = stage.context.currentTime * this.sampleRate;
    const horizon = now + AHEAD_S * this.sampleRate;
    for (let last = this.stretches.at(-1); last && this.loop && endOf(last) < horizon; last = this.stretches.at(-1))
      this.append(this.loop.from, endOf(last));
    while (this.stretches.length > 1 && endOf(this.stretches[0] as Stretch) < now - this.sampleRate) {
      const gone = this.stretches.shift() as Stretch;
      for (const key of this.queue) if (key.startsWith(`${gone.at} `)) this.queue.delete(key);
    }
    for (const stretch of this.stretches) this.fill(stretch, horizon);
    const end = spec.length + spec.latency + TAIL_S * this.sampleRate;
    if (this.state === "playing" && this.frame() >= end) this.stop();
    else this.notify();
  }

  /** Schedule the chunks of a stretch that sound before the horizon. */
  private fill(stretch: Stretch, horizon: number): void {
    for (const clip of this.spec?.nodes ?? []) {
      if (clip.type !== "clip") continue;
      const from = Math.max(stretch.from, clip.start);
      const to = Math.min(stretch.to, clip.start + clip.duration, stretch.from + horizon - stretch.at);
      if (to <= from) continue;
      const shift = clip.offset - clip.start;
      for (const index of chunksOf(from + shift, to + shift)) {
        const key = `${stretch.at} ${clip.id} ${index}`;
        if (this.queue.has(key)) continue;
        this.queue.add(key);
        void this.voice(clip, stretch, index);
      }
    }
  }

  private async voice(clip: ClipNode, stretch: Stretch, index: number): Promise<void> {
    const stage = this.stage as Stage;
    const run = this.run;
    let channels: Float32Array<ArrayBuffer>[];
    try {
      channels = await stage.chunks.get(clip.media, stage.media(clip.media), index);
    } catch {
      this.gaps.push({ clip: clip.id, frame: index * CHUNK_FRAMES, frames: CHUNK_FRAMES });
      return;
    }
    if (run !== this.run || this.stage !== stage) return;
    const frames = channels[0]?.length ?? 0;
    const place = clip.start - clip.offset + index * CHUNK_FRAMES;
    const first = Math.max(place, stretch.from, clip.start);
    const last = Math.min(place + frames, stretch.to, clip.start + clip.duration);
    if (last <= first) return;
    const when = stretch.at + first - stretch.from;
    const late = Math.max(0, onGrid(stage.context.currentTime * this.sampleRate + QUANTUM) - when);
    if (late > 0) this.gaps.push({ clip: clip.id, frame: first, frames: Math.min(late, last - first) });
    if (late >= last - first) return;
    this.sound(stage, clip, channels, first - place + late, last - place, when + late);
  }

  private sound(
    stage: Stage,
    clip: ClipNode,
    channels: Float32Array<ArrayBuffer>[],
    from: number,
    to: number,
    when: number,
  ): void {
    const target = stage.graph.clip(clip.id);
    if (!target) return;
    const buffer = stage.context.createBuffer(channels.length, to - from, stage.context.sampleRate);
    channels.forEach((samples, channel) => buffer.copyToChannel(samples.subarray(from, to), channel));
    const node = new AudioBufferSourceNode(stage.context, { buffer });
    node.connect(target);
    node.start(when / this.sampleRate);
    const voice = { node, until: when + to - from };
    this.voices.add(voice);
    node.onended = () => {
      node.disconnect();
      this.voices.delete(voice);
    };
  }

  /** Go on at another frame (or at the one that is due), where the old voices end and the new ones begin. */
  private async relocate(frame: number | null): Promise<void> {
    const command = ++this.command;
    const target = frame ?? this.snapped(this.frame() + LEAD_S * this.sampleRate);
    await this.preload(target);
    if (command !== this.command || this.state !== "playing" || !this.stage) return;
    const at = this.soon();
    const due = frame ?? this.dueAt(at);
    for (const voice of this.voices) voice.node.stop(at / this.sampleRate);
    this.stage.graph.hold(at / this.sampleRate);
    this.begin(due, at);
  }

  /** Put other automation on the parameters from now on; the voices go on. */
  private rewrite(): void {
    const { context, graph } = this.stage as Stage;
    const at = onGrid(context.currentTime * this.sampleRate + 2 * QUANTUM);
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
    const inLoop = this.loop && frame >= this.loop.to && current.from < this.loop.to;
    return inLoop && this.loop ? this.loop.from + ((frame - this.loop.to) % (this.loop.to - this.loop.from)) : frame;
  }

  private halt(): void {
    this.run++;
    this.command++;
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    this.stretches = [];
    this.queue.clear();
    for (const { node } of this.voices) {
      node.onended = null;
      node.stop();
      node.disconnect();
    }
    this.voices.clear();
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

function chunksOf(from: number, to: number): number[] {
  if (to <= from) return [];
  const first = Math.floor(from / CHUNK_FRAMES);
  const last = Math.floor((to - 1) / CHUNK_FRAMES);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
