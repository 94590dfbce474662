// The inserts of a strip as buttons that bypass them; one that only the kernel can render says how it is heard.
import type { Path } from "./document";
import { h, put, write } from "./dom";
import type { Heard } from "./freezer";
import type { Insert } from "./model";
import type { Desk } from "./strip";

const HEARD: Record<Heard, string> = { frozen: "frozen", rendering: "rendering…", unheard: "not heard" };

interface Chip {
  id: string;
  button: HTMLButtonElement;
  state: HTMLElement;
}

export class InsertChips {
  readonly element = h("div", { class: "mb-inserts" });
  private chips: Chip[] = [];
  private key = "";

  constructor(
    private readonly id: string,
    private readonly path: Path,
    private readonly desk: Desk,
  ) {}

  update(strip: string, inserts: readonly Insert[]): void {
    const key = JSON.stringify(inserts.map(({ id, type }) => [id, type]));
    if (key !== this.key) {
      this.key = key;
      this.chips = inserts.map((insert) => this.chip(insert));
      this.element.replaceChildren(...this.chips.map(({ button }) => button));
    }
    inserts.forEach((insert, index) => this.show(this.chips[index] as Chip, strip, insert));
  }

  private chip({ id, type }: Insert): Chip {
    const { desk } = this;
    const state = h("span", { class: "mb-heard", "aria-hidden": "true" });
    const button = h("button", { type: "button", class: "mb-chip mb-insert-chip" }, type, state);
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") === "true";
      desk.session.edit((edit) => edit.set([...this.path, "inserts", id] as unknown as Path, "enabled", !on));
    });
    return { id, button, state };
  }

  private show({ button, state }: Chip, strip: string, insert: Insert): void {
    const said = this.desk.heard(`${this.id}/inserts/${insert.id}`);
    const title = `${insert.type}: click to bypass`;
    write(state, said ? HEARD[said.heard] : "");
    put(button, "data-heard", said?.heard ?? "");
    put(button, "aria-label", `${strip} ${insert.type} insert`);
    put(button, "aria-description", said?.text ?? "");
    put(button, "aria-pressed", insert.enabled);
    put(button, "title", said ? `${said.text}. ${title}` : title);
    button.disabled = this.desk.readonly;
  }
}
