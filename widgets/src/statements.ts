// The browser's half of widgets/statements.py: a searchable page of statements, and the way back to the lines.
import type { Model } from "./anywidget";
import { h, put, write } from "./dom";
import css from "./tables.css";

interface Heading {
  count: number;
  periods: string[];
  currencies: string[];
}
type Row = Record<string, string>;
interface Line {
  text: string;
  level: number;
  amount: string;
}
type Answer =
  | { type: "rows"; request: number; rows: Row[]; count: number; page: number; pages: number }
  | { type: "explanation"; request: number; steps: { title: string; lines: Line[] }[] }
  | { type: "refused"; request: number; message: string };

const TEXTS = new Set(["period", "recipient_id", "currency"]);

export function addStyle(): void {
  if (!document.getElementById("mb-money-style")) document.head.append(h("style", { id: "mb-money-style" }, css));
}

/** Amounts are exact text with nine places; the zeros beyond the cents are not shown. */
export function shown(amount: string): string {
  const short = amount.replace(/(\.\d\d\d*?)0+$/, "$1");
  return short.replace(/^(-?\d+)/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ","));
}

/** Amounts of one column with their decimal points one below the other: figure spaces stand for the places they do not have. */
export function aligned(amounts: readonly string[]): string[] {
  const places = (amount: string): number => (amount.includes(".") ? amount.length - amount.indexOf(".") : 0);
  const most = Math.max(0, ...amounts.map(places));
  return amounts.map((amount) => amount + "\u2008".repeat(Number(places(amount) === 0 && most > 0)) + "\u2007".repeat(Math.max(0, most - Math.max(1, places(amount)))));
}

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  addStyle();
  const heading = model.get("heading") as Heading;
  const search = h("input", { type: "text", "aria-label": "Search recipients", placeholder: "Search recipients" });
  const period = choice("Period", ["", ...heading.periods], "All periods");
  const currency = choice("Currency", ["", ...heading.currencies], "All currencies");
  const head = h("tr");
  const body = h("tbody");
  const table = h("table", { "aria-label": "Statements" }, h("thead", {}, head), body);
  const back = h("button", { type: "button", "aria-label": "Previous page" }, "‹");
  const on = h("button", { type: "button", "aria-label": "Next page" }, "›");
  const where = h("span", { class: "mb-dim", role: "status" });
  const told = h("section", { class: "mb-told", "aria-label": "Explanation", hidden: true });
  const bar = h("div", { class: "mb-money-bar" }, search, period, currency, h("span", { class: "mb-money-fill" }), where, back, on);
  el.append(h("div", { class: "mb-money" }, bar, h("div", { class: "mb-scroll" }, table), told));

  let request = 0;
  let page = 0;
  let asked = { find: 0, open: 0 };

  const find = (to: number): void => {
    asked = { ...asked, find: ++request };
    model.send({ type: "find", request, search: search.value, period: period.value, currency: currency.value, page: to });
  };
  const open = (row: Row, element: HTMLElement): void => {
    for (const other of body.children) put(other, "aria-selected", other === element);
    asked = { ...asked, open: ++request };
    told.hidden = false;
    told.replaceChildren(h("p", { class: "mb-dim" }, "Walking back to the lines…"));
    model.send({ type: "open", request, recipient: row["recipient_id"], period: row["period"] });
  };
  const receive = (message: unknown): void => {
    const answer = message as Answer;
    if (answer.type === "rows" && answer.request === asked.find) {
      page = answer.page;
      write(where, answer.count ? `${answer.count} statement${answer.count === 1 ? "" : "s"}, page ${page + 1} of ${answer.pages}` : "no statements");
      back.disabled = page === 0;
      on.disabled = page + 1 >= answer.pages;
      const names = Object.keys(answer.rows[0] ?? {});
      head.replaceChildren(...names.map((name) => h("th", { class: TEXTS.has(name) ? "mb-text" : "", scope: "col" }, title(name))));
      const columns = new Map(names.map((name) => [name, columnOf(name, answer.rows)]));
      body.replaceChildren(...answer.rows.map((row, index) => line(row, names.map((name) => columns.get(name)?.[index] ?? ""))));
    } else if (answer.request === asked.open && answer.type === "explanation") {
      told.replaceChildren(...answer.steps.flatMap(step));
    } else if (answer.type === "refused" && answer.request === asked.open) {
      told.replaceChildren(h("p", { class: "mb-bad", role: "alert" }, answer.message));
    }
  };
  const line = (row: Row, texts: string[]): HTMLElement => {
    const cells = Object.keys(row).map((name, index) => h("td", { class: TEXTS.has(name) ? "mb-text" : "", title: row[name] ?? "" }, texts[index]));
    const element = h("tr", { class: "mb-row", tabindex: 0, "aria-selected": "false" }, ...cells);
    element.addEventListener("click", () => open(row, element));
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      open(row, element);
    });
    return element;
  };

  search.addEventListener("input", () => find(0));
  period.addEventListener("change", () => find(0));
  currency.addEventListener("change", () => find(0));
  back.addEventListener("click", () => find(page - 1));
  on.addEventListener("click", () => find(page + 1));
  model.on("msg:custom", receive);
  find(0);
  return () => model.off("msg:custom", receive);
}

function columnOf(name: string, rows: readonly Row[]): string[] {
  const texts = rows.map((row) => row[name] ?? "");
  return TEXTS.has(name) ? texts : aligned(texts.map(shown));
}

function choice(label: string, values: string[], all: string): HTMLSelectElement {
  return h("select", { "aria-label": label }, ...values.map((value) => h("option", { value }, value || all)));
}

function title(name: string): string {
  return name.replace("_id", "").replace(/_/g, " ");
}

function step(one: { title: string; lines: Line[] }): Node[] {
  const rows = one.lines.map((line) => {
    const text = h("td", { class: "mb-text" }, line.text);
    text.style.paddingLeft = `${0.6 + 1.2 * line.level}em`;
    return h("tr", {}, text, h("td", { title: line.amount }, line.amount));
  });
  return [h("h4", {}, one.title), h("div", { class: "mb-scroll" }, h("table", {}, h("tbody", {}, ...rows)))];
}

export default { render };
