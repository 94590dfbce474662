// The controls of a strip's panel: each is bound to one field of the document and follows it.
import type { Edit, Path } from "./document";
import { h, pick, put, write } from "./dom";
import { Gesture } from "./gesture";
import { icon, type IconName } from "./icons";
import { knob } from "./knob";
import type { Snapshot } from "./model";
import type { Range } from "./ranges";
import type { Shown } from "./section";
import type { Desk } from "./strip";

type Bind = (shown: Shown, session: Snapshot) => void;

/** A path below another. */
export function below(path: Path, ...keys: string[]): Path {
  return [...path, ...keys] as unknown as Path;
}

/** A name that nothing else has. */
export function newId(kind: string): string {
  return `${kind}-${Math.random().toString(36).slice(2, 10)}`;
}

export class Controls {
  private readonly binds: Bind[] = [];

  constructor(readonly desk: Desk) {}

  /** Call `bind` whenever the document changed. */
  bind(bind: Bind): void {
    this.binds.push(bind);
  }

  show(shown: Shown, session: Snapshot): void {
    for (const bind of this.binds) bind(shown, session);
  }

  knob(
    label: string,
    caption: string,
    range: Range,
    path: Path,
    field: string,
    read: (shown: Shown) => number | undefined,
    stored: (value: number) => number = (value) => value,
  ): HTMLElement {
    const gesture = new Gesture(this.desk.session);
    const view = knob({
      ...range,
      label,
      caption,
      onInput: (value) => gesture.move((edit) => edit.set(path, field, stored(value))),
      onEnd: () => gesture.end(),
    });
    this.bind((shown) => {
      const value = read(shown);
      view.slider.disabled = this.desk.readonly || value === undefined;
      if (value !== undefined) view.slider.update(value);
    });
    return view.element;
  }

  /** An on/off button for a boolean field. */
  toggle(label: string, texts: [on: string, off: string], path: Path, field: string, read: (shown: Shown) => boolean): HTMLButtonElement {
    const button = h("button", { type: "button", class: "mb-power", "aria-label": label });
    let on = false;
    button.addEventListener("click", () => this.desk.session.edit((edit) => edit.set(path, field, !on)));
    this.bind((shown) => {
      on = read(shown);
      put(button, "aria-pressed", on);
      write(button, on ? texts[0] : texts[1]);
      button.disabled = this.desk.readonly;
    });
    return button;
  }

  power(label: string, path: Path, read: (shown: Shown) => boolean): HTMLButtonElement {
    return this.toggle(`${label} on`, ["On", "Off"], path, "enabled", read);
  }

  choice(
    label: string,
    options: [value: string, text: string][],
    path: Path,
    field: string,
    read: (shown: Shown) => string,
    also: (edit: Edit, value: string) => void = () => undefined,
  ): HTMLSelectElement {
    const select = this.select(label, options, () => {
      const { value } = select;
      this.desk.session.edit((edit) => {
        edit.set(path, field, value === "" ? null : value);
        also(edit, value);
      });
    });
    this.bind((shown) => {
      pick(select, read(shown));
    });
    return select;
  }

  /** A list whose first entry says what choosing another one adds. */
  adder(label: string, text: string, options: [value: string, text: string][], add: (edit: Edit, value: string) => void): HTMLSelectElement {
    const select = this.select(label, [["", text], ...options], () => {
      const { value } = select;
      select.value = "";
      if (value) this.desk.session.edit((edit) => add(edit, value));
    });
    return select;
  }

  /** A button that is one edit. */
  action(label: string, name: IconName, change: (edit: Edit) => void): HTMLButtonElement {
    const button = h("button", { type: "button", class: "mb-small", "aria-label": label, title: label }, icon(name));
    button.addEventListener("click", () => this.desk.session.edit(change));
    this.bind(() => {
      button.disabled = this.desk.readonly;
    });
    return button;
  }

  private select(label: string, options: [value: string, text: string][], onChange: () => void): HTMLSelectElement {
    const items = options.map(([value, text]) => h("option", { value }, text));
    const select = h("select", { class: "mb-choice", "aria-label": label }, ...items);
    select.addEventListener("change", onChange);
    this.bind(() => {
      select.disabled = this.desk.readonly;
    });
    return select;
  }
}
