// The browser's half of widgets/console.py. The kernel passes handles; everything else is in the room.
import type { Model } from "./anywidget";
import css from "./console.css";
import { h } from "./dom";
import overlays from "./overlays.css";
import panels from "./panels.css";
import type { Seat } from "./seat";
import { Studio } from "./studio";
import { Tables } from "./tables";
import timeline from "./timeline.css";

const studios = new WeakMap<Element, Studio | Tables>();

function addStyle(): void {
  if (document.getElementById("mb-style")) return;
  document.head.append(h("style", { id: "mb-style" }, css + timeline + panels + overlays));
}

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  addStyle();
  const studio = model.get("view") === "tables" ? new Tables(model) : new Studio(model);
  studios.set(studio.element, studio);
  Object.assign(studio.element, { seat: studio.seat });
  el.append(studio.element);
  return () => studio.close();
}

/** The seat behind a studio's element, for scripts that drive or record it. */
export function seatOf(element: Element): Seat | null {
  return studios.get(element)?.seat ?? null;
}

export { Arrivals } from "./arrivals";
export { nativeCompressorIsOurs } from "./null_check";
export { renderOffline } from "./offline";
export { Recorder } from "./recorder";
export { Voices } from "./voices";
export default { render };
