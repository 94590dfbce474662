// A moving value as few points: while samples come in, the last point is drawn along for as long as a straight line
// from the point before it still passes every sample.

export interface Sample {
  time: number;
  value: number;
}

/** How far a line may pass from a sample, as a part of the control's travel. */
export const TOLERANCE = 0.004;
/** The most samples one line may pass, so that a value held for long costs no more and more. */
const LONGEST = 600;

export class Thinning {
  /** The points so far; all but the last stay as they are. */
  readonly points: Sample[];
  private passed: Sample[] = [];

  constructor(
    first: Sample,
    private readonly toPosition: (value: number) => number,
    private readonly tolerance = TOLERANCE,
  ) {
    this.points = [first];
  }

  /** Take in a sample later than all before it; returns the index of the first point that changed. */
  add(sample: Sample): number {
    const anchor = this.points.at(-2);
    const drawable = anchor && this.passed.length < LONGEST && this.passed.every((item) => this.near(anchor, sample, item));
    if (!drawable) {
      this.passed = [];
      this.points.push(sample);
    } else this.points[this.points.length - 1] = sample;
    this.passed.push(sample);
    return this.points.length - 1;
  }

  private near(from: Sample, to: Sample, item: Sample): boolean {
    const value = from.value + ((to.value - from.value) * (item.time - from.time)) / (to.time - from.time);
    return Math.abs(this.toPosition(value) - this.toPosition(item.value)) <= this.tolerance;
  }
}
