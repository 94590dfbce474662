// Compiles a session snapshot into one plain graph of Web Audio nodes, with the same steps in the same order as
// session/compile.py; tests/graphs holds both to it. The graph's format is in ARCHITECTURE.md.
import { type Heard, heardStrips } from "./audible";
import type { CompiledStrips } from "./compiled_strips";
import type { Clip, Compressor, Equalizer, Insert, Point, Send, Snapshot, Strip, Track } from "./model";
import { signalOrder } from "./signal_order";

export interface MediaShape {
  frames: number;
  channels: number;
}

export type ParameterEvent =
  | { type: "set" | "linear" | "exponential"; frame: number; value: number }
  | { type: "target"; frame: number; value: number; time_constant: number }
  | { type: "curve"; frame: number; values: number[]; duration: number };

export type Parameter = number | { value: number; events: ParameterEvent[] };

interface Common {
  id: string;
  inputs: string[];
}

export interface ClipNode extends Common {
  type: "clip";
  media: string;
  channels: number;
  start: number;
  offset: number;
  duration: number;
  gain: number;
  fade_in: number;
  fade_out: number;
}

export interface GainGraphNode extends Common {
  type: "gain";
  channels: number;
  gain: Parameter;
}

export interface PannerGraphNode extends Common {
  type: "stereo_panner";
  pan: Parameter;
}

export interface FilterGraphNode extends Common {
  type: "biquad_filter";
  filter: BiquadFilterType;
  frequency: Parameter;
  Q: Parameter;
  gain: Parameter;
  detune: Parameter;
}

export interface CompressorGraphNode extends Common {
  type: "dynamics_compressor";
  threshold: Parameter;
  knee: Parameter;
  ratio: Parameter;
  attack: Parameter;
  release: Parameter;
  key: string | null;
}

export interface DelayGraphNode extends Common {
  type: "delay";
  frames: number;
  reason: "bypass" | "alignment";
}

export interface InsertGraphNode extends Common {
  type: "insert";
  insert: string;
  params: Record<string, Parameter | string | boolean>;
  latency: number;
  enabled: boolean;
}

export type GraphNode =
  | ClipNode
  | GainGraphNode
  | PannerGraphNode
  | FilterGraphNode
  | CompressorGraphNode
  | DelayGraphNode
  | InsertGraphNode;

export interface Graph {
  format: "maxbooster-graph";
  version: 1;
  sample_rate: number;
  length: number;
  latency: number;
  output: string;
  nodes: GraphNode[];
}

export interface CompileOptions {
  raw_graph?: boolean;
  insert_latency?: Record<string, number>;
  /** What is known of strips compiled before, for a graph that follows another one. */
  known?: CompiledStrips;
}

const COMPRESSOR = ["threshold", "knee", "ratio", "attack", "release"] as const;
const NEARLY_A_FRAME = 1e-6;
const QUANTUM = 128;

/** Latency of a compressor in frames: 6 ms, rounded down in single precision. */
export function lookAheadFrames(sampleRate: number): number {
  return Math.trunc(Math.fround(Math.fround(0.006) * Math.fround(sampleRate)));
}

/** How many frames later than its inputs a node's output is. */
export function ownLatency(node: GraphNode, sampleRate: number): number {
  if (node.type === "dynamics_compressor") return lookAheadFrames(sampleRate);
  if (node.type === "delay") return node.frames;
  return node.type === "insert" ? node.latency : 0;
}

/** The frames of the render quanta that so many frames begin. */
export function wholeQuanta(frames: number): number {
  return Math.ceil(frames / QUANTUM) * QUANTUM;
}

/** The frame nearest to a time; halves go up. */
export function secondsToFrames(seconds: number, sampleRate: number): number {
  return Math.floor(seconds * sampleRate + 0.5);
}

/** The first frame an event at a time acts on. */
export function eventFrame(seconds: number, sampleRate: number): number {
  return Math.max(0, Math.ceil(seconds * sampleRate - NEARLY_A_FRAME));
}

