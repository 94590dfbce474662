// How often numbers and meters are drawn: in every other frame of a 60 Hz screen, half as often while frames come late, and
// not in a frame that has an edit to show unless they have waited for long. A hand on a control is followed first.

/** How often levels are measured; a tap looks back 40 ms. */
const MEASURED_MS = 25;
const SLOW_MS = 60;
const LONGEST_MS = 120;
/** A frame that comes so long after the one before is late. */
const LATE_MS = 25;
/** So many frames in a hundred may be late before numbers give way; a late frame counts for half a second or so. */
const TOLERATED = 0.06;
const WEIGHT = 1 / 30;

export class Pace {
  private last: number | null = null;
  private late = 0;
  private measured = -Infinity;
  private drawn = -Infinity;

  /**
   * What a frame is for, at a time in milliseconds: levels to measure, and numbers to draw.
   * @param edited Whether the frame has an edit to show.
   */
  frame(now: number, edited: boolean): { measure: boolean; draw: boolean } {
    if (this.last !== null) this.late += WEIGHT * ((now - this.last > LATE_MS ? 1 : 0) - this.late);
    this.last = now;
    const draw = now - this.drawn >= (edited ? LONGEST_MS : this.late > TOLERATED ? SLOW_MS : MEASURED_MS);
    const measure = draw || now - this.measured >= MEASURED_MS;
    if (draw) this.drawn = now;
    if (measure) this.measured = now;
    return { measure, draw };
  }
}
