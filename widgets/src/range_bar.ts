// The range on the ruler: its ends are sliders, its middle moves the whole; it is lit while it loops.
import { h, put } from "./dom";
import { drag } from "./drag";
import { openEntry } from "./entry";
import type { Span } from "./places";
import type { TimeRange } from "./range";
import { formatTime } from "./scale";
import type { Viewport } from "./viewport";

export interface RangeHands {
  range: TimeRange;
  snap(seconds: number): number;
  /** How far an arrow key moves an end, in seconds. */
  beat(): number;
}

const SHORTEST_S = 0.02;
const KEYS = "←→ by a beat, with Shift by 10 ms; Enter to type; Delete for no range";

/** A range with one end, or both, moved; its ends never cross and never lie before the session. */
export function movedRange(was: Span, part: "from" | "to" | "both", by: number, snap: (seconds: number) => number): Span {
  if (part === "from") return { from: Math.min(Math.max(0, snap(was.from + by)), was.to - SHORTEST_S), to: was.to };
  if (part === "to") return { from: was.from, to: Math.max(snap(was.to + by), was.from + SHORTEST_S) };
  const from = Math.max(0, snap(was.from + by));
  return { from, to: from + was.to - was.from };
}

export class RangeBar {
  readonly element: HTMLElement;
  private readonly ends: Record<"from" | "to", HTMLElement>;

  constructor(
    private readonly view: Viewport,
    private readonly hands: RangeHands,
  ) {
    const end = (part: "from" | "to", label: string): HTMLElement => {
      const attributes = { role: "slider", tabindex: 0, "aria-label": label, "aria-valuemin": 0, title: `${label}: ${KEYS}` };
      const element = h("div", { class: `mb-loop-end mb-loop-${part}`, ...attributes });
      element.addEventListener("keydown", (event) => this.onKey(part, event));
      return element;
    };
    this.ends = { from: end("from", "Loop start"), to: end("to", "Loop end") };
    this.element = h("div", { class: "mb-loop", role: "group", "aria-label": "Loop" }, this.ends.from, this.ends.to);
    this.element.addEventListener("pointerdown", (event) => this.drag(event));
    this.element.addEventListener("dblclick", (event) => {
      event.stopPropagation();
      hands.range.clear();
    });
  }

  update(): void {
    const { view } = this;
    const { span, looping } = this.hands.range;
    this.element.hidden = span === null;
    if (!span) return;
    this.element.classList.toggle("mb-loop-off", !looping);
    const length = `${formatTime(span.from)} to ${formatTime(span.to)}, ${(span.to - span.from).toFixed(3)} s`;
    put(this.element, "title", `${looping ? "Loop" : "Range"} ${length}: drag to move, double click for none, L to loop or not`);
    const [from, to] = [Math.max(-8, view.x(span.from)), Math.min(view.width + 8, view.x(span.to))];
    this.element.style.left = `${from.toFixed(1)}px`;
    this.element.style.width = `${Math.max(0, to - from).toFixed(1)}px`;
    for (const part of ["from", "to"] as const) {
      put(this.ends[part], "aria-valuenow", Number(span[part].toFixed(3)));
      put(this.ends[part], "aria-valuemax", Number(Math.max(view.whole, span.to).toFixed(3)));
      put(this.ends[part], "aria-valuetext", formatTime(span[part]));
    }
  }

  private onKey(part: "from" | "to", event: KeyboardEvent): void {
    const { range, beat } = this.hands;
    const { span } = range;
    if (!span || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? 0.01 : beat();
    const by = { ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step, PageUp: 4 * step, PageDown: -4 * step }[event.key];
    if (by !== undefined) range.move(movedRange(span, part, by, free));
    else if (event.key === "Enter") this.type(part, span);
    else if (event.key === "Delete" || event.key === "Backspace") range.clear();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Let an end be typed, in seconds. */
  private type(part: "from" | "to", span: Span): void {
    const label = this.ends[part].getAttribute("aria-label") ?? "";
    const take = (seconds: number): void => {
      const now = this.hands.range.span;
      if (now) this.hands.range.move(movedRange(now, part, seconds - now[part], free));
    };
    openEntry(this.ends[part], label, String(Number(span[part].toFixed(3))), "s", take).select();
  }

  private drag(event: PointerEvent): void {
    const { element, hands } = this;
    const was = hands.range.span;
    if (event.button !== 0 || !was) return;
    event.preventDefault();
    event.stopPropagation();
    const part = event.target === this.ends.from ? "from" : event.target === this.ends.to ? "to" : "both";
    if (part !== "both") this.ends[part].focus({ preventScroll: true });
    const onMove = (move: PointerEvent): void => {
      const by = (move.clientX - event.clientX) / this.view.pixelsPerSecond;
      hands.range.move(movedRange(was, part, by, move.altKey ? free : hands.snap));
    };
    drag(element, event, onMove);
  }
}

const free = (seconds: number): number => seconds;
