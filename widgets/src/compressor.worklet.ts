// The compressor kernel as an audio worklet: input 0 is the signal, input 1 the key when there is one.
import { CompressorKernel, type Settings } from "./compressor_kernel";

const NAMES = ["threshold", "knee", "ratio", "attack", "release"] as const;
const RANGES = [
  [-24, -100, 0],
  [30, 0, 40],
  [12, 1, 20],
  [0.003, 0, 1],
  [0.25, 0, 1],
] as const;
const SILENCE = [new Float32Array(128), new Float32Array(128)];

class Compressor extends AudioWorkletProcessor {
  static get parameterDescriptors() {
    return NAMES.map((name, index) => {
      const [defaultValue, minValue, maxValue] = RANGES[index] as (typeof RANGES)[number];
      return { name, defaultValue, minValue, maxValue, automationRate: "k-rate" };
    });
  }

  private readonly keyed: boolean;
  private readonly kernel: CompressorKernel;
  private count = 0;
  private running = true;

  constructor(options: AudioWorkletNodeOptions) {
    super();
    const given = options.processorOptions as { keyed: boolean; settings: Settings };
    this.keyed = given.keyed;
    this.kernel = new CompressorKernel(sampleRate, given.settings);
    this.port.onmessage = () => {
      this.running = false;
    };
  }

  process(inputs: Float32Array[][], outputs: Float32Array[][], parameters: Record<string, Float32Array>): boolean {
    const value = (name: (typeof NAMES)[number]): number => parameters[name]?.[0] as number;
    this.kernel.set({
      threshold: value("threshold"),
      knee: value("knee"),
      ratio: value("ratio"),
      attack: value("attack"),
      release: value("release"),
    });
    const input = inputs[0]?.length ? inputs[0] : SILENCE;
    const key = this.keyed ? (inputs[1]?.length ? inputs[1] : SILENCE) : input;
    this.kernel.process(input, key, outputs[0] as Float32Array[]);
    if (++this.count % 16 === 0) this.port.postMessage(this.kernel.reduction);
    return this.running;
  }
}

registerProcessor("maxbooster-compressor", Compressor);
