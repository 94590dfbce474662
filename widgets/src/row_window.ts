// Which rows of a long table are drawn: those in view and some around them.

/** Tables of at most this many rows are drawn whole. */
export const MANY = 150;
const AROUND = 20;

export interface Stretch {
  from: number;
  to: number;
}

/** The rows to draw of `count`, each `height` pixels tall, where `top` of them are scrolled away and `view` are seen. */
export function rowsInView(count: number, height: number, top: number, view: number): Stretch {
  if (count <= MANY) return { from: 0, to: count };
  const first = Math.floor(Math.min(top, Math.max(0, count * height - view)) / height);
  const from = Math.max(0, first - AROUND);
  return { from, to: Math.min(count, first + Math.ceil(view / height) + AROUND) };
}
