// Icons drawn on a 16 x 16 grid, in the colour of the text.
import { svg } from "./dom";

const PATHS = {
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 2.5h3v11H4zM9 2.5h3v11H9z",
  stop: "M3.5 3.5h9v9h-9z",
  loop: "M4 4h7l-1.6-1.6L10.5 1.3 14 4.8l-3.5 3.5-1.1-1.1L11 5.6H5.2v3H3.6V4.9A.9.9 0 0 1 4 4zm8 8H5l1.6 1.6-1.1 1.1L2 11.2l3.5-3.5 1.1 1.1L5 10.4h5.8v-3h1.6v3.7a.9.9 0 0 1-.4.9z",
  history: "M8 2a6 6 0 1 1-5.7 4.1l1.5.5A4.4 4.4 0 1 0 5.3 4.5L6.6 5.9 2.2 6.6 2.6 2.1l1.5 1.3A6 6 0 0 1 8 2zm-.8 3h1.5v3l2.1 1.3-.8 1.3-2.8-1.8z",
  record: "M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3z",
  undo: "M6.2 3 2.4 6.6l3.8 3.6V7.7h3.4a2.4 2.4 0 0 1 0 4.8H6.5V14h3.1a3.9 3.9 0 0 0 0-7.8H6.2z",
  redo: "M9.8 3l3.8 3.6-3.8 3.6V7.7H6.4a2.4 2.4 0 0 0 0 4.8h3.1V14H6.4a3.9 3.9 0 0 1 0-7.8h3.4z",
  plus: "M7.2 3h1.6v4.2H13v1.6H8.8V13H7.2V8.8H3V7.2h4.2z",
  minus: "M3 7.2h10v1.6H3z",
  close: "M4.3 3.2 8 6.9l3.7-3.7 1.1 1.1L9.1 8l3.7 3.7-1.1 1.1L8 9.1l-3.7 3.7-1.1-1.1L6.9 8 3.2 4.3z",
  follow: "M8 3C4.6 3 2 6 1 8c1 2 3.6 5 7 5s6-3 7-5c-1-2-3.6-5-7-5zm0 8.4A3.4 3.4 0 1 1 8 4.6a3.4 3.4 0 0 1 0 6.8zm0-1.6a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6z",
  chase: "M2 2h1.5v12H2zm3.2 5.2h5.3L8.4 5.1l1.1-1.1L13.5 8l-4 4-1.1-1.1 2.1-2.1H5.2z",
  fit: "M1.5 2H3v12H1.5zM13 2h1.5v12H13zM4 8l2.7-2.7v1.9h2.6V5.3L12 8l-2.7 2.7V8.8H6.7v1.9z",
  lower: "M2 2.5h12V4H2zm0 9.5h12v1.5H2zM8 10.4 5 7.6l1-1 2 1.8 2-1.8 1 1zM8 5.6z",
  taller: "M2 2.5h12V4H2zm0 9.5h12v1.5H2zM8 4.9l3 2.8-1 1-2-1.9-2 1.9-1-1zm0 6.2L5 8.3z",
  metronome: "M6.1 1.5h3.8l3 13H3.1zM7.3 3 5.9 9.2h2L11 4.4l-.5-2.1-.2.7zM5.4 11l-.5 2h6.2l-.5-2H5.4zm4.3-1.8h.6l-.3-1.2z",
  upload: "M8 1.8 12 6l-1.1 1.1-2.1-2.2v6.6H7.2V4.9L5.1 7.1 4 6zM2.5 10H4v3h8v-3h1.5v4.5h-11z",
  download: "M8 11.5 4 7.3l1.1-1.1 2.1 2.2V1.8h1.6v6.6l2.1-2.2L12 7.3zM2.5 10H4v3h8v-3h1.5v4.5h-11z",
  keys: "M1.5 3.5h13v9h-13zM3 5v6h10V5zm1 1h1.4v1.3H4zm2.4 0h1.4v1.3H6.4zm2.4 0h1.4v1.3H8.8zm2.4 0h1.2v1.3h-1.2zM5 8.6h6v1.3H5z",
  warning: "M8 1.6 15 14H1zm-.8 4.6v3.9h1.6V6.2zm0 5v1.5h1.6v-1.5z",
  copy: "M5 1.5h8.5V11H12V3H5zM2.5 4.5H11v10H2.5zM4 6v7h5.5V6z",
  flag: "M4 2h8.5l-2 3 2 3H5.5v6H4z",
  comment: "M2 3h12v8H7.5L4 14v-3H2zm1.5 1.5v5h9v-5z",
  notes: "M3 2h7l3 3v9H3zm1.5 1.5v9h7V5.8H9.2V3.5zM6 8h4v1.2H6zm0 2.3h4v1.2H6z",
  sliders: "M4 2h1.4v5H7v2H2.5V7H4zm0 8h1.4v4H4zm6.6-8H12v1.5h1.5v2H9v-2h1.6zm0 4.5H12V14h-1.4z",
  wave: "M1 7h1.3v2H1zm2.4-2h1.3v6H3.4zm2.4-3h1.3v12H5.8zm2.4 3.5h1.3v5H8.2zm2.4-2h1.3v9h-1.3zM13 6.5h1.3v3H13z",
  check: "M6.3 12.6 1.9 8.2 3 7.1l3.3 3.3L13 3.7l1.1 1.1z",
  trash: "M6 2h4l.6 1.2H13v1.4H3V3.2h2.4zM4 5.6h8L11.4 14H4.6zm1.6 1.3.3 5.8h4.2l.3-5.8z",
} as const;

export type IconName = keyof typeof PATHS;

export function icon(name: IconName): SVGElement {
  return svg(
    "svg",
    { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true", class: "mb-icon" },
    svg("path", { d: PATHS[name], fill: "currentColor", "fill-rule": "evenodd" }),
  );
}