/** Compile a snapshot; throws an Error that names the place when media are missing or the signal runs in a circle. */
export function compileGraph(
  snapshot: Snapshot,
  media: Readonly<Record<string, MediaShape>>,
  options: CompileOptions = {},
): Graph {
  return new Compiler(snapshot, media, options).run();
}

class Compiler {
  private readonly nodes: GraphNode[] = [];
  private readonly latency = new Map<string, number>();
  /** Latencies as they would be if no insert were late. */
  private readonly plain = new Map<string, number>();
  private readonly channels = new Map<string, number>();
  private readonly taps = new Map<string, string>();
  private readonly feeds = new Map<string, Map<string, string[]>>();
  private heard = new Map<string, Heard>();

  constructor(
    private readonly snapshot: Snapshot,
    private readonly media: Readonly<Record<string, MediaShape>>,
    private readonly options: CompileOptions,
  ) {}

  run(): Graph {
    const strips: Strip[] = [...this.snapshot.tracks, ...this.snapshot.buses];
    this.heard = heardStrips(strips);
    for (const target of ["master", ...this.snapshot.buses.map((bus) => bus.id)]) this.feeds.set(target, new Map());
    for (const strip of signalOrder(strips)) this.section(strip, strips);
    const output = this.master(strips);
    const ends = this.nodes.map((node) => (node.type === "clip" ? node.start + node.duration : 0));
    return {
      format: "maxbooster-graph",
      version: 1,
      sample_rate: this.snapshot.sample_rate,
      length: ends.reduce((a, b) => Math.max(a, b), 0),
      latency: this.latest([output]),
      output,
      nodes: this.nodes,
    };
  }

  private latest(ids: string[], latency: ReadonlyMap<string, number> = this.latency): number {
    return Math.max(0, ...ids.map((id) => latency.get(id) ?? 0));
  }

  private widest(inputs: string[]): number {
    return inputs.length ? Math.max(...inputs.map((input) => this.channels.get(input) ?? 1)) : 1;
  }

  private add(node: GraphNode): string {
    const own = ownLatency(node, this.snapshot.sample_rate);
    const added = node.type === "insert" || (node.type === "delay" && node.reason === "alignment");
    const heard = node.type === "dynamics_compressor" && node.key ? [...node.inputs, node.key] : node.inputs;
    this.latency.set(node.id, this.latest(node.inputs) + own);
    this.plain.set(node.id, this.latest(heard, this.plain) + (added ? 0 : own));
    const stereo = ["stereo_panner", "dynamics_compressor", "insert"].includes(node.type);
    this.channels.set(node.id, "channels" in node ? node.channels : stereo ? 2 : this.widest(node.inputs));
    this.nodes.push(node);
    return node.id;
  }

  private gain(id: string, inputs: string[], value: number, target = id): string {
    const gain = this.value(target, value, inputs);
    return this.add({ id, type: "gain", inputs, channels: this.widest(inputs), gain });
  }

  /** A parameter of what reads `inputs`; its events are as late as inserts make what comes in (not in a raw graph). */
  private value(target: string, value: number, inputs: string[]): Parameter {
    const points = this.snapshot.automation[target] ?? [];
    if (points.length === 0) return value;
    const late = this.options.raw_graph ? 0 : this.latest(inputs) - this.latest(inputs, this.plain);
    return { value, events: points.map((point) => pointEvent(point, this.snapshot.sample_rate, late)) };
  }

  /** The inputs equally late: as late as without inserts, and whole quanta (as they are in a raw graph). */
  private together(inputs: string[], place: string): string[] {
    const plain = this.latest(inputs, this.plain);
    const late = plain + wholeQuanta(this.latest(inputs) - plain);
    return inputs.map((input) => this.late(input, late, place));
  }

  private late(node: string, latency: number, place: string): string {
    const frames = latency - this.latest([node]);
    if (frames <= 0 || this.options.raw_graph) return node;
    return this.add({ id: `${node}/align/${place}`, type: "delay", inputs: [node], frames, reason: "alignment" });
  }

