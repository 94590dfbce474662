// A table of records whose cells are edited in place; every change is one edit, and the document stays the truth.
// A head sorts by its column, on this page only; Enter goes to the row below, and the rows can be copied as text.
// Of many rows only those in view are there.
import type { Edit, SharedSession } from "./document";
import { h, keyed, put, write } from "./dom";
import { icon } from "./icons";
import { MANY, rowsInView, type Stretch } from "./row_window";

/** One column: how a record's value is shown, and how what is typed is written; a column that is not written is text. */
export interface Column<T> {
  title: string;
  kind: "text" | "number" | "check" | "color" | "choice" | "shown";
  value: (item: T) => string | boolean;
  write?: (edit: Edit, item: T, value: string | boolean) => void;
  /** What a number may be: typed numbers are brought into this range; an empty cell is allowed where `empty` is. */
  range?: { minimum?: number | undefined; maximum?: number | undefined; step: number; empty?: boolean };
  choices?: () => { value: string; text: string }[];
}

export interface SheetOptions<T> {
  title: string;
  columns: readonly Column<T>[];
  key: (item: T) => string;
  /** What a row is called, for a screen reader. */
  name: (item: T) => string;
  remove?: (edit: Edit, item: T) => void;
  /** Said where there are no rows. */
  empty: string;
}

export class Sheet<T> {
  readonly element: HTMLElement;
  private readonly body = h("tbody");
  /** As tall as the rows above and below those that are there. */
  private readonly gaps = [h("tbody", { "aria-hidden": "true" }), h("tbody", { "aria-hidden": "true" })] as const;
  private readonly table: HTMLElement;
  private readonly nothing: HTMLElement;
  private readonly rows = new Map<string, Row<T>>();
  readonly = false;
  private readonly heads: HTMLElement[];
  private readonly said = h("p", { class: "mb-said", role: "status" });
  private items: readonly T[] = [];
  /** All rows in the order shown. */
  private order: readonly T[] = [];
  private stretch: Stretch | null = null;
  private sorting: Sorting | null = null;

  constructor(
    private readonly session: SharedSession,
    private readonly options: SheetOptions<T>,
  ) {
    this.heads = options.columns.map(({ title, kind }, index) => {
      const button = h("button", { type: "button", class: "mb-sort", title: `Sort by ${title}` }, title);
      button.addEventListener("click", () => this.sort(index));
      return h("th", { scope: "col", class: `mb-head-${kind}` }, button);
    });
    const head = h("tr", {}, ...this.heads);
    if (options.remove) head.append(h("th", { scope: "col", "aria-label": "Delete" }));
    this.nothing = h("p", { class: "mb-said" }, options.empty);
    this.table = h("table", { "aria-label": options.title }, h("thead", {}, head), this.gaps[0], this.body, this.gaps[1]);
    this.element = h(
      "div",
      { class: "mb-sheet" },
      this.table,
      this.nothing,
      this.said,
    );
    this.element.addEventListener("keydown", (event) => this.onKey(event));
    this.element.addEventListener("scroll", () => this.draw(false), { passive: true });
    new ResizeObserver(() => this.draw(false)).observe(this.element);
  }

  update(items: readonly T[]): void {
    this.items = items;
    // The row that is being typed into stays where it is until it is left.
    const typing = this.body.contains(document.activeElement) && this.sorting !== null;
    this.order = typing ? this.asShown(items) : sorted(items, this.options.columns, this.sorting);
    this.nothing.hidden = items.length > 0;
    this.table.hidden = items.length === 0;
    this.draw(true);
  }

  /** Draw the rows in view; when only the view has moved, nothing is done where the same rows are in it. */
  private draw(changed: boolean): void {
    const { order, element, body } = this;
    element.classList.toggle("mb-sheet-many", order.length > MANY);
    const height = body.firstElementChild?.getBoundingClientRect().height || ROW_PIXELS;
    const stretch = rowsInView(order.length, height, element.scrollTop, element.clientHeight);
    if (!changed && JSON.stringify(stretch) === JSON.stringify(this.stretch)) return;
    this.stretch = stretch;
    const part = order.slice(stretch.from, stretch.to);
    // What is typed into a row that goes out of view is written first.
    const focused = document.activeElement;
    if (focused instanceof HTMLElement && body.contains(focused) && !part.some((item) => this.rows.get(this.options.key(item))?.element.contains(focused)))
      focused.blur();
    put(this.table, "aria-rowcount", order.length + 1);
    const hands: RowHands = { readonly: () => this.readonly, say: (text) => write(this.said, text) };
    keyed(body, this.rows, part, this.options.key, () => new Row(this.session, this.options, hands));
    part.forEach((item, index) => put(this.rows.get(this.options.key(item))?.element as Element, "aria-rowindex", stretch.from + index + 2));
    for (const [gap, rows] of [[this.gaps[0], stretch.from], [this.gaps[1], order.length - stretch.to]] as const) {
      gap.hidden = rows === 0;
      gap.replaceChildren(...(rows === 0 ? [] : [h("tr", {}, h("td", { colspan: this.options.columns.length + 1, style: `height:${rows * height}px;padding:0;border:0` }))]));
    }
  }

