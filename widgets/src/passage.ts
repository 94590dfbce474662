// An insert that only the kernel can render is a wire until its first stem is there. The wire sounds on until the stem
// does and gives way to it; what follows hears both through one node, so that nothing is connected anew between.

/** How long the one gives way to the other. */
export const CROSS_S = 0.02;

export class Passage {
  /** What follows the insert hears. */
  readonly output: GainNode;
  private readonly passing: GainNode;
  private readonly entering: GainNode;

  constructor(context: BaseAudioContext, wire: AudioNode) {
    this.output = new GainNode(context);
    this.passing = new GainNode(context);
    this.entering = new GainNode(context, { gain: 0 });
    wire.connect(this.passing).connect(this.output);
  }

  /** Take in what plays the stem; it is heard from `cross` on. */
  admit(stem: AudioNode): void {
    stem.connect(this.entering).connect(this.output);
  }

  /** Let the wire give way at a context time. */
  cross(time: number): void {
    for (const [{ gain }, from, to] of [[this.passing, 1, 0], [this.entering, 0, 1]] as const) {
      gain.setValueAtTime(from, time);
      gain.linearRampToValueAtTime(to, time + CROSS_S);
    }
  }

  /** Leave the stem alone. */
  close(): void {
    this.passing.disconnect();
    this.entering.gain.cancelScheduledValues(0);
    this.entering.gain.value = 1;
  }
}
