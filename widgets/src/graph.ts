// The compiled graph as running Web Audio nodes, kept in step with every new graph at the price of what changed.
import { hold, isAutomated, schedule, staticValue, type Stretch, valueAt } from "./automation";
import type { ClipNode, Graph, GraphNode, InsertGraphNode, Parameter } from "./compile";
import { isTwinless, type PlayedGraph } from "./frozen";
import { CROSS_S, Passage } from "./passage";
import type { Twins } from "./twins";

/** How long a changed value takes to arrive while it plays: no clicks, and a definite end. */
const GLIDE_S = 0.02;
/** A compressor starts closed; after a second of silence it is open. */
const SETTLE_S = 1;

interface Live {
  spec: GraphNode;
  /** What identifies the node: when it differs, the node is made anew. */
  shape: string;
  input: AudioNode;
  output: AudioNode;
  /** The second input of a keyed compressor. */
  key: AudioNode | null;
  params: Map<string, AudioParam>;
  reduction: () => number;
  dispose: () => void;
  /** How a stem may take the place of a wire. */
  passage?: Passage;
}

/** A wire that plays on until the stem in its place sounds. */
interface Leaving {
  passage: Passage;
  /** The context time at which the stem sounds alone. */
  until: number;
  leave: () => void;
}

export class LiveGraph {
  /** The end of the chain; connect it to the destination once. */
  readonly output: GainNode;
  private readonly nodes = new Map<string, Live>();
  /** The context frame from which compressors made with this graph are settled, as the kernel's pre-roll leaves them. */
  readonly settledFrame: number;
  private readonly silence: AudioBufferSourceNode;
  private end = "";
  /** Where nodes end that run although nobody hears them: their compressors' meters move on. */
  private readonly sink: GainNode;
  private unheard: readonly string[] = [];
  private readonly leaving = new Map<string, Leaving>();

  constructor(
    readonly context: BaseAudioContext,
    private readonly twins: Twins,
  ) {
    this.output = new GainNode(context);
    this.sink = new GainNode(context, { gain: 0 });
    this.sink.connect(this.output);
    // What hears nothing stops computing: a compressor keeps an old envelope, a filter what is left in it below -90 dB,
    // which would sound with the next clip. Zeros keep both running.
    const zeros = context.createBuffer(1, 128, context.sampleRate);
    this.silence = new AudioBufferSourceNode(context, { buffer: zeros, loop: true });
    this.silence.start();
    this.settledFrame = Math.ceil((context.currentTime + SETTLE_S) * context.sampleRate);
  }

  /** Make the running nodes those of `graph`. */
  update(graph: PlayedGraph): void {
    const wanted = new Map(graph.nodes.map((node) => [node.id, node]));
    const stale = new Set<string>();
    for (const [id, { until }] of this.leaving) if (until < this.context.currentTime) this.settle(id);
    for (const [id, live] of this.nodes) {
      const node = wanted.get(id);
      if (node && (isSame(node, live.spec) || this.shapeOf(node) === live.shape)) continue;
      if (node?.type === "clip" && live.passage) {
        this.nodes.set(id, this.handedOver(live, live.passage, node));
        continue;
      }
      for (const [from, port] of this.connected.get(id) ?? []) {
        const target = port === "key" ? live.key : live.input;
        if (target) disconnect(this.nodes.get(from)?.output, target);
      }
      live.dispose();
      live.output.disconnect();
      this.nodes.delete(id);
      stale.add(id);
    }
    const made = new Set<string>();
    let rewired = stale.size > 0 || this.end !== graph.output;
    for (const node of graph.nodes) {
      const live = this.nodes.get(node.id);
      if (live && isSame(node, live.spec)) continue;
      rewired ||= !live || !isWiredAs(node, this.connected.get(node.id));
      if (live) this.retune(live, node);
      else {
        this.nodes.set(node.id, this.make(node));
        made.add(node.id);
      }
    }
    if (rewired) this.connect(graph, made, stale);
    for (const id of this.unheard) if (!graph.unheard?.includes(id)) disconnect(this.nodes.get(id)?.output, this.sink);
    this.unheard = graph.unheard ?? [];
    for (const id of this.unheard) this.nodes.get(id)?.output.connect(this.sink);
  }

  /** Where the sources of a clip are connected. */
  clip(id: string): GainNode | null {
    const live = this.nodes.get(id);
    return live?.spec.type === "clip" ? (live.input as GainNode) : null;
  }

  /** What a node gives, for meters and taps. */
  tap(id: string): AudioNode | null {
    return this.nodes.get(id)?.output ?? null;
  }

  /** The gain reduction of a compressor in dB, at most 0. */
  reduction(id: string): number {
    return this.nodes.get(id)?.reduction() ?? 0;
  }

  /** Put all automation of one stretch of playing on the parameters. */
  schedule(stretch: Stretch): void {
    for (const { spec, params, input } of this.nodes.values()) {
      for (const [name, param] of params) {
        const parameter = parameterOf(spec, name);
        if (isAutomated(parameter)) schedule(param, parameter, stretch, this.context.sampleRate);
      }
      if (spec.type === "clip") scheduleFades((input as GainNode).gain, spec, stretch, this.context.sampleRate);
    }
  }

