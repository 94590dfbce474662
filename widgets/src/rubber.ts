// A rubber band over the lanes: drag on empty ground to take every clip it touches.
import { h } from "./dom";
import { drag } from "./drag";
import type { ClipRef } from "./selection";

const CLICK_PIXELS = 4;

export interface RubberHands {
  /** The clips between two times on the lanes given. */
  within(from: number, to: number, tracks: readonly string[]): ClipRef[];
  seconds(x: number): number;
  /** Take clips; `track` is where the band began. */
  take(clips: readonly ClipRef[], track: string): void;
  /** What is in hand already, kept while Shift or Ctrl is held. */
  held(): readonly ClipRef[];
}

/** Let a band be drawn over `lanes`; lanes are elements with `data-lane`, their bodies `.mb-lane-body`. */
export function rubberBand(lanes: HTMLElement, hands: RubberHands): void {
  lanes.addEventListener("pointerdown", (event) => {
    const body = (event.target as Element).closest<HTMLElement>(".mb-lane-body");
    const track = body?.closest("[data-lane]")?.getAttribute("data-lane");
    if (event.button !== 0 || !body || !track || (event.target as Element).closest(".mb-clip, .mb-automation")) return;
    event.preventDefault();
    const box = lanes.getBoundingClientRect();
    const left = body.getBoundingClientRect().left;
    const kept = event.shiftKey || event.ctrlKey || event.metaKey ? hands.held() : [];
    const band = h("div", { class: "mb-rubber", "aria-hidden": "true" });
    let dragged = false;
    const onMove = (move: PointerEvent): void => {
      if (!dragged && Math.hypot(move.clientX - event.clientX, move.clientY - event.clientY) < CLICK_PIXELS) return;
      if (!dragged) lanes.append(band);
      dragged = true;
      const [x0, x1] = sorted(Math.max(left, event.clientX), Math.max(left, move.clientX));
      const [y0, y1] = sorted(event.clientY, move.clientY);
      Object.assign(band.style, { left: `${x0 - box.left}px`, width: `${x1 - x0}px`, top: `${y0 - box.top}px`, height: `${y1 - y0}px` });
      const touched = [...lanes.querySelectorAll("[data-lane]")].filter((lane) => {
        const { top, bottom } = lane.getBoundingClientRect();
        return bottom > y0 && top < y1;
      });
      const found = hands.within(hands.seconds(x0 - left), hands.seconds(x1 - left), touched.map((lane) => lane.getAttribute("data-lane") ?? ""));
      const fresh = found.filter((ref) => !kept.some((other) => other.track === ref.track && other.clip === ref.clip));
      hands.take([...kept, ...fresh], track);
    };
    drag(lanes, event, onMove, () => {
      band.remove();
      if (!dragged) hands.take(kept, track);
    });
  });
}

const sorted = (a: number, b: number): [number, number] => (a < b ? [a, b] : [b, a]);
