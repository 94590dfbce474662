// The nodes whose sound the kernel defines: which browser node plays a compressor or an insert.
import { isAutomated, staticValue } from "./automation";
import type { CompressorGraphNode, InsertGraphNode, Parameter } from "./compile";
import { impulseResponse, REVERB_DEFAULTS } from "./reverb";

export interface Twin {
  input: AudioNode;
  output: AudioNode;
  key: AudioNode | null;
  params: [string, AudioParam][];
  /** Gain reduction in dB, at most 0. */
  reduction: () => number;
  dispose: () => void;
}

const NAMES = ["threshold", "knee", "ratio", "attack", "release"] as const;

const nothing = { key: null, params: [] as [string, AudioParam][], reduction: () => 0, dispose: () => undefined };

/** Which kinds of insert sound here as in the kernel. */
export function hasTwin(insert: string): boolean {
  return insert === "reverb";
}

export class Twins {
  /** @param native Whether the browser's own compressor sounds as the kernel's. */
  constructor(readonly native: boolean) {}

  compressor(context: BaseAudioContext, spec: CompressorGraphNode): Twin {
    return spec.key === null && this.native ? nativeCompressor(context, spec) : workletCompressor(context, spec);
  }

  insert(context: BaseAudioContext, spec: InsertGraphNode): Twin {
    return spec.enabled && spec.insert === "reverb" ? reverb(context, spec) : wire(context, spec);
  }

  /** What of an insert cannot change while it runs. */
  shape(spec: InsertGraphNode): string {
    const feedback = spec.insert === "reverb" ? number(spec, "feedback") : 0;
    return `insert ${spec.insert} ${spec.enabled} ${spec.latency} ${feedback} ${Object.keys(spec.params).sort().join()}`;
  }
}

/** The browser's own compressor. */
function nativeCompressor(context: BaseAudioContext, spec: CompressorGraphNode): Twin {
  const options = Object.fromEntries(NAMES.map((name) => [name, staticValue(spec[name])]));
  const node = new DynamicsCompressorNode(context, options);
  const params = NAMES.map((name): [string, AudioParam] => [name, node[name]]);
  return { ...nothing, input: node, output: node, params, reduction: () => node.reduction };
}

/** The kernel's compressor as a worklet; its module must be loaded into the context before. */
function workletCompressor(context: BaseAudioContext, spec: CompressorGraphNode): Twin {
  const settings = Object.fromEntries(NAMES.map((name) => [name, staticValue(spec[name])]));
  const keyed = spec.key !== null;
  const node = new AudioWorkletNode(context, "maxbooster-compressor", {
    numberOfInputs: 2,
    outputChannelCount: [2],
    channelCount: 2,
    channelCountMode: "explicit",
    parameterData: settings,
    processorOptions: { keyed, settings },
  });
  let reduction = 0;
  node.port.onmessage = (event) => {
    reduction = event.data as number;
  };
  const params = NAMES.map((name): [string, AudioParam] => [name, node.parameters.get(name) as AudioParam]);
  let key: AudioNode | null = null;
  if (keyed) {
    key = new GainNode(context);
    key.connect(node, 0, 1);
  }
  const dispose = (): void => {
    key?.disconnect();
    node.port.onmessage = null;
    node.port.postMessage("stop");
  };
  return { input: node, output: node, key, params, reduction: () => reduction, dispose };
}

/** The reverberator by convolution, with its two levels as parameters. */
function reverb(context: BaseAudioContext, spec: InsertGraphNode): Twin {
  const response = impulseResponse(context.sampleRate, number(spec, "feedback"));
  const buffer = context.createBuffer(1, response.length, context.sampleRate);
  buffer.copyToChannel(response, 0);
  const input = new GainNode(context);
  const output = new GainNode(context);
  const convolver = new ConvolverNode(context, { buffer, disableNormalization: true });
  const wet = new GainNode(context, { gain: number(spec, "wet") });
  const dry = new GainNode(context, { gain: number(spec, "dry") });
  input.connect(convolver).connect(wet).connect(output);
  input.connect(dry).connect(output);
  const levels: [string, AudioParam][] = [["wet", wet.gain], ["dry", dry.gain]];
  return { ...nothing, input, output, params: levels.filter(([name]) => name in spec.params) };
}

function number(spec: InsertGraphNode, name: keyof typeof REVERB_DEFAULTS): number {
  const given = spec.params[name] as Parameter | undefined;
  if (given !== undefined && isAutomated(given)) return given.value;
  return typeof given === "number" ? given : REVERB_DEFAULTS[name];
}

/** A wire that is as late as the insert: what a bypassed insert is, and one that has no twin here. */
function wire(context: BaseAudioContext, spec: InsertGraphNode): Twin {
  const seconds = spec.latency / context.sampleRate;
  const node =
    spec.latency > 0
      ? new DelayNode(context, { delayTime: seconds, maxDelayTime: Math.max(1, Math.ceil(seconds)) })
      : new GainNode(context);
  return { ...nothing, input: node, output: node };
}