  private feeding(target: string, strips: Strip[]): string[] {
    const feeds = this.feeds.get(target);
    return strips.flatMap((strip) => feeds?.get(strip.id) ?? []);
  }

  private feed(target: string, from: string, node: string): void {
    const feeds = this.feeds.get(target);
    feeds?.set(from, [...(feeds.get(from) ?? []), node]);
  }

  /** Compile a strip, or take what it compiled to before: the same objects, of which nobody needs to look at again. */
  private section(strip: Strip, strips: Strip[]): void {
    const { known, raw_graph: raw = false } = this.options;
    const { snapshot, media, nodes, latency, plain, channels, taps } = this;
    const { heard, direct } = this.heard.get(strip.id) as Heard;
    const from = known?.needs(strip, [heard, direct, raw, snapshot.sample_rate, snapshot.automation], media) ?? null;
    const section = from && known?.find(strip.id, from);
    if (section) {
      for (const [node, ...made] of section.nodes) {
        nodes.push(node);
        [latency, plain, channels].forEach((map, index) => map.set(node.id, made[index] as number));
      }
      taps.set(strip.id, section.tap);
      for (const [target, node] of section.feeds) this.feed(target, strip.id, node);
      return;
    }
    const first = nodes.length;
    this.strip(strip, strips);
    if (!from || !known) return;
    const feeds = [...this.feeds].flatMap(([target, by]) => (by.get(strip.id) ?? []).map((node): [string, string] => [target, node]));
    const of = (map: ReadonlyMap<string, number>, node: GraphNode): number => map.get(node.id) as number;
    const kept = nodes.slice(first).map((node) => [node, of(latency, node), of(plain, node), of(channels, node)] as const);
    known.keep(strip.id, { from, nodes: kept, tap: taps.get(strip.id) as string, feeds });
  }

  private strip(strip: Strip, strips: Strip[]): void {
    const name = strip.id;
    const { heard, direct } = this.heard.get(name) as Heard;
    const inputs = this.feeds.has(name)
      ? this.together(this.feeding(name, strips), name)
      : (strip as Track).clips.map((clip, index) => this.clip(name, clip, index));
    let node = this.gain(`${name}/gain`, inputs, strip.gain);
    const pan = this.value(`${name}/pan`, strip.pan, [node]);
    node = this.add({ id: `${name}/pan`, type: "stereo_panner", inputs: [node], pan });
    node = this.equalizer(name, strip.eq, node);
    node = this.compressor(`${name}/compressor`, strip.compressor, node);
    node = this.inserts(name, strip.inserts, node);
    this.taps.set(name, node);
    const output = this.gate(`${name}/output`, node, heard);
    const main = strip.sends.length > 0 ? this.gate(`${name}/direct`, output, direct) : output;
    this.feed(strip.output, name, main);
    for (const send of strip.sends) this.send(name, send, inputs, output, heard);
  }

  private gate(id: string, input: string, open: boolean): string {
    return this.add({ id, type: "gain", inputs: [input], channels: 2, gain: open ? 1 : 0 });
  }

  private send(name: string, send: Send, clips: string[], output: string, heard: boolean): void {
    const id = `${name}/sends/${send.bus}`;
    const from = send.pre_fader ? [this.gain(`${id}/gate`, clips, heard ? 1 : 0)] : [output];
    this.feed(send.bus, name, this.gain(id, from, send.gain, `${id}/gain`));
  }

