// The list of shortcuts, opened by `?`.
import { h } from "./dom";
import { icon } from "./icons";
import { type Command, spoken } from "./shortcuts";

/** What the hand does without keys, and keys that belong to one control. */
const ELSEWHERE: readonly (readonly [string, string])[] = [
  ["Ctrl + wheel", "Zoom where the pointer is"],
  ["Shift + wheel", "Scroll along the timeline"],
  ["Shift or Ctrl + click", "Add a clip to those in hand"],
  ["Right click, Shift + F10", "What may be done with a clip, a track, a lane, the range"],
  ["Drag a track's head", "Put it in another place; its lower edge sets the height"],
  ["Drop audio files", "On a lane as clips, elsewhere as tracks"],
  ["Drag on an empty lane", "Take every clip in a rectangle"],
  ["Alt + drag", "Move without snapping"],
  ["Shift + drag", "Fine steps on faders and knobs"],
  ["Double click", "A control's default; on a name to type it; on a lane a point"],
  ["Enter or a digit", "Type the value of a fader or knob, with its unit"],
  ["← → on a clip", "Move what is in hand by a beat, with Shift by 10 ms"],
];

export class HelpView {
  readonly element: HTMLDialogElement;

  constructor(private readonly commands: readonly Command[]) {
    this.element = h("dialog", { class: "mb-help", "aria-label": "Keyboard shortcuts" });
    this.element.addEventListener("click", (event) => {
      if (event.target === this.element) this.element.close();
    });
    this.element.addEventListener("keydown", (event) => event.stopPropagation());
  }

  toggle(): void {
    if (this.element.open) return this.element.close();
    if (this.element.childElementCount === 0) this.build();
    this.element.showModal();
  }

  private build(): void {
    const mac = /Mac|iPhone|iPad/.test(navigator.platform);
    const close = h("button", { type: "button", class: "mb-button", "aria-label": "Close", title: "Close" }, icon("close"));
    close.addEventListener("click", () => this.element.close());
    const groups = [...new Set(this.commands.map(({ group }) => group))];
    const row = (keys: Node[], text: string): HTMLElement => h("div", { class: "mb-help-row" }, h("dt", {}, ...keys), h("dd", {}, text));
    const keys = (command: Command): Node[] =>
      command.keys.flatMap((given, index) => [
        ...(index > 0 ? [document.createTextNode(" or ")] : []),
        ...spoken(given, mac).map((part) => h("kbd", {}, part)),
      ]);
    const section = (title: string, rows: HTMLElement[]): HTMLElement => h("section", {}, h("h4", {}, title), h("dl", {}, ...rows));
    this.element.append(
      h("header", {}, h("h3", {}, "Keyboard shortcuts"), close),
      h("p", { class: "mb-said" }, "They work while the studio has the focus: click into it first. Keys typed into a field stay in the field."),
      h(
        "div",
        { class: "mb-help-groups" },
        ...groups.map((group) => section(group, this.commands.filter((item) => item.group === group).map((item) => row(keys(item), item.text)))),
        section("By hand", ELSEWHERE.map(([how, text]) => row([document.createTextNode(how)], text))),
      ),
    );
  }
}
