// The sources that sound: chunks of clips on the context's clock. A changed clip gets new ones; all others go on.
import type { Arrivals } from "./arrivals";
import type { ClipNode, Graph } from "./compile";
import type { LiveGraph } from "./graph";
import { CHUNK_FRAMES, type ChunkCache, type MediaSource } from "./media_source";
import { QUANTUM } from "./quantum_clock";

/**
 * How far ahead a source must be told of its start, in frames. The browser takes up what the page connects only between
 * quanta, not while the page connects the next thing, and it computes several quanta in one go.
 */
const SURE = 8 * QUANTUM;
/** How far ahead a source starts that would be too late, in frames; twice as far each time. */
const AGAIN = 16 * QUANTUM;

/** A stretch of session frames on the context's clock, both in frames. */
export interface Stretch {
  from: number;
  to: number;
  at: number;
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
  /** Tells of voices that the browser took up too late, as gaps as long as they are. */
  arrivals: Arrivals<Voice> | null;
}

export interface Voice {
  clip: string;
  /** The session frame it begins with, and the context frame on which it does. */
  frame: number;
  at: number;
  node: AudioBufferSourceNode;
  /** Take the mark of its start back. */
  unmark: () => void;
  until: number;
}

export class Voices {
  /** Gaps heard since the last start, for those who measure. */
  readonly gaps: Gap[] = [];
  private queue = new Set<string>();
  private sounding = new Set<Voice>();
  /** The context frame from which a changed clip sounds anew. */
  private since = new Map<string, number>();
  /** Counts scheduled runs, and changes of a clip in one: a chunk that arrives for an older one is dropped. */
  private run = 0;
  private changes = new Map<string, number>();

