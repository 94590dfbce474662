// Sends everything that comes in to the page, with the context frame it came at.
import { QUANTUM, QuantumClock } from "./quantum_clock";

const QUANTA = 64;

class Tap extends AudioWorkletProcessor {
  private readonly clock = new QuantumClock();
  private blocks: Float32Array[] = [];
  private first = 0;

  process(inputs: Float32Array[][]): boolean {
    const frame = this.clock.frame(currentFrame);
    if (frame === null) return true;
    if (frame !== this.first + this.blocks.length * QUANTUM) this.send();
    if (this.blocks.length === 0) this.first = frame;
    const [left, right] = inputs[0] ?? [];
    const block = new Float32Array(2 * QUANTUM);
    if (left) block.set(left, 0);
    if (left) block.set(right ?? left, QUANTUM);
    this.blocks.push(block);
    if (this.blocks.length === QUANTA) this.send();
    return true;
  }

  private send(): void {
    if (this.blocks.length > 0) this.port.postMessage({ frame: this.first, blocks: this.blocks });
    this.blocks = [];
  }
}

registerProcessor("maxbooster-tap", Tap);
