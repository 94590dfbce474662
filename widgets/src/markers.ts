// A marker on the ruler: a click seeks, a drag moves it, a double click or F2 renames it, Delete takes it away.
import { below, newId } from "./controls";
import type { Path, SharedSession } from "./document";
import { h, put, write } from "./dom";
import { drag } from "./drag";
import { Gesture } from "./gesture";
import type { Marker } from "./model";
import { formatTime } from "./scale";
import { withDefaults } from "./schema";
import type { Viewport } from "./viewport";

const MARKERS: Path = ["markers"];
/** A drag begins after this many pixels; less is a click. */
const CLICK_PIXELS = 4;

export interface MarkerHands {
  session: SharedSession;
  seek(seconds: number): void;
  snap(seconds: number): number;
  readonly(): boolean;
}

/** Put a marker at a time, named by its number. */
export function addMarker(session: SharedSession, seconds: number): void {
  const id = newId("marker");
  const name = `Marker ${session.snapshot().markers.length + 1}`;
  const time = Math.round(Math.max(0, seconds) * 1e6) / 1e6;
  session.edit((edit) => edit.put(MARKERS, "marker", id, withDefaults("marker", { id, name, time_s: time })));
}

export class MarkerFlag {
  readonly element: HTMLElement;
  private readonly button = h("button", { type: "button", class: "mb-marker" });
  private readonly field = h("input", { type: "text", class: "mb-marker mb-marker-field", "aria-label": "Marker name" });
  private readonly gesture: Gesture;
  private marker: Marker | null = null;
  private dragged = false;

  constructor(
    private readonly view: Viewport,
    private readonly hands: MarkerHands,
  ) {
    this.gesture = new Gesture(hands.session);
    this.field.hidden = true;
    this.element = h("span", { class: "mb-marker-place" }, this.button, this.field);
    for (const event of ["pointerdown", "keydown"]) this.field.addEventListener(event, (inside) => inside.stopPropagation());
    this.button.addEventListener("pointerdown", this.onPointerDown);
    this.button.addEventListener("click", () => {
      if (!this.dragged && this.marker) hands.seek(this.marker.time_s);
    });
    this.button.addEventListener("dblclick", () => this.rename());
    this.button.addEventListener("keydown", this.onKey);
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.field.value = this.marker?.name ?? "";
      if (event.key === "Escape" || event.key === "Enter") this.field.blur();
    });
    this.field.addEventListener("blur", () => this.named());
  }

  update(marker: Marker): void {
    this.marker = marker;
    this.element.style.left = `${this.view.x(marker.time_s)}px`;
    write(this.button, marker.name || "Marker");
    put(this.button, "aria-label", `Marker ${marker.name} at ${formatTime(marker.time_s)}`);
  }

  private rename(): void {
    if (this.hands.readonly() || !this.marker) return;
    this.field.value = this.marker.name;
    this.field.hidden = false;
    this.button.hidden = true;
    this.field.focus();
    this.field.select();
  }

  /** Take the name that was typed. */
  private named(): void {
    const name = this.field.value.trim();
    this.field.hidden = true;
    this.button.hidden = false;
    const { marker } = this;
    if (marker && name !== "" && name !== marker.name)
      this.hands.session.edit((edit) => edit.set(below(MARKERS, marker.id), "name", name));
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const { marker } = this;
    if (!marker || this.hands.readonly() || event.ctrlKey || event.metaKey) return;
    if (event.key === "F2") this.rename();
    else if (event.key === "Delete" || event.key === "Backspace")
      this.hands.session.edit((edit) => edit.remove(MARKERS, marker.id));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  private readonly onPointerDown = (event: PointerEvent): void => {
    event.stopPropagation();
    const { marker, button } = this;
    this.dragged = false;
    if (event.button !== 0 || !marker || this.hands.readonly()) return;
    const origin = event.clientX;
    const onMove = (move: PointerEvent): void => {
      if (!this.dragged && Math.abs(move.clientX - origin) < CLICK_PIXELS) return;
      this.dragged = true;
      const seconds = Math.max(0, this.hands.snap(marker.time_s + (move.clientX - origin) / this.view.pixelsPerSecond));
      this.gesture.move((edit) => edit.set(below(MARKERS, marker.id), "time_s", seconds));
    };
    drag(button, event, onMove, () => {
      this.gesture.end();
    });
  };
}
