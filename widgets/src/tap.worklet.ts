// Sends everything that comes in to the page, with the context frame it came at.

const QUANTA = 64;

class Tap extends AudioWorkletProcessor {
  private blocks: Float32Array[] = [];
  private first = 0;

  process(inputs: Float32Array[][]): boolean {
    const [left, right] = inputs[0] ?? [];
    if (this.blocks.length === 0) this.first = currentFrame;
    const block = new Float32Array(256);
    if (left) block.set(left, 0);
    if (left) block.set(right ?? left, 128);
    this.blocks.push(block);
    if (this.blocks.length === QUANTA) {
      this.port.postMessage({ frame: this.first, blocks: this.blocks });
      this.blocks = [];
    }
    return true;
  }
}

registerProcessor("maxbooster-tap", Tap);
