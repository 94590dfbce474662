// What an empty session says: what to do first.
import { h } from "./dom";
import { icon, type IconName } from "./icons";

export interface EmptyActions {
  importFiles(): void;
  addTrack(): void;
  help(): void;
}

export class EmptyView {
  readonly element: HTMLElement;
  private readonly acts: HTMLButtonElement[];
  private readonly said = h("p", {});

  constructor(actions: EmptyActions) {
    const act = (text: string, name: IconName, run: () => void, kind: string): HTMLButtonElement => {
      const button = h("button", { type: "button", class: kind }, icon(name), text);
      button.addEventListener("click", run);
      return button;
    };
    this.acts = [
      act("Choose audio files", "upload", () => actions.importFiles(), "mb-send"),
      act("Empty track", "plus", () => actions.addTrack(), "mb-act"),
    ];
    const keys = act("Keyboard shortcuts", "keys", () => actions.help(), "mb-act");
    this.element = h("div", { class: "mb-empty", hidden: true }, h("h3", {}, "Begin with your stems"), this.said, h("div", { class: "mb-empty-acts" }, ...this.acts, keys));
  }

  update(empty: boolean, readonly: boolean): void {
    this.element.hidden = !empty;
    this.said.textContent = readonly
      ? "No tracks yet, and you may only look: whoever may edit this session adds them."
      : "Drop audio files here: each becomes a track. Or choose them, or begin with an empty track.";
    for (const button of this.acts) button.disabled = readonly;
  }
}
