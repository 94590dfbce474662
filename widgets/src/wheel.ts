// What the wheel does over the timeline: with Ctrl (or the command key) it zooms, with Shift or sideways it scrolls along,
// and otherwise it is the browser's, which scrolls lanes that do not fit, and then the page.

type Turned = Pick<WheelEvent, "deltaX" | "deltaY" | "deltaMode" | "ctrlKey" | "metaKey" | "shiftKey">;

export type Wheeled = { kind: "zoom"; factor: number } | { kind: "scroll"; pixels: number } | null;

/** Pixels of a line and of a page, where a browser counts in these. */
const PIXELS = [1, 16, 400] as const;
/** So many pixels zoom by a factor of e. */
const PIXELS_PER_E = 300;

export function wheeled(event: Turned): Wheeled {
  const scale = PIXELS[event.deltaMode as 0 | 1 | 2] ?? 1;
  const [x, y] = [event.deltaX * scale, event.deltaY * scale];
  // Some browsers turn the wheel sideways themselves while Shift is held.
  const most = Math.abs(x) > Math.abs(y) ? x : y;
  if (event.ctrlKey || event.metaKey) return { kind: "zoom", factor: Math.exp(-most / PIXELS_PER_E) };
  // A finger on a trackpad never goes quite straight: what is mostly downwards scrolls lanes or the page.
  return event.shiftKey || Math.abs(x) > Math.abs(y) ? { kind: "scroll", pixels: most } : null;
}
