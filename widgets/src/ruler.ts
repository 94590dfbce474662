// The ruler: bars, markers, comments, the loop; a click seeks, a drag sets the loop.
import { h, keyed, put } from "./dom";
import { MarkerFlag, type MarkerHands } from "./markers";
import type { Comment, Snapshot } from "./model";
import type { Loop } from "./player";
import { formatTime } from "./scale";
import { gridLines, type Viewport } from "./viewport";

export interface RulerActions {
  seek(seconds: number): void;
  setLoop(from: number, to: number): void;
  openComment(id: string): void;
  markers: MarkerHands;
}

const CLICK_PIXELS = 4;

export class RulerView {
  readonly element: HTMLElement;
  private readonly canvas = h("canvas", { "aria-hidden": "true" });
  private readonly loop = h("div", { class: "mb-loop", "aria-hidden": "true" });
  private readonly flags = h("div", { class: "mb-flags" });
  private readonly markers = new Map<string, MarkerFlag>();
  private readonly comments = new Map<string, Flag<Comment>>();

  constructor(
    private readonly view: Viewport,
    private readonly actions: RulerActions,
    private readonly snap: (seconds: number) => number,
  ) {
    this.element = h(
      "div",
      { class: "mb-ruler", role: "group", "aria-label": "Ruler: click to move the playhead, drag to set the loop" },
      this.canvas,
      this.loop,
      this.flags,
    );
    this.element.addEventListener("pointerdown", this.onPointerDown);
  }

  update(session: Snapshot, loop: Loop | null, sampleRate: number): void {
    this.draw(session);
    this.loop.hidden = loop === null;
    if (loop) {
      const [from, to] = [this.view.x(loop.from / sampleRate), this.view.x(loop.to / sampleRate)];
      this.loop.style.left = `${from}px`;
      this.loop.style.width = `${to - from}px`;
    }
    keyed(this.flags, this.markers, session.markers, (marker) => marker.id, () => new MarkerFlag(this.view, this.actions.markers));
    for (const flag of this.comments.values()) flag.element.remove();
    const open = session.comments.filter((comment) => !comment.resolved);
    for (const id of [...this.comments.keys()]) if (!open.some((comment) => comment.id === id)) this.comments.delete(id);
    for (const comment of open) {
      const flag = this.comments.get(comment.id) ?? this.commentFlag();
      this.comments.set(comment.id, flag);
      flag.update(comment);
      this.flags.append(flag.element);
    }
  }

  private commentFlag(): Flag<Comment> {
    const element = h("button", { type: "button", class: "mb-pin" });
    let id = "";
    element.addEventListener("click", () => this.actions.openComment(id));
    element.addEventListener("pointerdown", (event) => event.stopPropagation());
    const update = (comment: Comment): void => {
      id = comment.id;
      element.style.left = `${this.view.x(comment.time_s)}px`;
      element.title = `${comment.author}: ${comment.text}`;
      put(element, "aria-label", `Comment by ${comment.author} at ${formatTime(comment.time_s)}`);
    };
    return { element, update };
  }

  private draw(session: Snapshot): void {
    const { width } = this.view;
    const height = this.element.clientHeight || 34;
    const context = sized(this.canvas, width, height);
    const style = getComputedStyle(this.element);
    const strong = style.getPropertyValue("--mb-strong");
    context.font = `10px ${style.fontFamily}`;
    context.fillStyle = style.color;
    for (const line of gridLines(this.view, session.tempo_bpm, session.time_signature, 42)) {
      const x = Math.round(this.view.x(line.seconds)) + 0.5;
      context.strokeStyle = strong;
      context.beginPath();
      context.moveTo(x, line.strong ? height - 12 : height - 6);
      context.lineTo(x, height);
      context.stroke();
      if (line.label) context.fillText(line.label, x + 3, height - 5);
    }
  }

  private readonly onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    event.preventDefault();
    this.element.setPointerCapture(event.pointerId);
    const left = this.element.getBoundingClientRect().left;
    const first = event.clientX - left;
    let dragged = false;
    const onMove = (move: PointerEvent): void => {
      const x = move.clientX - left;
      if (!dragged && Math.abs(x - first) < CLICK_PIXELS) return;
      dragged = true;
      const [from, to] = [first, x].sort((a, b) => a - b) as [number, number];
      this.actions.setLoop(Math.max(0, this.snap(this.view.seconds(from))), this.snap(this.view.seconds(to)));
    };
    const onUp = (): void => {
      this.element.removeEventListener("pointermove", onMove);
      this.element.removeEventListener("pointerup", onUp);
      this.element.removeEventListener("pointercancel", onUp);
      if (!dragged) this.actions.seek(Math.max(0, this.view.seconds(first)));
    };
    this.element.addEventListener("pointermove", onMove);
    this.element.addEventListener("pointerup", onUp);
    this.element.addEventListener("pointercancel", onUp);
  };
}

interface Flag<T> {
  element: HTMLElement;
  update(item: T): void;
}

/** Size a canvas for the screen's pixels and return its cleared context. */
export function sized(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const ratio = globalThis.devicePixelRatio || 1;
  const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}
