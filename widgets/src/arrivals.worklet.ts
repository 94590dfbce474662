// Tells the page at which context frame marks come in, and how many in one frame; asked, that none came up to now.
import { QuantumClock } from "./quantum_clock";

class Arrivals extends AudioWorkletProcessor {
  private readonly clock = new QuantumClock();
  private reached = 0;

  constructor() {
    super();
    this.port.onmessage = () => this.port.postMessage({ frame: this.reached, count: 0 });
  }

  process(inputs: Float32Array[][]): boolean {
    const frame = this.clock.frame(currentFrame);
    const [samples] = inputs[0] ?? [];
    this.reached = frame ?? this.reached;
    if (frame === null || !samples) return true;
    for (let at = 0; at < samples.length; at++) if (samples[at]) this.port.postMessage({ frame: frame + at, count: samples[at] });
    return true;
  }
}

registerProcessor("maxbooster-arrivals", Arrivals);
