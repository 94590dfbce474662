// One parameter's automation over a lane: its curve, its points to drag, a double click or Enter to add one.
import { valueAt } from "./automation";
import { eventFrame, type ParameterEvent } from "./compile";
import { newId } from "./controls";
import type { SharedSession } from "./document";
import { h, pick, put, svg } from "./dom";
import { drag } from "./drag";
import { Gesture } from "./gesture";
import type { Point } from "./model";
import { formatTime } from "./scale";
import type { Target } from "./targets";
import type { Viewport } from "./viewport";

export const FINE = 48000;
const INSET = 7;

export interface LaneHands {
  session: SharedSession;
  view: Viewport;
  snap: (seconds: number) => number;
  readonly: () => boolean;
  touch: (place: string | null) => void;
  /** Where the playhead is, in seconds. */
  position: () => number;
}

/** How the value gets to a point, as it is offered; a drawn curve is replaced by points, not chosen. */
const KINDS: readonly (readonly [Point["curve"], string])[] = [
  ["set", "Jump"],
  ["linear", "Line"],
  ["exponential", "Exponential"],
  ["target", "Approach"],
];
const APPROACH_S = 0.1;

export class AutomationLane {
  readonly element = svg("svg", { class: "mb-automation", role: "group", tabindex: 0 });
  /** What is said and chosen of the point in hand, for the lane's header. */
  readonly tools = h("div", { class: "mb-point-tools" });
  private readonly kind = h("select", { class: "mb-choice" }, ...KINDS.map(([value, text]) => h("option", { value }, text)));
  private readonly value = h("span", { class: "mb-point-value", "aria-hidden": "true" });
  private readonly line = svg("path", { class: "mb-automation-line" });
  private readonly dots = svg("g");
  private readonly byId = new Map<string, SVGCircleElement>();
  private readonly gesture: Gesture;
  private target: Target | null = null;
  private points: readonly Point[] = [];
  private name = "";
  private height = 60;
  /** The point in hand. */
  private held: string | null = null;

  constructor(private readonly hands: LaneHands) {
    this.gesture = new Gesture(hands.session);
    this.element.append(this.line, this.dots);
    this.tools.append(this.kind, this.value);
    this.element.addEventListener("dblclick", this.onDoubleClick);
    this.element.addEventListener("keydown", this.onEnter);
    this.kind.addEventListener("change", () => this.bend(this.kind.value as Point["curve"]));
  }

  /** Show a target's points, or nothing. */
  update(target: Target | null, points: readonly Point[], name: string, height: number): void {
    this.target = target;
    this.points = points;
    this.name = name;
    this.height = height;
    this.element.toggleAttribute("hidden", target === null);
    this.tools.hidden = target === null;
    if (!target) return;
    put(this.element, "aria-label", `${name} ${target.title} automation: Enter adds a point at the playhead`);
    this.showHeld(target);
    put(this.element, "width", this.hands.view.width);
    put(this.element, "height", height);
    this.line.setAttribute("d", this.path(target));
    this.line.classList.toggle("mb-automation-empty", points.length === 0);
    this.place(target);
  }

  /** Show the kind and the value of the point in hand. */
  private showHeld(target: Target): void {
    const at = this.points.findIndex((item) => item.id === this.held);
    const point = this.points[at];
    const before = this.points[at - 1];
    for (const [id, dot] of this.byId) dot.classList.toggle("mb-point-held", id === point?.id);
    put(this.kind, "aria-label", `${this.name} ${target.title} curve to the point`);
    this.kind.disabled = !point || this.hands.readonly();
    pick(this.kind, point?.curve ?? "linear");
    // An exponential ramp runs between values of one sign, none of them 0.
    for (const option of this.kind.options)
      if (option.value === "exponential") option.disabled = !point || (before?.value ?? target.value) * point.value <= 0;
    const text = point ? target.format(point.value) : `${this.points.length} point${this.points.length === 1 ? "" : "s"}`;
    if (this.value.textContent !== text) this.value.textContent = text;
  }

  /** Change how the value gets to the point in hand. */
  private bend(curve: Point["curve"]): void {
    const { target, held } = this;
    if (!target || held === null || this.hands.readonly()) return;
    this.hands.session.edit((edit) => {
      const path = ["automation", target.path, held] as const;
      edit.set(path, "curve", curve);
      if (curve === "target") edit.set(path, "time_constant_s", this.points.find(({ id }) => id === held)?.time_constant_s ?? APPROACH_S);
    });
  }

  private y(value: number): number {
    const position = Math.min(1, Math.max(0, (this.target as Target).toPosition(value)));
    return INSET + (1 - position) * (this.height - 2 * INSET);
  }

  private valueOf(y: number): number {
    const position = 1 - (y - INSET) / (this.height - 2 * INSET);
    return (this.target as Target).toValue(Math.min(1, Math.max(0, position)));
  }

  private path(target: Target): string {
    const { view } = this.hands;
    const parameter = { value: target.value, events: this.points.map(fineEvent) };
    const parts: string[] = [];
    for (let x = 0; x <= view.width; x += 2) {
      const value = valueAt(parameter, view.seconds(x) * FINE, FINE);
      parts.push(`${parts.length === 0 ? "M" : "L"}${x} ${this.y(value).toFixed(1)}`);
    }
    return parts.join("");
  }

