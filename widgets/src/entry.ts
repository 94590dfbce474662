// A value typed with its unit: `-3 dB`, `1.2k`, `250 ms`, `L30`, `4:1`.
import { h } from "./dom";

export type Unit = "dB" | "Hz" | "s" | "pan" | "ratio" | "number";

const SCALE: Record<string, number> = { "": 1, db: 1, hz: 1, k: 1000, khz: 1000, s: 1, sec: 1, ms: 0.001, "%": 0.01, bpm: 1, ":1": 1, c: 1 };
/** The units a value of each kind may be typed in; the first is meant where none is typed. */
const ALLOWED: Record<Unit, readonly string[]> = {
  dB: ["db", ""],
  Hz: ["hz", "k", "khz", ""],
  s: ["", "s", "sec", "ms"],
  pan: ["", "%"],
  ratio: [":1", ""],
  number: ["", "%", "bpm"],
};

/** The number that was typed, in the control's own unit; null when it is none. */
export function parseEntry(typed: string, unit: Unit): number | null {
  const text = typed.trim().toLowerCase().replace(/−/g, "-").replace(",", ".").replace(/\s+/g, "");
  if (text === "") return null;
  if (unit === "dB" && /^-?(∞|inf|infinity)(db)?$/.test(text)) return -Infinity;
  if (unit === "pan") {
    if (/^(c|center|centre)$/.test(text)) return 0;
    const side = /^(?:([lr])(\d+(?:\.\d+)?)%?|(\d+(?:\.\d+)?)%?([lr]))$/.exec(text);
    if (side) return ((side[1] ?? side[4]) === "l" ? -1 : 1) * (Number(side[2] ?? side[3]) / 100);
  }
  const found = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(.*)$/.exec(text);
  if (!found) return null;
  const [, number, suffix] = found as unknown as [string, string, string];
  if (!ALLOWED[unit].includes(suffix)) return null;
  const value = Number(number) * (SCALE[suffix] as number);
  // A pan of more than 1 is meant in percent, as it is shown.
  return unit === "pan" && Math.abs(value) > 1 ? value / 100 : value;
}

/** Let a value be typed over an element; `take` gets the number, and says nothing when what was typed is none. */
export function openEntry(over: HTMLElement, label: string, text: string, unit: Unit, take: (value: number) => void): HTMLInputElement {
  const finish = (typed: string): string | null => {
    const value = parseEntry(typed, unit);
    if (value === null && typed.trim() !== "") return `Expected a value such as ${EXAMPLES[unit]}`;
    if (value !== null) take(value);
    return null;
  };
  const width = 74;
  return overlayField(over, { label: `${label} value`, text, left: over.getBoundingClientRect().width / 2 - 36, width, finish });
}

export interface OverlayField {
  label: string;
  text: string;
  /** Where it begins, in pixels from the left of what it covers, and how wide it is. */
  left: number;
  width: number;
  /** Take what was typed; returns what is wrong with it, or null. */
  finish(typed: string): string | null;
}

/** A field over an element: Enter and leaving it finish, Escape closes it, and the keys typed in it stay in it. */
export function overlayField(over: HTMLElement, options: OverlayField): HTMLInputElement {
  const field = h("input", { type: "text", class: "mb-entry", "aria-label": options.label, spellcheck: "false", size: 7 });
  field.value = options.text;
  const box = over.getBoundingClientRect();
  const root = over.closest<HTMLElement>(".mb-studio") ?? document.body;
  const around = root.getBoundingClientRect();
  field.style.width = `${options.width}px`;
  field.style.left = `${Math.max(2, Math.min(around.width - options.width - 2, box.left - around.left + options.left))}px`;
  field.style.top = `${Math.max(2, box.top - around.top + box.height / 2 - 12)}px`;
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    field.remove();
  };
  const finish = (): boolean => {
    const fault = options.finish(field.value);
    if (fault !== null) {
      field.setAttribute("aria-invalid", "true");
      field.title = fault;
      return false;
    }
    close();
    return true;
  };
  for (const event of ["pointerdown", "dblclick", "keyup"]) field.addEventListener(event, (inside) => inside.stopPropagation());
  field.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") close();
    else if (event.key !== "Enter" || !finish()) return;
    event.preventDefault();
    over.focus({ preventScroll: true });
  });
  field.addEventListener("blur", () => {
    if (open && !finish()) close();
  });
  root.append(field);
  field.focus({ preventScroll: true });
  return field;
}

const EXAMPLES: Record<Unit, string> = { dB: "-3 dB", Hz: "320 Hz or 3.2k", s: "250 ms", pan: "L30, C or R30", ratio: "4:1", number: "0.5" };
