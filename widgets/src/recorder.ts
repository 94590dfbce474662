// Records what a node gives, sample by sample, every block at its context frame: for null tests of what is heard.
import { QUANTUM } from "./quantum_clock";
import code from "./tap?worklet";
import { addWorklet } from "./worklets";

/** Both channels from a context frame on, with zeros where the browser left quanta out. */
export interface Recording {
  frame: number;
  channels: [Float32Array, Float32Array];
  gaps: Missing[];
}

/** A stretch of context frames. */
export interface Missing {
  frame: number;
  frames: number;
}

/** Blocks that follow each other from a context frame on. */
export interface Part {
  frame: number;
  /** The left samples of a quantum, then the right ones. */
  blocks: Float32Array[];
}

export class Recorder {
  private readonly parts: Part[] = [];
  private readonly begun: Promise<void>;

  private constructor(
    private readonly source: AudioNode,
    private readonly node: AudioWorkletNode,
  ) {
    // The first part is left out: the source may be heard some quanta after the tap begins.
    this.begun = new Promise((resolve) => {
      node.port.onmessage = () => {
        node.port.onmessage = (event) => this.parts.push(event.data as Part);
        resolve();
      };
    });
    source.connect(node);
    // It gives silence; a node that goes nowhere is left out of quanta in which the page adds another such one.
    node.connect(source.context.destination);
  }

  /** Record what a node of a running context gives; returns once it does: a busy browser makes the tap late. */
  static async on(source: AudioNode): Promise<Recorder> {
    const { context } = source;
    await addWorklet(context, code);
    const node = new AudioWorkletNode(context, "maxbooster-tap", { channelCount: 2, channelCountMode: "explicit" });
    const recorder = new Recorder(source, node);
    await recorder.begun;
    return recorder;
  }

  /** Frames recorded so far. */
  get frames(): number {
    return this.parts.reduce((sum, part) => sum + framesOf(part), 0);
  }

  /** The context frame up to which everything has come; a busy page gets it late. */
  get until(): number {
    const last = this.parts.at(-1);
    return last ? last.frame + framesOf(last) : 0;
  }

  /** Stop and return everything. */
  stop(): Recording {
    this.source.disconnect(this.node);
    this.node.disconnect();
    this.node.port.onmessage = null;
    return joined(this.parts);
  }
}

/** Parts in the order they came, each placed by its frame. */
export function joined(parts: readonly Part[]): Recording {
  const frame = parts[0]?.frame ?? 0;
  const last = parts.at(-1);
  const total = last ? last.frame + framesOf(last) - frame : 0;
  const channels: Recording["channels"] = [new Float32Array(total), new Float32Array(total)];
  const gaps: Missing[] = [];
  let at = frame;
  for (const part of parts) {
    if (part.frame > at) gaps.push({ frame: at, frames: part.frame - at });
    at = part.frame;
    for (const block of part.blocks) {
      channels[0].set(block.subarray(0, QUANTUM), at - frame);
      channels[1].set(block.subarray(QUANTUM), at - frame);
      at += QUANTUM;
    }
  }
  return { frame, channels, gaps };
}

function framesOf(part: Part): number {
  return part.blocks.length * QUANTUM;
}
