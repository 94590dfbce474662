// Which stretch of time the timeline shows.

const NARROWEST_S = 0.02;

export class Viewport {
  /** Seconds at the left edge, and how many are in view. */
  from = 0;
  span = 60;
  width = 1;
  private length = 0;
  private fitted = true;

  get pixelsPerSecond(): number {
    return this.width / this.span;
  }

  /** How many seconds there are to show at all. */
  get whole(): number {
    return Math.max(this.length, NARROWEST_S);
  }

  x(seconds: number): number {
    return (seconds - this.from) * this.pixelsPerSecond;
  }

  seconds(x: number): number {
    return this.from + x / this.pixelsPerSecond;
  }

  /** Take the session's length; a view that shows all of it goes on doing so. */
  setLength(seconds: number): void {
    const whole = Math.max(4, seconds * 1.02);
    if (whole === this.length) return;
    this.length = whole;
    if (this.fitted) this.fit();
    else this.set(this.from, this.span);
  }

  fit(): void {
    this.set(0, this.whole);
    this.fitted = true;
  }

  /** Zoom by a factor (above 1: closer) around a place that stays where it is; one out of view comes to the middle. */
  zoom(factor: number, around: number): void {
    const span = Math.min(this.whole, Math.max(NARROWEST_S, this.span / factor));
    const share = (around - this.from) / this.span;
    this.set(around - (share < 0 || share > 1 ? 0.5 : share) * span, span);
  }

  /** Show a stretch, with a little air around it. */
  show(from: number, to: number): void {
    const span = Math.max(NARROWEST_S, (to - from) * 1.06);
    this.set((from + to - span) / 2, span);
  }

  /** Show exactly a stretch. */
  zoomTo(from: number, to: number): void {
    if (to - from >= NARROWEST_S) this.set(from, to - from);
  }

  scroll(seconds: number): void {
    this.set(this.from + seconds, this.span);
  }

  /** Scroll so far that a place is in view. */
  reveal(seconds: number): boolean {
    if (seconds >= this.from && seconds <= this.from + this.span) return false;
    this.set(seconds - this.span * 0.05, this.span);
    return true;
  }

  private set(from: number, span: number): void {
    this.span = Math.min(Math.max(span, NARROWEST_S), this.whole);
    this.from = Math.max(0, Math.min(from, this.whole - this.span));
    this.fitted = this.span >= this.whole;
  }
}
