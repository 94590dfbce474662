// The playheads over the timeline: this page's own, and the others' in their colours.
import { h, paint } from "./dom";
import { type Person, positionOf } from "./people";
import type { Viewport } from "./viewport";

export class Playheads {
  readonly element = h("div", { class: "mb-heads", "aria-hidden": "true" });
  private readonly own = h("div", { class: "mb-playhead" });
  private readonly others = new Map<number, HTMLElement>();

  constructor(private readonly view: Viewport) {
    this.element.append(this.own);
  }

  /** Move them all; cheap, for every animation frame. */
  move(position: number, persons: readonly Person[], now: number): void {
    put(this.own, this.view, position);
    const seen = new Set<number>();
    for (const person of persons) {
      if (person.self || !person.transport) continue;
      seen.add(person.client);
      let head = this.others.get(person.client);
      if (!head) {
        head = h("div", { class: "mb-playhead mb-other" });
        this.others.set(person.client, head);
        this.element.append(head);
      }
      paint(head, "--mb-peer", person.color);
      if (head.dataset["peer"] !== person.name) head.dataset["peer"] = person.name;
      put(head, this.view, positionOf(person, now));
    }
    for (const [client, head] of this.others) {
      if (seen.has(client)) continue;
      head.remove();
      this.others.delete(client);
    }
  }
}

function put(head: HTMLElement, view: Viewport, seconds: number): void {
  const x = view.x(seconds);
  const hidden = x < -1 || x > view.width + 1;
  if (head.hidden !== hidden) head.hidden = hidden;
  const transform = `translateX(${x.toFixed(1)}px)`;
  if (head.style.transform !== transform) head.style.transform = transform;
}