  /** How many rows there are. */
  get count(): number {
    return this.items.length;
  }

  /** The rows as they are shown, with tabs between cells: for a spreadsheet or a letter. */
  tsv(): string {
    return tsv(this.options.columns, sorted(this.items, this.options.columns, this.sorting));
  }

  /** The same with commas, as RFC 4180 has it. */
  csv(): string {
    return csv(this.options.columns, sorted(this.items, this.options.columns, this.sorting));
  }

  say(text: string): void {
    write(this.said, text);
  }

  /** Sort by a column; again the other way round; a third time not at all. */
  private sort(column: number): void {
    const { sorting } = this;
    if (sorting?.column !== column) this.sorting = { column, down: false };
    else this.sorting = sorting.down ? null : { column, down: true };
    this.heads.forEach((head, index) => {
      const now = this.sorting?.column === index ? (this.sorting.down ? "descending" : "ascending") : "none";
      put(head, "aria-sort", now);
    });
    this.order = sorted(this.items, this.options.columns, this.sorting);
    this.element.scrollTop = 0;
    this.draw(true);
  }

  private asShown(items: readonly T[]): T[] {
    const places = new Map(this.order.map((item, index) => [this.options.key(item), index]));
    const place = (item: T): number => places.get(this.options.key(item)) ?? places.size;
    return [...items].sort((a, b) => place(a) - place(b));
  }

  /** Alt with an arrow, and Enter, go to the same cell of another row. */
  private onKey(event: KeyboardEvent): void {
    const step = event.key === "Enter" ? (event.shiftKey ? -1 : 1) : event.altKey ? ({ ArrowUp: -1, ArrowDown: 1 }[event.key] ?? 0) : 0;
    const cell = (event.target as Element).closest("td");
    if (step === 0 || !cell || (event.target as Element).closest("button")) return;
    const rows = [...this.body.children];
    const row = rows[rows.indexOf(cell.parentElement as Element) + step];
    const field = row?.children[(cell as HTMLTableCellElement).cellIndex]?.querySelector<HTMLElement>("input, select");
    event.preventDefault();
    event.stopPropagation();
    field?.focus();
    if (field instanceof HTMLInputElement && field.type === "text") field.select();
  }
}

/** How tall a row is before one has been seen. */
const ROW_PIXELS = 27;

export interface Sorting {
  column: number;
  down: boolean;
}

/** Items in the order of a column: numbers as numbers, words as people sort them; equal ones stay as they are. */
export function sorted<T>(items: readonly T[], columns: readonly Pick<Column<T>, "kind" | "value">[], sorting: Sorting | null): readonly T[] {
  const column = sorting && columns[sorting.column];
  if (!column) return items;
  const number = (item: T): number => {
    const text = String(column.value(item));
    return text === "-∞" ? -Infinity : text === "" ? Infinity : Number(text);
  };
  const words = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const compare = (a: T, b: T): number =>
    column.kind === "number" ? (number(a) === number(b) ? 0 : number(a) - number(b)) : words.compare(String(column.value(a)), String(column.value(b)));
  return [...items].sort((a, b) => (sorting.down ? compare(b, a) : compare(a, b)));
}

/** Rows as text with tabs; tabs and line ends inside a cell become blanks. */
export function tsv<T>(columns: readonly Pick<Column<T>, "title" | "value">[], items: readonly T[]): string {
  const clean = (value: string | boolean): string => (typeof value === "boolean" ? (value ? "yes" : "no") : value.replace(/[\t\r\n]+/g, " "));
  return [columns.map(({ title }) => title), ...items.map((item) => columns.map(({ value }) => clean(value(item))))]
    .map((row) => row.join("\t"))
    .join("\n");
}

