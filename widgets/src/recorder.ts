// Records what a node gives, sample by sample, with the context frame of every block: for null tests of what is heard.
import code from "./tap?worklet";
import { addWorklet } from "./worklets";

/** A recording: both channels from a context frame on. */
export interface Recording {
  frame: number;
  channels: [Float32Array, Float32Array];
}

export class Recorder {
  private readonly parts: { frame: number; blocks: Float32Array[] }[] = [];
  private readonly begun: Promise<void>;

  private constructor(
    private readonly source: AudioNode,
    private readonly node: AudioWorkletNode,
  ) {
    this.begun = new Promise((resolve) => {
      node.port.onmessage = (event) => {
        this.parts.push(event.data as { frame: number; blocks: Float32Array[] });
        resolve();
      };
    });
    source.connect(node);
  }

  /** Record what a node of a running context gives; returns once it does: a busy browser makes the tap late. */
  static async on(source: AudioNode): Promise<Recorder> {
    const { context } = source;
    await addWorklet(context, code);
    const node = new AudioWorkletNode(context, "maxbooster-tap", {
      numberOfOutputs: 0,
      channelCount: 2,
      channelCountMode: "explicit",
    });
    const recorder = new Recorder(source, node);
    await recorder.begun;
    return recorder;
  }

  /** Frames recorded so far. */
  get frames(): number {
    return this.parts.reduce((sum, part) => sum + part.blocks.length * 128, 0);
  }

  /** Stop and return everything. */
  stop(): Recording {
    this.source.disconnect(this.node);
    this.node.port.onmessage = null;
    const total = this.frames;
    const channels: Recording["channels"] = [new Float32Array(total), new Float32Array(total)];
    let at = 0;
    for (const { blocks } of this.parts)
      for (const block of blocks) {
        channels[0].set(block.subarray(0, 128), at);
        channels[1].set(block.subarray(128), at);
        at += 128;
      }
    return { frame: this.parts[0]?.frame ?? 0, channels };
  }
}
