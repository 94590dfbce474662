// A drag writes at most once per animation frame and 30 times a second, and is one undo step.
import type { Edit, SharedSession } from "./document";

const SHORTEST_MS = 1000 / 30;

export interface Clock {
  now(): number;
  frame(callback: () => void): void;
}

const BROWSER: Clock = {
  now: () => performance.now(),
  frame: (callback) => {
    requestAnimationFrame(callback);
  },
};

export class Gesture {
  private pending: ((edit: Edit) => void) | null = null;
  private begun = false;
  private waiting = false;
  private last = -Infinity;

  constructor(
    private readonly session: Pick<SharedSession, "edit" | "extend">,
    private readonly clock: Clock = BROWSER,
  ) {}

  /** Say what the document should hold now; a later call before the next frame replaces an earlier one. */
  move(change: (edit: Edit) => void): void {
    this.pending = change;
    if (this.waiting) return;
    if (this.clock.now() - this.last >= SHORTEST_MS) this.flush();
    else this.wait();
  }

  /** The gesture is over: what is pending is written at once. */
  end(): void {
    this.flush();
    this.begun = false;
  }

  private wait(): void {
    this.waiting = true;
    this.clock.frame(() => {
      this.waiting = false;
      if (!this.pending) return;
      if (this.clock.now() - this.last >= SHORTEST_MS) this.flush();
      else this.wait();
    });
  }

  private flush(): void {
    const change = this.pending;
    if (!change) return;
    this.pending = null;
    this.last = this.clock.now();
    if (this.begun) this.session.extend(change);
    else this.session.edit(change);
    this.begun = true;
  }
}
