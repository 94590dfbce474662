// A table of records whose cells are edited in place; every change is one edit, and the document stays the truth.
import type { Edit, SharedSession } from "./document";
import { h, keyed, put } from "./dom";
import { icon } from "./icons";

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
  private readonly nothing: HTMLElement;
  private readonly rows = new Map<string, Row<T>>();
  readonly = false;

  constructor(
    private readonly session: SharedSession,
    private readonly options: SheetOptions<T>,
  ) {
    const head = h("tr", {}, ...options.columns.map(({ title, kind }) => h("th", { scope: "col", class: `mb-head-${kind}` }, title)));
    if (options.remove) head.append(h("th", { scope: "col", "aria-label": "Delete" }));
    this.nothing = h("p", { class: "mb-said" }, options.empty);
    this.element = h(
      "div",
      { class: "mb-sheet" },
      h("table", { "aria-label": options.title }, h("thead", {}, head), this.body),
      this.nothing,
    );
  }

  update(items: readonly T[]): void {
    keyed(this.body, this.rows, items, this.options.key, () => new Row(this.session, this.options, () => this.readonly));
    this.nothing.hidden = items.length > 0;
  }
}

class Row<T> {
  readonly element = h("tr");
  private readonly cells: { column: Column<T>; field: HTMLInputElement | HTMLSelectElement | HTMLElement }[];
  private readonly bin: HTMLButtonElement | null;
  private item: T | null = null;

  constructor(
    private readonly session: SharedSession,
    private readonly options: SheetOptions<T>,
    private readonly readonly: () => boolean,
  ) {
    this.cells = options.columns.map((column) => ({ column, field: this.field(column) }));
    this.element.append(...this.cells.map(({ field, column }) => h("td", { class: `mb-cell-${column.kind}` }, field)));
    const { remove } = options;
    this.bin = remove ? h("button", { type: "button", class: "mb-small" }, icon("trash")) : null;
    if (!remove || !this.bin) return;
    this.bin.addEventListener("click", () => {
      const { item } = this;
      if (item && !this.readonly()) session.edit((edit) => remove(edit, item));
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
      control.disabled = this.readonly();
      if (column.choices) this.offer(field as HTMLSelectElement, column.choices());
      const value = column.value(item);
      if (typeof value === "boolean") control.checked = value;
      else if (document.activeElement !== field || control.dataset["shown"] === control.value) control.value = value;
      control.dataset["shown"] = control.value;
    }
    if (!this.bin) return;
    put(this.bin, "aria-label", `Delete ${name}`);
    this.bin.disabled = this.readonly();
  }

  private field(column: Column<T>): HTMLElement {
    if (column.kind === "shown") return h("span");
    const type = { text: "text", number: "text", check: "checkbox", color: "color", choice: "" }[column.kind];
    const field = column.kind === "choice" ? h("select") : h("input", { type, spellcheck: "false" });
    if (column.kind === "number") field.setAttribute("inputmode", "decimal");
    field.addEventListener("change", () => this.write(column, field));
    field.addEventListener("keydown", (event) => this.onKey(event as KeyboardEvent, column, field));
    return field;
  }

  private write(column: Column<T>, field: HTMLInputElement | HTMLSelectElement): void {
    const { item } = this;
    if (!item || !column.write || this.readonly()) return;
    const typed = field instanceof HTMLInputElement && column.kind === "check" ? field.checked : field.value;
    const value = column.kind === "number" ? number(String(typed), column) : typed;
    if (value !== null && value !== column.value(item)) this.session.edit((edit) => column.write?.(edit, item, value));
    else if (typeof typed === "string") field.value = String(column.value(item));
    field.dataset["shown"] = field.value;
  }

  /** Enter writes; Escape takes back what was typed; up and down step a number. */
  private onKey(event: KeyboardEvent, column: Column<T>, field: HTMLInputElement | HTMLSelectElement): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.stopPropagation();
    if (event.key === "Escape" && this.item) field.value = String(column.value(this.item));
    else if (event.key === "Enter") this.write(column, field);
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

/** The number typed, brought into the column's range; null when it is none. */
export function number<T>(text: string, { range }: Pick<Column<T>, "range">): string | null {
  const trimmed = text.trim().replace(",", ".");
  if (trimmed === "") return range?.empty ? "" : null;
  const value = /^[-−]?∞$/.test(trimmed) ? -Infinity : Number(trimmed.replace("−", "-"));
  if (Number.isNaN(value)) return null;
  return String(Math.min(range?.maximum ?? Infinity, Math.max(range?.minimum ?? -Infinity, value)));
}
