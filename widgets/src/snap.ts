// Snapping a place under the hand, and the line that shows what it has caught.
import { h } from "./dom";
import { type Meter, type SnapMode, snapped } from "./grid";
import type { Viewport } from "./viewport";

export interface SnapTo {
  mode(): SnapMode;
  meter(): Meter;
  /** What a magnetic drag may catch besides beats. */
  magnets(): readonly number[];
}

export class Snapper {
  readonly guide = h("div", { class: "mb-guide", hidden: true });
  private holding = false;

  constructor(
    private readonly view: Viewport,
    private readonly to: SnapTo,
  ) {}

  /** Whether a hand holds something: while it does, what it catches is shown. */
  get held(): boolean {
    return this.holding;
  }

  set held(held: boolean) {
    this.holding = held;
    this.guide.hidden = true;
  }

  /** Where a place under the hand goes. */
  at(seconds: number): number {
    const mode = this.to.mode();
    const at = snapped(this.view, seconds, mode, this.to.meter(), mode === "magnet" ? this.to.magnets() : []);
    if (this.holding) {
      const caught = mode !== "off" && (at !== seconds || mode !== "magnet");
      this.guide.hidden = !caught;
      if (caught) this.guide.style.transform = `translateX(${this.view.x(at).toFixed(1)}px)`;
    }
    return at;
  }
}