/** Rows as comma-separated values; cells with commas, quotes or line ends are quoted. */
export function csv<T>(columns: readonly Pick<Column<T>, "title" | "value">[], items: readonly T[]): string {
  const cell = (value: string | boolean): string => {
    const text = typeof value === "boolean" ? (value ? "yes" : "no") : value;
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  return [columns.map(({ title }) => title), ...items.map((item) => columns.map(({ value }) => value(item)))]
    .map((row) => row.map(cell).join(","))
    .join("\r\n");
}

interface RowHands {
  readonly(): boolean;
  say(text: string): void;
}

class Row<T> {
  readonly element = h("tr");
  private readonly cells: { column: Column<T>; field: HTMLInputElement | HTMLSelectElement | HTMLElement }[];
  private readonly bin: HTMLButtonElement | null;
  private item: T | null = null;

  constructor(
    private readonly session: SharedSession,
    private readonly options: SheetOptions<T>,
    private readonly hands: RowHands,
  ) {
    this.cells = options.columns.map((column) => ({ column, field: this.field(column) }));
    this.element.append(...this.cells.map(({ field, column }) => h("td", { class: `mb-cell-${column.kind}` }, field)));
    const { remove } = options;
    this.bin = remove ? h("button", { type: "button", class: "mb-small" }, icon("trash")) : null;
    if (!remove || !this.bin) return;
    this.bin.addEventListener("click", () => {
      const { item } = this;
      if (item && !this.hands.readonly()) session.edit((edit) => remove(edit, item));
    });
    this.element.append(h("td", {}, this.bin));
  }

  update(item: T): void {
    this.item = item;
    const name = this.options.name(item);
    for (const { column, field } of this.cells) {
      if (column.kind === "shown") {
        if (field.textContent !== column.value(item)) field.textContent = String(column.value(item));
        continue;
      }
      put(field, "aria-label", `${name} ${column.title}`);
      const control = field as HTMLInputElement;
      control.disabled = this.hands.readonly();
      if (column.choices) this.offer(field as HTMLSelectElement, column.choices());
      const value = column.value(item);
      if (typeof value === "boolean") control.checked = value;
      else if (document.activeElement !== field || control.dataset["shown"] === control.value) {
        control.value = value; // what is being typed stays, however often others edit
        control.dataset["shown"] = control.value;
      }
    }
    if (!this.bin) return;
    put(this.bin, "aria-label", `Delete ${name}`);
    this.bin.disabled = this.hands.readonly();
  }

  private field(column: Column<T>): HTMLElement {
    if (column.kind === "shown") return h("span");
    const type = { text: "text", number: "text", check: "checkbox", color: "color", choice: "" }[column.kind];
    const field = column.kind === "choice" ? h("select") : h("input", { type, spellcheck: "false" });
    if (column.kind === "number") field.setAttribute("inputmode", "decimal");
    if (column.range?.empty) field.setAttribute("placeholder", "to the end");
    field.addEventListener("change", () => this.write(column, field));
    field.addEventListener("keydown", (event) => this.onKey(event as KeyboardEvent, column, field));
    return field;
  }

  private write(column: Column<T>, field: HTMLInputElement | HTMLSelectElement): void {
    const { item } = this;
    if (!item || !column.write || this.hands.readonly()) return;
    const typed = field instanceof HTMLInputElement && column.kind === "check" ? field.checked : field.value;
    const value = column.kind === "number" ? number(String(typed), column) : typed;
    if (value !== null && value !== column.value(item)) this.session.edit((edit) => column.write?.(edit, item, value));
    else if (typeof typed === "string") {
      if (value === null) this.hands.say(`“${typed}” is no ${column.title}: expected ${expected(column)}; it stays ${String(column.value(item))}`);
      field.value = String(column.value(item));
    }
    if (column.kind === "number" && typeof value === "string" && value !== "" && value !== number(String(typed), {}))
      this.hands.say(`“${String(typed)}” is out of range: expected ${expected(column)}; it is ${value}`);
    field.dataset["shown"] = field.value;
  }

  /** Enter writes; Escape takes back what was typed; up and down step a number. */
  private onKey(event: KeyboardEvent, column: Column<T>, field: HTMLInputElement | HTMLSelectElement): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key !== "Enter") event.stopPropagation();
    if (event.key === "Escape" && this.item) field.value = String(column.value(this.item));
    else if (event.key === "Enter") return this.write(column, field);
    else if (column.kind === "number" && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      const step = (column.range?.step ?? 1) * (event.key === "ArrowUp" ? 1 : -1) * (event.shiftKey ? 10 : 1);
      field.value = String(Math.round((Number(field.value) + step) * 1e6) / 1e6);
      this.write(column, field);
    } else return;
    event.preventDefault();
  }

  private offer(field: HTMLSelectElement, choices: { value: string; text: string }[]): void {
    const key = JSON.stringify(choices);
    if (field.dataset["key"] === key) return;
    field.dataset["key"] = key;
    field.replaceChildren(...choices.map(({ value, text }) => h("option", { value }, text)));
  }
}

/** What a number may be, in words. */
function expected<T>({ range }: Pick<Column<T>, "range">): string {
  const { minimum, maximum } = range ?? {};
  if (minimum !== undefined && maximum !== undefined) return `a number from ${minimum} to ${maximum}`;
  return minimum === undefined ? "a number" : `a number of at least ${minimum}`;
}

/** The number typed, brought into the column's range; null when it is none. */
export function number<T>(text: string, { range }: Pick<Column<T>, "range">): string | null {
  const trimmed = text.trim().replace(",", ".");
  if (trimmed === "") return range?.empty ? "" : null;
  const value = /^[-−]?∞$/.test(trimmed) ? -Infinity : Number(trimmed.replace("−", "-"));
  if (Number.isNaN(value)) return null;
  return String(Math.min(range?.maximum ?? Infinity, Math.max(range?.minimum ?? -Infinity, value)));
}
