// The nodes whose sound the kernel defines: which browser node plays a compressor or an insert.
import { staticValue } from "./automation";
import type { CompressorGraphNode, InsertGraphNode } from "./compile";

export interface Twin {
  input: AudioNode;
  output: AudioNode;
  key: AudioNode | null;
  params: [string, AudioParam][];
  dispose: () => void;
}

export interface Twins {
  compressor(context: BaseAudioContext, spec: CompressorGraphNode): Twin;
  insert(context: BaseAudioContext, spec: InsertGraphNode): Twin;
}

/** The browser's own compressor. */
export function nativeCompressor(context: BaseAudioContext, spec: CompressorGraphNode): Twin {
  const node = new DynamicsCompressorNode(context, {
    threshold: staticValue(spec.threshold),
    knee: staticValue(spec.knee),
    ratio: staticValue(spec.ratio),
    attack: staticValue(spec.attack),
    release: staticValue(spec.release),
  });
  const params: [string, AudioParam][] = [
    ["threshold", node.threshold],
    ["knee", node.knee],
    ["ratio", node.ratio],
    ["attack", node.attack],
    ["release", node.release],
  ];
  return { input: node, output: node, key: null, params, dispose: () => undefined };
}

/** A wire that is as late as the insert: what a bypassed insert is, and one that has no twin here. */
export function wire(context: BaseAudioContext, spec: InsertGraphNode): Twin {
  const seconds = spec.latency / context.sampleRate;
  const node = spec.latency > 0 ? new DelayNode(context, { delayTime: seconds }) : new GainNode(context);
  return { input: node, output: node, key: null, params: [], dispose: () => undefined };
}

export const TWINS: Twins = { compressor: nativeCompressor, insert: wire };
