// One stop of the tab key for a row of buttons; the arrows, Home and End go from one to the next (ARIA, toolbar).

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