  private clip(track: string, clip: Clip, index: number): string {
    const place = `tracks.${track}.clips[${index}].media`;
    const shape = this.media[clip.media];
    if (!shape) throw new Error(`${place}: expected a media file, "${clip.media}" is missing; restore or remove it`);
    if (shape.channels !== 1 && shape.channels !== 2)
      throw new Error(`${place}: expected a mono or stereo file, got ${shape.channels} channels; split it`);
    const rate = this.snapshot.sample_rate;
    const offset = Math.min(secondsToFrames(clip.offset_s, rate), shape.frames);
    const rest = shape.frames - offset;
    const wanted = clip.duration_s === null ? rest : secondsToFrames(clip.duration_s, rate);
    const duration = Math.min(wanted, rest);
    const fadeIn = Math.min(secondsToFrames(clip.fade_in_s, rate), duration);
    return this.add({
      id: `${track}/clips/${clip.id}`,
      type: "clip",
      inputs: [],
      media: clip.media,
      channels: shape.channels,
      start: secondsToFrames(clip.start_s, rate),
      offset,
      duration,
      gain: clip.gain,
      fade_in: fadeIn,
      fade_out: Math.min(secondsToFrames(clip.fade_out_s, rate), duration - fadeIn),
    });
  }

  private equalizer(name: string, eq: Equalizer | null, input: string): string {
    let node = input;
    for (const band of eq?.enabled ? eq.bands : []) {
      const id = `${name}/eq/${band.id}`;
      node = this.add({
        id,
        type: "biquad_filter",
        inputs: [node],
        filter: band.type,
        frequency: this.value(`${id}/frequency`, band.frequency, [node]),
        Q: this.value(`${id}/Q`, band.Q ?? 1, [node]),
        gain: this.value(`${id}/gain`, band.gain ?? 0, [node]),
        detune: this.value(`${id}/detune`, band.detune ?? 0, [node]),
      });
    }
    return node;
  }

  private compressor(id: string, settings: Compressor | null, input: string): string {
    if (settings === null) return input;
    if (!settings.enabled) {
      const frames = lookAheadFrames(this.snapshot.sample_rate);
      return this.add({ id, type: "delay", inputs: [input], frames, reason: "bypass" });
    }
    const tap = settings.key ? this.taps.get(settings.key) : undefined;
    const heard = tap === undefined ? [input] : this.together([input, tap], id);
    const values = Object.fromEntries(
      COMPRESSOR.map((name) => [name, this.value(`${id}/${name}`, settings[name], heard)]),
    ) as Record<(typeof COMPRESSOR)[number], Parameter>;
    const [node, key = null] = heard as [string, string?];
    return this.add({ id, type: "dynamics_compressor", inputs: [node], ...values, key });
  }

  private inserts(name: string, inserts: Insert[], input: string): string {
    let node = input;
    for (const insert of inserts) {
      const id = `${name}/inserts/${insert.id}`;
      const inputs = [node];
      const params = Object.fromEntries(
        Object.entries(insert.params).map(([key, value]) => [
          key,
          typeof value === "number" && Number.isFinite(value) ? this.value(`${id}/${key}`, value, inputs) : value,
        ]),
      );
      const latency = this.options.insert_latency?.[id] ?? 0;
      const { type, enabled } = insert;
      node = this.add({ id, type: "insert", inputs, insert: type, params, latency, enabled });
      node = this.late(node, this.latest([node]) + wholeQuanta(latency) - latency, "quantum");
    }
    return node;
  }

  private master(strips: Strip[]): string {
    const { gain, compressor, inserts, limiter } = this.snapshot.master;
    let node = this.gain("master/gain", this.together(this.feeding("master", strips), "master"), gain);
    node = this.compressor("master/compressor", compressor, node);
    node = this.inserts("master", inserts, node);
    return this.compressor("master/limiter", limiter, node);
  }
}

function pointEvent(point: Point, sampleRate: number, late: number): ParameterEvent {
  const frame = eventFrame(point.time_s, sampleRate) + late;
  if (point.curve === "curve") {
    const duration = Math.max(1, secondsToFrames(point.duration_s as number, sampleRate));
    return { type: "curve", frame, values: [...(point.values as number[])], duration };
  }
  if (point.curve === "target")
    return { type: "target", frame, value: point.value, time_constant: point.time_constant_s as number };
  return { type: point.curve, frame, value: point.value };
}
