// Which stretch of time the timeline shows, and the grid that fits it.

const NARROWEST_S = 0.05;

export class Viewport {
  /** Seconds at the left edge, and how many are in view. */
  from = 0;
  span = 60;
  width = 1;
  private whole = 0;
  private fitted = true;

  get pixelsPerSecond(): number {
    return this.width / this.span;
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
    if (whole === this.whole) return;
    this.whole = whole;
    if (this.fitted) this.fit();
    else this.set(this.from, this.span);
  }

  fit(): void {
    this.set(0, this.whole);
    this.fitted = true;
  }

  /** Zoom by a factor (above 1: closer) around a place that stays where it is. */
  zoom(factor: number, around: number): void {
    const span = Math.min(this.whole, Math.max(NARROWEST_S, this.span / factor));
    this.set(around - ((around - this.from) / this.span) * span, span);
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
    this.span = Math.min(Math.max(span, NARROWEST_S), Math.max(this.whole, NARROWEST_S));
    this.from = Math.max(0, Math.min(from, this.whole - this.span));
    this.fitted = this.span >= this.whole;
  }
}

/** One line of the grid. */
export interface GridLine {
  seconds: number;
  /** Its bar number where a bar starts that is to be labelled. */
  label: string | null;
  strong: boolean;
}

/** Lines at bars, or at beats where there is room, at least `room` pixels apart. */
export function gridLines(view: Viewport, tempoBpm: number, signature: readonly [number, number], room = 14): GridLine[] {
  const beat = (60 / tempoBpm) * (4 / signature[1]);
  const bar = beat * signature[0];
  const pixels = view.pixelsPerSecond;
  let bars = 1;
  while (bar * bars * pixels < room * 3.2) bars *= 2;
  const step = bars === 1 && beat * pixels >= room ? beat : bar * bars;
  const lines: GridLine[] = [];
  const end = view.from + view.span;
  for (let index = Math.max(0, Math.floor(view.from / step)); index * step <= end; index++) {
    const seconds = index * step;
    const inBars = seconds / bar;
    const isBar = Math.abs(inBars - Math.round(inBars)) < 1e-6;
    const label = isBar && Math.round(inBars) % bars === 0 ? String(Math.round(inBars) + 1) : null;
    lines.push({ seconds, label, strong: isBar });
  }
  return lines;
}

/** The nearest line of the grid of beats, when the place is within a few pixels of it. */
export function snapped(view: Viewport, seconds: number, tempoBpm: number, signature: readonly [number, number]): number {
  const beat = (60 / tempoBpm) * (4 / signature[1]);
  const nearest = Math.round(seconds / beat) * beat;
  return Math.abs(nearest - seconds) * view.pixelsPerSecond < 7 ? nearest : seconds;
}
