// Which context frame a worklet's quantum begins at. Chromium leaves `currentFrame` as it was while the page holds the
// audio graph to connect nodes (crbug.com/442866743): such a quantum seems to lie where an earlier one did.

export const QUANTUM = 128;

/** Counts quanta from one whose frame is certain. */
export class QuantumClock {
  private told: number | null = null;
  private next: number | null = null;

  /**
   * The frame of a quantum, or null until one is certain; must be called in every quantum.
   * @param told What `currentFrame` says in it. It is right where it differs from what it said in the quantum before;
   *   a frame behind the one that is due then means that quanta were left out.
   */
  frame(told: number): number | null {
    const anew = this.told !== null && told !== this.told;
    const frame = anew ? told : this.next;
    this.told = told;
    this.next = frame === null ? null : frame + QUANTUM;
    return frame;
  }
}