  private place(target: Target): void {
    const wanted = new Set(this.points.map((point) => point.id));
    for (const [id, dot] of this.byId) {
      if (wanted.has(id)) continue;
      dot.remove();
      this.byId.delete(id);
    }
    for (const point of this.points) {
      if (point.curve === "curve") continue;
      const dot = this.byId.get(point.id) ?? this.makeDot(point.id);
      put(dot, "cx", this.hands.view.x(point.time_s).toFixed(1));
      put(dot, "cy", this.y(point.value).toFixed(1));
      put(dot, "aria-label", `${this.name} ${target.title} point at ${formatTime(point.time_s)}`);
      put(dot, "aria-valuenow", Number(point.value.toFixed(4)));
      put(dot, "aria-valuetext", target.format(point.value));
      put(dot, "aria-valuemin", target.minimum);
      put(dot, "aria-valuemax", target.maximum);
    }
  }

  private makeDot(id: string): SVGCircleElement {
    const dot = svg("circle", { r: 5, class: "mb-point", role: "slider", tabindex: 0 });
    dot.addEventListener("focus", () => {
      this.held = id;
      if (this.target) this.showHeld(this.target);
    });
    dot.addEventListener("pointerdown", (event) => this.drag(id, dot, event));
    dot.addEventListener("dblclick", (event) => event.stopPropagation());
    dot.addEventListener("keydown", (event) => this.onKey(id, event));
    dot.addEventListener("keyup", () => this.gesture.end());
    this.dots.append(dot);
    this.byId.set(id, dot);
    return dot;
  }

  private set(id: string, time: number, value: number): void {
    const target = this.target as Target;
    const path = ["automation", target.path, id] as const;
    const inside = Math.min(target.maximum, Math.max(target.minimum, value));
    this.gesture.move((edit) => {
      edit.set(path, "time_s", Math.max(0, time));
      edit.set(path, "value", inside);
    });
  }

  private remove(id: string): void {
    const target = this.target as Target;
    this.hands.session.edit((edit) => edit.remove(["automation", target.path], id));
  }

  private drag(id: string, dot: SVGCircleElement, event: PointerEvent): void {
    if (event.button !== 0 || this.hands.readonly()) return;
    event.preventDefault();
    event.stopPropagation();
    dot.focus({ preventScroll: true });
    this.hands.touch((this.target as Target).path);
    const box = this.element.getBoundingClientRect();
    const onMove = (move: PointerEvent): void => {
      const time = this.hands.view.seconds(move.clientX - box.left);
      this.set(id, move.altKey ? time : this.hands.snap(time), this.valueOf(move.clientY - box.top));
    };
    drag(dot, event, onMove, () => {
      this.gesture.end();
      this.hands.touch(null);
    });
  }

  private onKey(id: string, event: KeyboardEvent): void {
    const point = this.points.find((item) => item.id === id);
    const target = this.target;
    if (!point || !target || this.hands.readonly() || event.ctrlKey || event.metaKey) return;
    const fine = event.shiftKey ? 0.2 : 1;
    const raised = (by: number): number => target.toValue(Math.min(1, Math.max(0, target.toPosition(point.value) + by * fine)));
    if (event.key === "ArrowUp") this.set(id, point.time_s, raised(0.02));
    else if (event.key === "ArrowDown") this.set(id, point.time_s, raised(-0.02));
    else if (event.key === "ArrowLeft") this.set(id, point.time_s - 0.05 * fine, point.value);
    else if (event.key === "ArrowRight") this.set(id, point.time_s + 0.05 * fine, point.value);
    else if (event.key === "Delete" || event.key === "Backspace") this.remove(id);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private readonly onDoubleClick = (event: MouseEvent): void => {
    const box = this.element.getBoundingClientRect();
    this.add(this.hands.snap(this.hands.view.seconds(event.clientX - box.left)), this.valueOf(event.clientY - box.top));
  };

  /** Enter on the lane, not on a point, puts one at the playhead, on the curve. */
  private readonly onEnter = (event: KeyboardEvent): void => {
    const { target } = this;
    if (event.key !== "Enter" || event.target !== this.element || !target) return;
    event.preventDefault();
    event.stopPropagation();
    const time = this.hands.position();
    this.add(time, valueAt({ value: target.value, events: this.points.map(fineEvent) }, time * FINE, FINE));
  };

  private add(time: number, value: number): void {
    const { target } = this;
    if (!target || this.hands.readonly()) return;
    const id = newId("point");
    const there = this.hands.session.snapshot().automation[target.path] ?? []; // what is drawn may be older
    const curve = there.length === 0 ? "set" : "linear";
    this.held = id;
    this.hands.session.edit((edit) =>
      edit.put(["automation", target.path], "point", id, { time_s: Math.max(0, time), value, curve }),
    );
  }
}

/** A point as an event on a clock fine enough to draw with. */
export function fineEvent(point: Point): ParameterEvent {
  const frame = eventFrame(point.time_s, FINE);
  if (point.curve === "curve")
    return { type: "curve", frame, values: point.values ?? [0, 0], duration: Math.max(1, (point.duration_s ?? 0) * FINE) };
  if (point.curve === "target")
    return { type: "target", frame, value: point.value, time_constant: point.time_constant_s ?? 0.1 };
  return { type: point.curve, frame, value: point.value };
}