  /** Forget the automation from a time on. */
  hold(time: number): void {
    for (const { spec, params, input } of this.nodes.values()) {
      for (const [name, param] of params) if (isAutomated(parameterOf(spec, name))) hold(param, time, this.context.sampleRate);
      if (spec.type === "clip") hold((input as GainNode).gain, time, this.context.sampleRate);
    }
  }

  /** Let stems that came in place of a wire sound from a context time on. */
  cross(time: number): void {
    for (const leaving of this.leaving.values()) {
      if (leaving.until < Infinity) continue;
      leaving.passage.cross(time);
      leaving.until = time + CROSS_S;
    }
  }

  /** Stand still at a frame: every parameter at its value there. */
  rest(frame: number): void {
    for (const id of [...this.leaving.keys()]) this.settle(id);
    for (const { spec, params, input } of this.nodes.values()) {
      for (const [name, param] of params) {
        const parameter = parameterOf(spec, name);
        if (!isAutomated(parameter)) continue;
        param.cancelScheduledValues(0);
        param.value = clamp(param, valueAt(parameter, frame, this.context.sampleRate));
      }
      if (spec.type !== "clip") continue;
      const { gain } = input as GainNode;
      gain.cancelScheduledValues(0);
      gain.value = spec.gain;
    }
  }

  dispose(): void {
    for (const live of this.nodes.values()) {
      live.dispose();
      live.output.disconnect();
    }
    this.nodes.clear();
    this.silence.stop();
    this.silence.disconnect();
    this.sink.disconnect();
    this.output.disconnect();
  }

  private retune(live: Live, node: GraphNode): void {
    const before = live.spec;
    live.spec = node;
    for (const [name, param] of live.params) {
      const [old, value] = [parameterOf(before, name), parameterOf(node, name)];
      // Automation follows with the next stretch; the player asks for one when events changed.
      if (isAutomated(value)) continue;
      if (isAutomated(old)) param.cancelScheduledValues(0);
      else if (staticValue(old) === staticValue(value)) continue;
      glide(param, staticValue(value), this.context.currentTime);
    }
    if (node.type === "clip" && before.type === "clip" && before.gain !== node.gain)
      glide((live.input as GainNode).gain, node.gain, this.context.currentTime);
  }

  private connect(graph: Graph, made: Set<string>, stale: Set<string>): void {
    const inputsOf = new Map(graph.nodes.map((node) => [node.id, keyed(node)]));
    for (const node of graph.nodes) {
      const live = this.nodes.get(node.id) as Live;
      const wanted = keyed(node);
      const had = made.has(node.id) ? [] : (this.connected.get(node.id) ?? []);
      for (const [id, port] of had) {
        const still = wanted.some(([other, otherPort]) => other === id && otherPort === port);
        if (still && !made.has(id)) continue;
        const target = port === "key" ? live.key : live.input;
        if (target && !stale.has(id)) disconnect(this.nodes.get(id)?.output, target);
      }
      for (const [id, port] of wanted) {
        const fresh = made.has(id) || !had.some(([other, otherPort]) => other === id && otherPort === port);
        const target = port === "key" ? live.key : live.input;
        if (fresh && target) this.nodes.get(id)?.output.connect(target);
      }
    }
    this.connected = inputsOf;
    if (this.end !== graph.output || made.has(graph.output)) {
      if (!stale.has(this.end)) disconnect(this.nodes.get(this.end)?.output, this.output);
      this.nodes.get(graph.output)?.output.connect(this.output);
      this.end = graph.output;
    }
  }

  private connected = new Map<string, [id: string, port: "in" | "key"][]>();

  private shapeOf(node: GraphNode): string {
    return node.type === "insert" ? this.twins.shape(node) : shapeOf(node);
  }

  private make(spec: GraphNode): Live {
    const live = (input: AudioNode, output: AudioNode, params: [string, AudioParam][] = []): Live => ({
      spec,
      shape: this.shapeOf(spec),
      input,
      output,
      key: null,
      params: new Map(params),
      reduction: () => 0,
      dispose: () => undefined,
    });
    const { context } = this;
    switch (spec.type) {
      case "clip": {
        const node = new GainNode(context, { gain: spec.gain });
        return live(node, node);
      }
      case "gain": {
        const node = new GainNode(context, { gain: staticValue(spec.gain) });
        return live(node, node, [["gain", node.gain]]);
      }
      case "stereo_panner": {
        const node = new StereoPannerNode(context, { pan: staticValue(spec.pan) });
        return live(node, node, [["pan", node.pan]]);
      }
      case "biquad_filter": {
        // Explicit stereo: when its sources end, the browser would otherwise drop to one channel and reset the filter.
        const node = new BiquadFilterNode(context, {
          channelCount: 2,
          channelCountMode: "explicit",
          type: spec.filter,
          frequency: staticValue(spec.frequency),
          Q: staticValue(spec.Q),
          gain: staticValue(spec.gain),
          detune: staticValue(spec.detune),
        });
        const params: [string, AudioParam][] = [
          ["frequency", node.frequency],
          ["Q", node.Q],
          ["gain", node.gain],
          ["detune", node.detune],
        ];
        return this.running(live(node, node, params));
      }
      case "delay": {
        const seconds = spec.frames / context.sampleRate;
        const node = new DelayNode(context, { delayTime: seconds, maxDelayTime: Math.max(1, Math.ceil(seconds)) });
        return live(node, node);
      }
      case "dynamics_compressor": {
        const { input, output, params, key, reduction, dispose } = this.twins.compressor(context, spec);
        return this.running({ ...live(input, output, params), key, reduction, dispose });
      }
      case "insert": {
        const { input, output, params, dispose } = this.twins.insert(context, spec);
        if (!isTwinless(spec)) return { ...live(input, output, params), dispose };
        const passage = new Passage(context, output);
        return { ...live(input, passage.output, params), dispose, passage };
      }
    }
  }

