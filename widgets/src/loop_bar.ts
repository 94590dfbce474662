// The loop on the ruler: its ends are sliders, its middle moves the whole.
import { h, put } from "./dom";
import { drag } from "./drag";
import { formatTime } from "./scale";
import type { Viewport } from "./viewport";

export interface LoopHands {
  /** Seconds, or null to end looping. */
  setLoop(loop: { from: number; to: number } | null): void;
  snap(seconds: number): number;
  /** How far an arrow key moves an end, in seconds. */
  beat(): number;
}

interface Span {
  from: number;
  to: number;
}

const SHORTEST_S = 0.02;

/** A loop with one end, or both, moved; its ends never cross and never lie before the session. */
export function movedLoop(was: Span, part: "from" | "to" | "both", by: number, snap: (seconds: number) => number): Span {
  if (part === "from") return { from: Math.min(Math.max(0, snap(was.from + by)), was.to - SHORTEST_S), to: was.to };
  if (part === "to") return { from: was.from, to: Math.max(snap(was.to + by), was.from + SHORTEST_S) };
  const from = Math.max(0, snap(was.from + by));
  return { from, to: from + was.to - was.from };
}

export class LoopBar {
  readonly element: HTMLElement;
  private readonly ends: Record<"from" | "to", HTMLElement>;
  private loop: Span | null = null;

  constructor(
    private readonly view: Viewport,
    private readonly hands: LoopHands,
  ) {
    const end = (part: "from" | "to", label: string): HTMLElement => {
      const element = h("div", { class: `mb-loop-end mb-loop-${part}`, role: "slider", tabindex: 0, "aria-label": label, "aria-valuemin": 0 });
      element.addEventListener("keydown", (event) => this.onKey(part, event));
      return element;
    };
    this.ends = { from: end("from", "Loop start"), to: end("to", "Loop end") };
    this.element = h("div", { class: "mb-loop", role: "group", "aria-label": "Loop" }, this.ends.from, this.ends.to);
    this.element.addEventListener("pointerdown", (event) => this.drag(event));
    this.element.addEventListener("dblclick", (event) => {
      event.stopPropagation();
      hands.setLoop(null);
    });
  }

  update(loop: Span | null): void {
    this.loop = loop;
    this.element.hidden = loop === null;
    if (!loop) return;
    const { view } = this;
    const [from, to] = [Math.max(-8, view.x(loop.from)), Math.min(view.width + 8, view.x(loop.to))];
    this.element.style.left = `${from.toFixed(1)}px`;
    this.element.style.width = `${Math.max(0, to - from).toFixed(1)}px`;
    for (const part of ["from", "to"] as const) {
      put(this.ends[part], "aria-valuenow", Number(loop[part].toFixed(3)));
      put(this.ends[part], "aria-valuemax", Number(Math.max(view.whole, loop.to).toFixed(3)));
      put(this.ends[part], "aria-valuetext", formatTime(loop[part]));
    }
  }

  private onKey(part: "from" | "to", event: KeyboardEvent): void {
    const { loop, hands } = this;
    if (!loop || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? 0.01 : hands.beat();
    const by = { ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step, PageUp: 4 * step, PageDown: -4 * step }[event.key];
    if (by !== undefined) hands.setLoop(movedLoop(loop, part, by, (seconds) => seconds));
    else if (event.key === "Delete" || event.key === "Backspace") hands.setLoop(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private drag(event: PointerEvent): void {
    const { element, hands, loop: was } = this;
    if (event.button !== 0 || !was || event.target instanceof HTMLButtonElement) return;
    event.preventDefault();
    event.stopPropagation();
    const part = event.target === this.ends.from ? "from" : event.target === this.ends.to ? "to" : "both";
    if (part !== "both") this.ends[part].focus({ preventScroll: true });
    const onMove = (move: PointerEvent): void => {
      const by = (move.clientX - event.clientX) / this.view.pixelsPerSecond;
      hands.setLoop(movedLoop(was, part, by, move.altKey ? (seconds) => seconds : hands.snap));
    };
    drag(element, event, onMove);
  }
}
