// The tools beside the ruler: zoom, following the playhead, markers, the grid, the height of lanes.
import { h } from "./dom";
import { SNAP_MODES, type SnapMode } from "./grid";
import { rove } from "./roving";
import { button } from "./transport";

export interface ToolHands {
  zoom(factor: number): void;
  fit(): void;
  addMarker(): void;
  scaleLanes(factor: number): void;
}

export class TimelineTools {
  readonly element: HTMLElement;
  private readonly marker: HTMLButtonElement;
  private readonly follow: HTMLButtonElement;
  private readonly grid = h(
    "select",
    { class: "mb-choice", "aria-label": "Snap", title: "Snap to" },
    ...SNAP_MODES.map(([value, text]) => h("option", { value }, text)),
  );

  constructor(hands: ToolHands) {
    this.marker = button("Add marker", "flag", () => hands.addMarker());
    this.follow = button("Follow playhead", "chase", () => this.toggleFollow());
    this.follow.setAttribute("aria-pressed", "true");
    this.element = h(
      "div",
      { class: "mb-zoom", role: "toolbar", "aria-label": "View" },
      button("Zoom out", "minus", () => hands.zoom(1 / 1.6)),
      button("Zoom in", "plus", () => hands.zoom(1.6)),
      button("Zoom to fit", "fit", () => hands.fit()),
      this.follow,
      this.marker,
      this.grid,
      button("Lower lanes", "lower", () => hands.scaleLanes(1 / 1.25)),
      button("Taller lanes", "taller", () => hands.scaleLanes(1.25)),
    );
    rove(this.element);
  }

  set readonly(readonly: boolean) {
    this.marker.disabled = readonly;
  }

  /** Whether the view goes along with the playhead. */
  get following(): boolean {
    return this.follow.getAttribute("aria-pressed") === "true";
  }

  toggleFollow(): void {
    this.follow.setAttribute("aria-pressed", String(!this.following));
  }

  get snapMode(): SnapMode {
    return this.grid.value as SnapMode;
  }

  /** Take the next kind of grid. */
  cycleSnap(): void {
    this.grid.selectedIndex = (this.grid.selectedIndex + 1) % this.grid.length;
  }
}
