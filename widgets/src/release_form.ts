// The browser's half of widgets/release_form.py: fields of a release with what the kernel's check says of each.
import type { Model } from "./anywidget";
import { h, put, write } from "./dom";
import css from "./release_form.css";
import { addStyle } from "./statements";
import { standing, Typed, type Answer, type Stored } from "./typed";

interface Problem {
  severity: "fatal" | "error" | "warning" | "info";
  where: string;
  message: string;
  fix: string;
}
interface Field {
  path: string;
  label: string;
  hint: string;
  value: string;
  choices: string[];
  problems: Problem[];
}
interface Track {
  path: string;
  place: string;
  fields: Field[];
  problems: Problem[];
}
interface View {
  fields: Field[];
  tracks: Track[];
  rest: Problem[];
  left: string;
}
interface Watched extends Omit<Model, "on" | "off"> {
  on(event: string, callback: (message: unknown) => void): void;
  off(event: string, callback: (message: unknown) => void): void;
}
interface Control {
  input: HTMLInputElement | HTMLSelectElement;
  said: HTMLElement;
  update(field: Field): void;
}

const SIGNS = { fatal: ["✕", "Error"], error: ["✕", "Error"], warning: ["▲", "Warning"], info: ["•", "Note"] } as const;
const SAVE = "save";
let views = 0;

function render({ model, el }: { model: Watched; el: HTMLElement }): () => void {
  addStyle();
  if (!document.getElementById("mb-form-style")) document.head.append(h("style", { id: "mb-form-style" }, css));
  const page = `mb-form-${++views}-${Math.random().toString(36).slice(2)}`;
  const typed = new Typed(page);
  const controls = new Map<string, Control>();
  const rows = new Map<string, HTMLElement>();

  const control = (field: Field): Control => {
    const id = `${page}-${controls.size}`;
    const said = h("div", { id: `${id}-said`, class: "mb-said" });
    const attributes = { id, "aria-describedby": said.id, autocomplete: "off" };
    const input = field.choices.length ? h("select", attributes) : h("input", { ...attributes, type: "text", placeholder: field.hint || null, spellcheck: "false" });
    let last = field.value;
    const commit = (): void => {
      if (input.value === last && !typed.keeps(field.path)) return;
      model.send({ type: "set", request: typed.send(field.path), path: field.path, text: input.value });
      stand();
    };
    input.addEventListener("change", commit);
    input.addEventListener("keydown", (event) => {
      if (!(event instanceof KeyboardEvent) || event.key !== "Enter" || event.isComposing || input instanceof HTMLSelectElement) return;
      event.preventDefault();
      event.stopPropagation();
      commit();
    });
    const update = (now: Field): void => {
      const editing = input.matches(":focus") && input.value !== last;
      if (input instanceof HTMLSelectElement) fill(input, now.choices);
      if (!typed.keeps(field.path) && (!editing || input instanceof HTMLSelectElement)) input.value = now.value;
      last = now.value;
      const fault = typed.fault(field.path);
      put(input, "aria-invalid", fault !== "" || now.problems.some((one) => one.severity === "fatal" || one.severity === "error"));
      said.replaceChildren(...(fault ? [line("✕", "Not taken", fault, "mb-error")] : []), ...now.problems.map((one) => finding(one)));
    };
    const made = { input, said, update };
    controls.set(field.path, made);
    return made;
  };
  const titled = (field: Field): HTMLElement => {
    const { input, said } = control(field);
    return h("div", { class: "mb-field" }, h("label", { for: input.id }, field.label), input, said);
  };
  const track = (one: Track): HTMLElement[] => {
    const place = h("th", { id: `${page}-${one.path}`, class: "mb-text", scope: "row" }, one.place);
    const cells = one.fields.map((field) => {
      const { input, said } = control(field);
      put(input, "aria-labelledby", `${page}-${field.label} ${place.id}`);
      return h("td", { class: "mb-text" }, input, said);
    });
    const more = h("td", { class: "mb-text mb-said", colspan: cells.length });
    rows.set(one.path, more);
    return [h("tr", {}, place, ...cells), h("tr", { class: "mb-more" }, h("td"), more)];
  };

  const first = model.get("view") as View;
  const left = h("p", { class: "mb-left", role: "status", "aria-label": "Left to do" });
  const state = h("span", { class: "mb-dim", role: "status", "aria-label": "State" });
  const said = h("span", { class: "mb-bad", role: "alert" });
  const save = h("button", { type: "button", class: "mb-main" }, "Save");
  const columns = (first.tracks[0]?.fields ?? []).map((field) => h("th", { id: `${page}-${field.label}`, class: "mb-text", scope: "col" }, field.label));
  const head = h("thead", {}, h("tr", {}, h("th", { class: "mb-text", scope: "col" }, "Track"), ...columns));
  const table = h("table", { "aria-label": "Tracks", hidden: !first.tracks.length }, head, h("tbody", {}, ...first.tracks.flatMap(track)));
  const rest = h("section", { class: "mb-rest mb-said", "aria-label": "Elsewhere in the release" });
  const fields = h("div", { class: "mb-fields" }, ...first.fields.map(titled));
  const bar = h("div", { class: "mb-money-bar" }, state, h("span", { class: "mb-money-fill" }), said, save);
  const form = h("div", { class: "mb-money mb-form", role: "form", "aria-label": "Release" }, left, fields, h("div", { class: "mb-scroll" }, table), rest, bar);
  el.append(form);

  const stand = (): void => {
    const stored = model.get("stored") as Stored;
    write(state, standing(stored, [...controls.keys()].filter((path) => typed.fault(path)).length));
    put(form, "aria-busy", typed.waiting);
    save.hidden = !stored.file;
  };
  const show = (): void => {
    const view = model.get("view") as View;
    for (const field of [...view.fields, ...view.tracks.flatMap((one) => one.fields)]) controls.get(field.path)?.update(field);
    for (const one of view.tracks) rows.get(one.path)?.replaceChildren(...one.problems.map((problem) => finding(problem, problem.where.slice(one.path.length + 1))));
    rest.replaceChildren(...view.rest.map((problem) => finding(problem, problem.where)));
    write(left, view.left);
    stand();
  };
  const receive = (message: unknown): void => {
    const path = typed.take(message as Answer);
    if (path === null) return;
    write(said, path === SAVE ? typed.fault(SAVE) : "");
    show();
  };

  save.addEventListener("click", () => model.send({ type: "save", request: typed.send(SAVE) }));
  model.on("msg:custom", receive);
  model.on("change:view", show);
  model.on("change:stored", stand);
  show();
  return () => {
    model.off("msg:custom", receive);
    model.off("change:view", show);
    model.off("change:stored", stand);
  };
}

function fill(select: HTMLSelectElement, choices: readonly string[]): void {
  if ([...select.options].map((option) => option.value).join("\n") === choices.join("\n") && select.options.length) return;
  select.replaceChildren(...choices.map((value) => h("option", { value }, value || "not said")));
}

function finding(problem: Problem, where = ""): HTMLElement {
  const [sign, word] = SIGNS[problem.severity];
  return line(sign, word, `${where && `${where}: `}${problem.message}${problem.fix && ` (${problem.fix})`}`, `mb-${problem.severity}`);
}

function line(sign: string, word: string, text: string, name: string): HTMLElement {
  return h("div", { class: `mb-finding ${name}` }, h("span", { class: "mb-sign", "aria-hidden": "true" }, sign), h("span", {}, h("b", {}, `${word}: `), text));
}

export default { render };
