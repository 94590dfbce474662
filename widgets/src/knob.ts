// A rotary knob: an arc from its default to its value.
import { h, svg } from "./dom";
import { Slider, type SliderOptions } from "./slider";

export interface KnobOptions extends Omit<SliderOptions, "travel" | "orientation"> {
  caption: string;
}

export interface KnobView {
  element: HTMLElement;
  slider: Slider;
}

const SWEEP = 270;
const RADIUS = 15;

export function knob(options: KnobOptions): KnobView {
  const arc = svg("path", { class: "mb-knob-arc" });
  const needle = svg("line", { class: "mb-knob-needle", x1: 20, y1: 20, x2: 20, y2: 9 });
  const dial = h("div", { class: "mb-knob-dial" });
  dial.append(
    svg(
      "svg",
      { viewBox: "0 0 40 40", "aria-hidden": "true" },
      svg("path", { class: "mb-knob-groove", d: arcPath(0, 1) }),
      arc,
      svg("circle", { class: "mb-knob-body", cx: 20, cy: 20, r: 11 }),
      needle,
    ),
  );
  const caption = h("span", { class: "mb-knob-caption", "aria-hidden": "true" }, options.caption);
  const { minimum, maximum, initial } = options;
  const middle = options.toPosition ? options.toPosition(initial) : (initial - minimum) / (maximum - minimum);
  const slider = new Slider(dial, { ...options, travel: 160 }, (position, text) => {
    arc.setAttribute("d", arcPath(Math.min(middle, position), Math.max(middle, position)));
    const angle = ((position - 0.5) * SWEEP * Math.PI) / 180;
    needle.setAttribute("x2", (20 + 11 * Math.sin(angle)).toFixed(2));
    needle.setAttribute("y2", (20 - 11 * Math.cos(angle)).toFixed(2));
    dial.title = text;
    caption.dataset["value"] = text;
    dial.classList.toggle("mb-knob-off", Math.abs(position - middle) < 1e-6);
  });
  caption.addEventListener("dblclick", () => slider.type());
  return { element: h("div", { class: "mb-knob" }, dial, caption), slider };
}

function arcPath(from: number, to: number): string {
  const point = (position: number): string => {
    const angle = ((position - 0.5) * SWEEP * Math.PI) / 180;
    return `${(20 + RADIUS * Math.sin(angle)).toFixed(2)} ${(20 - RADIUS * Math.cos(angle)).toFixed(2)}`;
  };
  if (to - from < 1e-6) return "";
  const large = (to - from) * SWEEP > 180 ? 1 : 0;
  return `M${point(from)}A${RADIUS} ${RADIUS} 0 ${large} 1 ${point(to)}`;
}
