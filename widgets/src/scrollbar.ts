// The timeline's scrollbar: its thumb is what is in view; dragged it scrolls, dragged by its ends it zooms.
import { h, put } from "./dom";
import { drag } from "./drag";
import { formatTime } from "./scale";
import type { Viewport } from "./viewport";

const LEAST_PIXELS = 24;
const EDGE_PIXELS = 7;

export class ScrollbarView {
  readonly element: HTMLElement;
  private readonly thumb = h("div", { class: "mb-thumb" });

  constructor(
    private readonly view: Viewport,
    private readonly onChange: () => void,
  ) {
    this.element = h(
      "div",
      { class: "mb-scrollbar", role: "scrollbar", tabindex: 0, "aria-label": "Timeline position", "aria-orientation": "horizontal", "aria-valuemin": 0 },
      this.thumb,
    );
    this.element.addEventListener("pointerdown", this.onPointerDown);
    this.element.addEventListener("dblclick", () => {
      view.fit();
      onChange();
    });
    this.element.addEventListener("keydown", this.onKey);
  }

  update(): void {
    const { view } = this;
    const share = view.span / view.whole;
    const width = Math.max(LEAST_PIXELS / view.width, share);
    const left = share >= 1 ? 0 : (view.from / (view.whole - view.span)) * (1 - width);
    this.thumb.style.left = `${(left * 100).toFixed(3)}%`;
    this.thumb.style.width = `${(width * 100).toFixed(3)}%`;
    this.element.classList.toggle("mb-whole", share >= 1);
    put(this.element, "aria-valuemax", Number(Math.max(0, view.whole - view.span).toFixed(2)));
    put(this.element, "aria-valuenow", Number(view.from.toFixed(2)));
    put(this.element, "aria-valuetext", `${formatTime(view.from)} to ${formatTime(view.from + view.span)}`);
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const { view } = this;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = { ArrowLeft: -0.1, ArrowRight: 0.1, PageUp: -0.9, PageDown: 0.9, Home: -Infinity, End: Infinity }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    view.scroll(Number.isFinite(by) ? by * view.span : Math.sign(by) * view.whole);
    this.onChange();
  };

  private readonly onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    event.preventDefault();
    const { element, thumb, view } = this;
    element.focus({ preventScroll: true });
    const [bar, box] = [element.getBoundingClientRect(), thumb.getBoundingClientRect()];
    const perPixel = view.whole / bar.width;
    const [from, to] = [view.from, view.from + view.span];
    if (event.clientX < box.left || event.clientX > box.right) {
      view.scroll((event.clientX - (box.left + box.right) / 2) * perPixel);
      this.onChange();
    }
    const start = view.from;
    const side = event.clientX - box.left < EDGE_PIXELS ? "left" : box.right - event.clientX < EDGE_PIXELS ? "right" : null;
    const onMove = (move: PointerEvent): void => {
      const by = (move.clientX - event.clientX) * perPixel;
      if (side === null) view.scroll(start + by - view.from);
      else view.zoomTo(side === "left" ? from + by : from, side === "right" ? to + by : to);
      this.onChange();
    };
    drag(element, event, onMove);
  };
}
