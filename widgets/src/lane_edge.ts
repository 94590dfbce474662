// The lower edge of a lane: dragged, or moved by arrow keys, it sets the lane's height; a double click takes that back.
import { h, put } from "./dom";
import { drag } from "./drag";
import { type LaneHeights, LOWEST, TALLEST } from "./lane_heights";

const STEP = 8;

export class LaneEdge {
  readonly element: HTMLElement;

  constructor(
    private readonly lane: string,
    private readonly heights: LaneHeights,
  ) {
    this.element = h("div", {
      class: "mb-lane-edge",
      role: "separator",
      tabindex: -1, // Shift and the arrows do the same from the lane: the tab key has stops enough
      title: "Drag to set the height, double click to take it back",
      "aria-orientation": "horizontal",
      "aria-valuemin": LOWEST,
      "aria-valuemax": TALLEST,
    });
    this.element.addEventListener("pointerdown", this.onPointerDown);
    this.element.addEventListener("dblclick", () => heights.set(lane, null));
    this.element.addEventListener("keydown", this.onKey);
  }

  update(name: string, height: number): void {
    put(this.element, "aria-label", `${name} lane height`);
    put(this.element, "aria-valuenow", height);
  }

  private readonly onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    const { lane, heights } = this;
    const was = heights.of(lane);
    drag(this.element, event, (move) => heights.set(lane, was + move.clientY - event.clientY));
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { lane, heights } = this;
    const now = heights.of(lane);
    const to = { ArrowUp: now - STEP, ArrowDown: now + STEP, Home: LOWEST, End: TALLEST, Delete: null }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    heights.set(lane, to);
  };
}
