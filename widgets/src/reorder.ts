// Tracks and strips are put into another order by dragging their heads; a line shows where they would land.
import { h } from "./dom";
import { drag } from "./drag";

const CLICK_PIXELS = 5;
const EDGE_PIXELS = 24;
const SCROLL_PIXELS = 10;

export interface ReorderHands {
  /** Which way the items follow each other. */
  axis: "x" | "y";
  /** What an item is taken by, as a selector. */
  handle: string;
  /** The attribute of an item that holds its id. */
  id: string;
  /** What scrolls while an item is carried to its edge. */
  scroll: HTMLElement;
  /** Put an item before another one, or behind all. */
  move(id: string, before: string | null): void;
  /** Whether an item may be moved at all. */
  allowed(): boolean;
}

/** Let the children of `list` be dragged into another order. */
export function reorderable(list: HTMLElement, hands: ReorderHands): void {
  list.addEventListener("pointerdown", (event) => {
    const handle = (event.target as Element).closest<HTMLElement>(hands.handle);
    const item = handle && [...list.children].find((child) => child.contains(handle));
    if (!handle || !item || event.button !== 0 || (event.target as Element).closest("select, input, [role=separator]")) return;
    const place = (move: PointerEvent): number => (hands.axis === "x" ? move.clientX : move.clientY);
    // The pointer is taken only once it has gone somewhere: a click stays a click of what is under it.
    const begin = (move: PointerEvent): void => {
      if (Math.abs(place(move) - place(event)) < CLICK_PIXELS) return;
      stop();
      if (hands.allowed()) carry(list, item, handle, event, hands, place);
    };
    const stop = (): void => {
      window.removeEventListener("pointermove", begin);
      window.removeEventListener("pointerup", stop);
      window.removeEventListener("pointercancel", stop);
    };
    window.addEventListener("pointermove", begin);
    window.addEventListener("pointerup", stop);
    window.addEventListener("pointercancel", stop);
  });
}

function carry(
  list: HTMLElement,
  item: Element,
  handle: HTMLElement,
  event: PointerEvent,
  hands: ReorderHands,
  place: (move: PointerEvent) => number,
): void {
  const [near, far] = hands.axis === "x" ? (["left", "right"] as const) : (["top", "bottom"] as const);
  const line = h("div", { class: `mb-drop-line mb-drop-${hands.axis}`, "aria-hidden": "true" });
  const idOf = (element: Element | undefined): string | null => element?.getAttribute(hands.id) ?? null;
  let before: string | null | undefined;
  list.append(line);
  item.classList.add("mb-carried");
  const onMove = (move: PointerEvent): void => {
    scrollAtEdge(hands, place(move));
    const items = [...list.children].filter((child) => idOf(child) !== null);
    const next = items.findIndex((child) => {
      const box = child.getBoundingClientRect();
      return place(move) < (box[near] + box[far]) / 2;
    });
    before = next < 0 ? null : idOf(items[next]);
    const last = items.at(-1)?.getBoundingClientRect();
    const at = next < 0 ? (last?.[far] ?? 0) : (items[next] as Element).getBoundingClientRect()[near];
    line.style[near] = `${Math.max(0, at - list.getBoundingClientRect()[near] - 1)}px`;
  };
  drag(handle, event, onMove, () => {
    line.remove();
    item.classList.remove("mb-carried");
    const id = idOf(item);
    if (before !== undefined && id !== null && before !== id) hands.move(id, before);
  });
}

function scrollAtEdge({ axis, scroll }: ReorderHands, at: number): void {
  const box = scroll.getBoundingClientRect();
  const [first, last] = axis === "x" ? [box.left, box.right] : [box.top, box.bottom];
  const by = at < first + EDGE_PIXELS ? -SCROLL_PIXELS : at > last - EDGE_PIXELS ? SCROLL_PIXELS : 0;
  if (axis === "x") scroll.scrollLeft += by;
  else scroll.scrollTop += by;
}
