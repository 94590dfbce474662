// The ruler: bars and seconds, markers, comments, the range; a click seeks, a drag sets the range and loops it.
import { h, keyed, put, svg } from "./dom";
import { drag } from "./drag";
import { gridLines, secondLines } from "./grid";
import { RangeBar, type RangeHands } from "./range_bar";
import { MarkerFlag, type MarkerHands } from "./markers";
import type { Comment, Snapshot } from "./model";
import { formatTime } from "./scale";
import type { Viewport } from "./viewport";

export interface RulerActions extends RangeHands {
  seek(seconds: number): void;
  openComment(id: string): void;
  markers: MarkerHands;
}

const CLICK_PIXELS = 4;
/** Markers and the loop above, then bars, then seconds. */
export const RULER_HEIGHT = 50;
const BARS_Y = 30;
const SECONDS_Y = 44;
const LETTER_PIXELS = 5.6;

export class RulerView {
  readonly element: HTMLElement;
  private readonly scale = svg("svg", { class: "mb-ruler-scale", "aria-hidden": "true", height: RULER_HEIGHT });
  private readonly range: RangeBar;
  private readonly flags = h("div", { class: "mb-flags" });
  private readonly markers = new Map<string, MarkerFlag>();
  private readonly comments = new Map<string, Flag<Comment>>();
  private drawn = "";

  constructor(
    private readonly view: Viewport,
    private readonly actions: RulerActions,
  ) {
    this.range = new RangeBar(view, actions);
    this.element = h("div", { class: "mb-ruler", role: "group", "aria-label": "Ruler: click to move the playhead, drag to set the loop" });
    this.element.append(this.scale, this.range.element, this.flags);
    this.element.addEventListener("pointerdown", this.onPointerDown);
  }

  update(session: Snapshot): void {
    this.draw(session);
    this.range.update();
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
    const { view } = this;
    const key = `${view.from} ${view.span} ${view.width} ${session.tempo_bpm} ${session.time_signature}`;
    if (this.drawn === key) return;
    this.drawn = key;
    put(this.scale, "width", view.width);
    const [strong, weak]: string[][] = [[], []];
    const texts: SVGElement[] = [];
    const label = (x: number, y: number, text: string, kind: string): void => {
      if (x + 4 + text.length * LETTER_PIXELS > view.width) return;
      const element = svg("text", { x: x + 3, y, class: kind });
      element.textContent = text;
      texts.push(element);
    };
    for (const line of gridLines(view, session, 42)) {
      const x = Math.round(view.x(line.seconds)) + 0.5;
      (line.strong ? strong : weak)?.push(`M${x} ${line.strong ? 20 : 26}V33`);
      if (line.label) label(x, BARS_Y, line.label, line.strong ? "mb-bar-number" : "");
    }
    for (const line of secondLines(view)) {
      const x = Math.round(view.x(line.seconds)) + 0.5;
      weak?.push(`M${x} 36V${RULER_HEIGHT}`);
      label(x, SECONDS_Y, line.label, "mb-second");
    }
    this.scale.replaceChildren(
      svg("path", { d: (weak ?? []).join(""), class: "mb-tick" }),
      svg("path", { d: (strong ?? []).join(""), class: "mb-tick mb-tick-strong" }),
      ...texts,
    );
  }

  private readonly onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    event.preventDefault();
    const left = this.element.getBoundingClientRect().left;
    const first = event.clientX - left;
    let dragged = false;
    const onMove = (move: PointerEvent): void => {
      const x = move.clientX - left;
      if (!dragged && Math.abs(x - first) < CLICK_PIXELS) return;
      dragged = true;
      const [from, to] = [first, x].sort((a, b) => a - b) as [number, number];
      const { snap, range } = this.actions;
      const span = { from: Math.max(0, snap(this.view.seconds(from))), to: snap(this.view.seconds(to)) };
      if (span.to > span.from) range.loop(span);
    };
    drag(this.element, event, onMove, () => {
      if (!dragged) this.actions.seek(Math.max(0, this.view.seconds(first)));
    });
  };
}

interface Flag<T> {
  element: HTMLElement;
  update(item: T): void;
}