  /** Load what the clips of a graph need in the first second from a frame, so that they begin together. */
  async preload(stage: Stage, graph: Graph, frame: number, only?: ReadonlySet<string>): Promise<void> {
    const horizon = frame + graph.sample_rate;
    await Promise.all(
      clipsOf(graph, only)
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

  /** Schedule the chunks of a stretch that sound before a context frame. */
  fill(stage: Stage, graph: Graph, stretch: Stretch, horizon: number): void {
    for (const clip of clipsOf(graph)) {
      const from = Math.max(this.first(clip, stretch), clip.start);
      const to = Math.min(stretch.to, clip.start + clip.duration, stretch.from + horizon - stretch.at);
      const shift = clip.offset - clip.start;
      for (const index of chunksOf(from + shift, to + shift)) {
        const key = `${stretch.at} ${clip.id} ${index}`;
        if (this.queue.has(key)) continue;
        this.queue.add(key);
        void this.voice(stage, clip, stretch, index);
      }
    }
  }

  /** Let changed clips sound anew from a context frame on, where their old voices end. */
  renew(clips: ReadonlySet<string>, at: number, sampleRate: number): void {
    for (const key of this.queue) if (clips.has(key.slice(key.indexOf(" ") + 1, key.lastIndexOf(" ")))) this.queue.delete(key);
    for (const id of clips) {
      this.since.set(id, at);
      this.changes.set(id, (this.changes.get(id) ?? 0) + 1);
    }
    for (const voice of this.sounding) if (clips.has(voice.clip)) end(voice, at, sampleRate);
  }

  /** Begin a new run: what is scheduled so far ends at a context frame. */
  restart(at: number, sampleRate: number): void {
    for (const voice of this.sounding) end(voice, at, sampleRate);
    this.forget();
  }

  /** End all at once. */
  halt(): void {
    for (const voice of this.sounding) this.silence(voice);
    this.forget();
  }

  /** Forget what was scheduled of a stretch that is over. */
  drop(stretch: Stretch): void {
    for (const key of this.queue) if (key.startsWith(`${stretch.at} `)) this.queue.delete(key);
  }

  /** Note that a voice began late, so that all of it is out of place. */
  late({ clip, frame, at, until }: Voice): void {
    this.gaps.push({ clip, frame, frames: until - at });
  }

  private forget(): void {
    this.run++;
    this.queue.clear();
    this.since.clear();
    this.changes.clear();
  }

  /** The first session frame of a stretch at which a clip may sound. */
  private first(clip: ClipNode, stretch: Stretch): number {
    return stretch.from + Math.max(0, (this.since.get(clip.id) ?? 0) - stretch.at);
  }

  private async voice(stage: Stage, clip: ClipNode, stretch: Stretch, index: number): Promise<void> {
    const { run } = this;
    const change = this.changes.get(clip.id);
    let channels: Float32Array<ArrayBuffer>[];
    try {
      channels = await stage.chunks.get(clip.media, stage.media(clip.media), index);
    } catch {
      this.gaps.push({ clip: clip.id, frame: index * CHUNK_FRAMES, frames: CHUNK_FRAMES });
      return;
    }
    if (run !== this.run || change !== this.changes.get(clip.id)) return;
    const frames = channels[0]?.length ?? 0;
    const place = clip.start - clip.offset + index * CHUNK_FRAMES;
    const first = Math.max(place, this.first(clip, stretch), clip.start);
    const last = Math.min(place + frames, stretch.to, clip.start + clip.duration);
    if (last <= first) return;
    const when = stretch.at + first - stretch.from;
    let late = ahead(stage.context) > when ? ahead(stage.context, AGAIN) - when : 0;
    // A source that is told of a start which has passed meanwhile begins at once, and all of it is out of place.
    for (let spare = 2 * AGAIN; late < last - first; spare *= 2) {
      const voice = this.sound(stage, clip, channels, { place, frame: first + late, last, when: when + late });
      if (!voice || ahead(stage.context) <= when + late) break;
      this.silence(voice);
      late = ahead(stage.context, spare) - when;
    }
    if (late > 0) this.gaps.push({ clip: clip.id, frame: first, frames: Math.min(late, last - first) });
  }

  private sound(
    { context, graph, arrivals }: Stage,
    clip: ClipNode,
    channels: Float32Array<ArrayBuffer>[],
    { place, frame, last, when }: { place: number; frame: number; last: number; when: number },
  ): Voice | null {
    const target = graph.clip(clip.id);
    if (!target) return null;
    const buffer = context.createBuffer(channels.length, last - frame, context.sampleRate);
    channels.forEach((samples, channel) => buffer.copyToChannel(samples.subarray(frame - place, last - place), channel));
    const node = new AudioBufferSourceNode(context, { buffer });
    node.connect(target);
    node.start(when / context.sampleRate);
    const voice: Voice = { clip: clip.id, frame, at: when, node, unmark: () => undefined, until: when + last - frame };
    voice.unmark = arrivals?.tell(voice, when) ?? voice.unmark;
    this.sounding.add(voice);
    node.onended = () => {
      node.disconnect();
      this.sounding.delete(voice);
    };
    return voice;
  }

  private silence(voice: Voice): void {
    voice.node.onended = null;
    voice.node.stop();
    voice.node.disconnect();
    voice.unmark();
    this.sounding.delete(voice);
  }
}

/** The first context frame on which a source that is told now begins for sure, or one so many frames ahead. */
export function ahead(context: AudioContext, frames = SURE): number {
  return onGrid(context.currentTime * context.sampleRate + frames);
}

/** The multiple of a render quantum at or after a number of frames. */
export function onGrid(frames: number): number {
  return Math.ceil(frames / QUANTUM) * QUANTUM;
}

/** Stop a voice at a context frame, unless it is over by then: a later stop would take an earlier one back. */
function end(voice: Voice, at: number, sampleRate: number): void {
  if (at >= voice.until) return;
  voice.node.stop(at / sampleRate);
  if (at <= voice.at) voice.unmark();
  voice.until = at;
}

function clipsOf(graph: Graph, only?: ReadonlySet<string>): ClipNode[] {
  return graph.nodes.filter((node): node is ClipNode => node.type === "clip" && (!only || only.has(node.id)));
}

function chunksOf(from: number, to: number): number[] {
  if (to <= from) return [];
  const first = Math.floor(from / CHUNK_FRAMES);
  const last = Math.floor((to - 1) / CHUNK_FRAMES);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
