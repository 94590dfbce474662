// What is being rendered while its dialog is closed: how far it is, a way to take it back, and what became of it.
import { h, put, write } from "./dom";
import { icon } from "./icons";

export interface Rendered {
  /** What is being made, such as `renders/mix.wav`. */
  output: string;
  /** From 0 to 1; undefined while nobody knows. */
  share?: number | undefined;
}

export class RenderLine {
  readonly element: HTMLElement;
  private readonly bar = h("progress", { max: 1, "aria-label": "Rendering" });
  private readonly said = h("span", { role: "status" });
  private readonly end = h("button", { type: "button", class: "mb-small" }, icon("close"));
  private running = false;

  /** @param cancel Takes the render back. */
  constructor(cancel: () => void) {
    this.element = h("div", { class: "mb-import", hidden: true }, h("div", { class: "mb-import-line" }, this.bar, this.said, this.end));
    this.end.addEventListener("click", () => {
      if (this.running) cancel();
      else this.hide();
    });
  }

  hide(): void {
    this.element.hidden = true;
  }

  /** Show how far a render is. */
  show({ output, share }: Rendered, stopping: boolean): void {
    this.name("Cancel render", true);
    if (share === undefined) this.bar.removeAttribute("value");
    else this.bar.value = share;
    const far = share === undefined ? "" : `: ${Math.round(share * 100)} %`;
    write(this.said, stopping ? `Cancelling ${output}…` : `Rendering ${output}${far}`);
  }

  /** Say what became of it, until that is dismissed. */
  done(words: readonly (Node | string)[]): void {
    this.name("Dismiss render", false);
    this.said.replaceChildren(...words);
  }

  private name(action: string, running: boolean): void {
    this.running = running;
    this.bar.hidden = !running;
    this.element.hidden = false;
    put(this.end, "aria-label", action);
    put(this.end, "title", action);
  }
}
