// A context that nobody hears is put to sleep: filters and compressors otherwise go on computing zeros while all stands
// still. It sleeps once every studio of the page has been still for longer than anything rings on, and wakes for a start,
// an edit or a hand; what compressors and filters hold is then what it was.

/** Longer than the longest tail: nothing that sounds is cut. */
export const STILL_MS = 15_000;

type Sleeper = Pick<AudioContext, "state" | "suspend" | "resume">;

export class Sleep {
  private readonly busy = new Set<object>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly context: Sleeper) {}

  /** Stay awake for someone who plays, or no longer. */
  keepAwake(who: object, playing: boolean): void {
    if (playing === this.busy.has(who)) return;
    if (playing) this.busy.add(who);
    else this.busy.delete(who);
    this.stir();
  }

  /** Wake up, and sleep again when all stays still. */
  stir(): void {
    clearTimeout(this.timer);
    if (this.context.state === "suspended") void this.context.resume();
    if (this.busy.size > 0) return;
    this.timer = setTimeout(() => {
      if (this.context.state === "running") void this.context.suspend();
    }, STILL_MS);
  }
}