  /** A stem in place of a wire, which what follows does not notice. */
  private handedOver(wire: Live, passage: Passage, spec: ClipNode): Live {
    const { id } = spec;
    const before = this.connected.get(id) ?? [];
    const leave = (): void => {
      for (const [from] of before) disconnect(this.nodes.get(from)?.output, wire.input);
      wire.dispose();
      passage.close();
    };
    const input = new GainNode(this.context, { gain: spec.gain });
    passage.admit(input);
    this.leaving.set(id, { passage, until: Infinity, leave });
    const { passage: _, ...rest } = wire;
    return { ...rest, spec, shape: this.shapeOf(spec), input, params: new Map(), dispose: () => this.settle(id) };
  }

  /** Take away the wire whose place a stem has taken. */
  private settle(id: string): void {
    this.leaving.get(id)?.leave();
    this.leaving.delete(id);
  }

  /** Let a node run on while it hears nothing. */
  private running(live: Live): Live {
    this.silence.connect(live.input);
    const dispose = (): void => {
      disconnect(this.silence, live.input);
      live.dispose();
    };
    return { ...live, dispose };
  }
}

/** Whether nothing of a node has changed; an insert's stem may have, though the insert has not. */
function isSame(node: GraphNode, before: GraphNode): boolean {
  return node === before && node.type !== "insert";
}

function isWiredAs(node: GraphNode, before: readonly (readonly [id: string, port: string])[] = []): boolean {
  const now = keyed(node);
  return now.length === before.length && now.every(([id, port], index) => id === before[index]?.[0] && port === before[index]?.[1]);
}

function keyed(node: GraphNode): [id: string, port: "in" | "key"][] {
  const inputs = node.inputs.map((id): [string, "in"] => [id, "in"]);
  return node.type === "dynamics_compressor" && node.key !== null ? [...inputs, [node.key, "key"]] : inputs;
}

/** Everything of a node but an insert that cannot change while it runs. */
function shapeOf(node: Exclude<GraphNode, InsertGraphNode>): string {
  switch (node.type) {
    case "clip":
      return `clip ${node.channels}`;
    case "biquad_filter":
      return `biquad_filter ${node.filter}`;
    case "delay":
      return `delay ${node.frames}`;
    case "dynamics_compressor":
      return `dynamics_compressor ${node.key !== null}`;
    default:
      return node.type;
  }
}

function parameterOf(node: GraphNode, name: string): Parameter {
  if (node.type === "insert") return node.params[name] as Parameter;
  return (node as unknown as Record<string, Parameter>)[name] as Parameter;
}

function glide(param: AudioParam, value: number, now: number): void {
  const target = clamp(param, value);
  if (param.automationRate === "k-rate") {
    param.value = target;
    return;
  }
  param.setValueAtTime(param.value, now);
  param.linearRampToValueAtTime(target, now + GLIDE_S);
}

function clamp(param: AudioParam, value: number): number {
  return Math.min(param.maxValue, Math.max(param.minValue, value));
}

function scheduleFades(gain: AudioParam, clip: ClipNode, stretch: Stretch, sampleRate: number): void {
  if (clip.fade_in === 0 && clip.fade_out === 0) return;
  const end = clip.start + clip.duration;
  const events = [];
  if (clip.fade_in > 0)
    events.push(
      { type: "set" as const, frame: clip.start, value: 0 },
      { type: "linear" as const, frame: clip.start + clip.fade_in, value: clip.gain },
    );
  if (clip.fade_out > 0)
    events.push(
      { type: "set" as const, frame: end - clip.fade_out, value: clip.gain },
      { type: "linear" as const, frame: end, value: 0 },
    );
  schedule(gain, { value: clip.fade_in > 0 ? 0 : clip.gain, events }, stretch, sampleRate);
}

function disconnect(from: AudioNode | undefined, to: AudioNode): void {
  try {
    from?.disconnect(to);
  } catch {
    // It was not connected: what was wanted holds.
  }
}
