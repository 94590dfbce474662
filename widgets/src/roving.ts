// One stop of the tab key for buttons that belong together; the arrows, Home and End go from one to the next (ARIA, toolbar).

const STEPS: Record<string, (at: number, last: number) => number> = {
  ArrowLeft: (at, last) => (at > 0 ? at - 1 : last),
  ArrowRight: (at, last) => (at < last ? at + 1 : 0),
  Home: () => 0,
  End: (_, last) => last,
};

/** Make a row of buttons one stop of the tab key: its first, until the row is left again. */
export function rove(row: HTMLElement): void {
  const all = [...row.querySelectorAll("button")];
  const rest = (): void => all.forEach((item, index) => (item.tabIndex = index === 0 ? 0 : -1));
  rest();
  row.addEventListener("focusout", (event) => {
    if (!all.includes(event.relatedTarget as HTMLButtonElement)) rest();
  });
  row.addEventListener("focusin", ({ target }) => {
    if (all.includes(target as HTMLButtonElement)) for (const item of all) item.tabIndex = item === target ? 0 : -1;
  });
  row.addEventListener("keydown", (event) => {
    const usable = all.filter((item) => !item.disabled);
    const at = usable.indexOf(event.target as HTMLButtonElement);
    const step = STEPS[event.key];
    if (at < 0 || !step || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
    usable[step(at, usable.length - 1)]?.focus();
    event.preventDefault();
    event.stopPropagation();
  });
}

type Place = readonly [row: number, column: number];

/** Where a key goes from a place among rows of buttons; null for a key that goes nowhere. */
export function stepInRows(key: string, [row, column]: Place, rows: number, columns: number): Place | null {
  if (key === "ArrowLeft") return [row, Math.max(0, column - 1)];
  if (key === "ArrowRight") return [row, Math.min(columns - 1, column + 1)];
  if (key === "ArrowUp") return [Math.max(0, row - 1), column];
  if (key === "ArrowDown") return [Math.min(rows - 1, row + 1), column];
  if (key === "Home") return [0, column];
  return key === "End" ? [rows - 1, column] : null;
}

/** Make rows of buttons, alike but for their number, one stop: the one last used. Returns what finds a stop when rows came or went. */
export function roveRows(root: HTMLElement, row: string): () => void {
  const stop = (): Element | null => root.querySelector(`${row} > button[tabindex="0"]`);
  const rest = (next?: HTMLElement | null): void => {
    const now = stop();
    if (now && (!next || next === now)) return;
    if (now) (now as HTMLElement).tabIndex = -1;
    const taken = next ?? root.querySelector<HTMLElement>(`${row} > button`);
    if (taken) taken.tabIndex = 0;
  };
  root.addEventListener("focusin", ({ target }) => {
    if ((target as Element).matches(`${row} > button`)) rest(target as HTMLElement);
  });
  root.addEventListener("keydown", (event) => {
    const from = (event.target as Element).closest(row);
    if (!from || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
    const rows = [...root.querySelectorAll(row)];
    const place: Place = [rows.indexOf(from), [...from.children].indexOf(event.target as Element)];
    const to = stepInRows(event.key, place, rows.length, from.childElementCount);
    if (!to) return;
    (rows[to[0]]?.children[to[1]] as HTMLElement | undefined)?.focus();
    event.preventDefault();
    event.stopPropagation();
  });
  return () => rest();
}
