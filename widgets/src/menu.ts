// The menu of what the pointer is on: of a clip, a track or bus, an empty lane, the ruler. Its entries are those of the keyboard.
import { h } from "./dom";
import { color, PALETTE_SIZE } from "./schema";
import { type Command, spoken } from "./shortcuts";

/** Which commands are offered on what, by their first key. */
const OFFERED = {
  clip: ["S", "Mod+C", "Mod+X", "Mod+D", "Delete", "Shift+L", "Shift+P", "Shift+F", "Shift+R"],
  strip: ["F2", "Mod+Shift+D", "Alt+Up", "Alt+Down", "M", "Shift+S", "Shift+Delete"],
  lane: ["Mod+V", "Shift+M", "Shift+T", "Shift+I"],
  ruler: ["L", "Shift+P", "Shift+F", "Shift+A", "Shift+R"],
} as const;

export interface MenuHands {
  commands: readonly Command[];
  readonly(): boolean;
  /** Take the strip that was pressed in hand. */
  pickStrip(strip: string): void;
  /** Take the clip that was pressed in hand, if it is not already. */
  pickClip(clip: Element): void;
  setColor(strip: string, value: string): void;
}

/** Open menus inside `root`, by the right button, the menu key or Shift+F10. */
export function attachMenu(root: HTMLElement, hands: MenuHands): void {
  root.addEventListener("contextmenu", (event) => {
    const target = event.target as Element;
    if (event.shiftKey || target.closest("input, textarea, select, dialog, .mb-menu")) return;
    const clip = target.closest(".mb-clip");
    const head = target.closest(".mb-lane-head, .mb-strip > header");
    const lane = target.closest(".mb-lane-body");
    const strip = target.closest("[data-lane], [data-strip]");
    const id = strip?.getAttribute("data-lane") ?? strip?.getAttribute("data-strip") ?? "";
    const kind = clip ? "clip" : head && id !== "master" ? "strip" : lane ? "lane" : target.closest(".mb-ruler") ? "ruler" : null;
    if (!kind) return;
    event.preventDefault();
    event.stopPropagation();
    if (clip) hands.pickClip(clip);
    else if (id) hands.pickStrip(id);
    const colors = kind === "strip" ? swatches((value) => hands.setColor(id, value), hands.readonly()) : null;
    open(root, event, hands, OFFERED[kind], colors);
  });
}

function open(root: HTMLElement, event: MouseEvent, hands: MenuHands, keys: readonly string[], colors: HTMLElement | null): void {
  root.querySelector<HTMLElement>(".mb-menu")?.dispatchEvent(new Event("close"));
  const before = document.activeElement as HTMLElement | null;
  const menu = h("div", { class: "mb-menu", role: "menu", "aria-label": "What may be done here" });
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  for (const key of keys) {
    const command = hands.commands.find((item) => item.keys[0] === key);
    if (!command) continue;
    const item = h("button", { type: "button", role: "menuitem", disabled: command.edits === true && hands.readonly() }, command.text, h("kbd", { "aria-hidden": "true" }, spoken(key, mac).join(mac ? "" : "+")));
    item.addEventListener("click", () => {
      close();
      command.run();
    });
    menu.append(item);
  }
  if (colors) menu.append(colors);
  const close = (): void => {
    menu.remove();
    document.removeEventListener("pointerdown", onOutside, true);
    before?.focus({ preventScroll: true });
  };
  const onOutside = (press: PointerEvent): void => {
    if (!menu.contains(press.target as Node)) close();
  };
  colors?.addEventListener("click", close);
  menu.addEventListener("close", close);
  menu.addEventListener("keydown", (pressed) => {
    const items = [...menu.querySelectorAll<HTMLElement>("button:not(:disabled)")];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: -1 }[pressed.key];
    pressed.stopPropagation();
    if (pressed.key === "Escape" || pressed.key === "Tab") close();
    else if (to !== undefined) items.at(to % items.length)?.focus();
    else return;
    pressed.preventDefault();
  });
  root.append(menu);
  const [box, around] = [menu.getBoundingClientRect(), root.getBoundingClientRect()];
  menu.style.left = `${Math.max(2, Math.min(event.clientX - around.left, around.width - box.width - 4))}px`;
  menu.style.top = `${Math.max(2, Math.min(event.clientY - around.top, around.height - box.height - 4))}px`;
  document.addEventListener("pointerdown", onOutside, true);
  menu.querySelector<HTMLElement>("button:not(:disabled)")?.focus({ preventScroll: true });
}

function swatches(set: (value: string) => void, disabled: boolean): HTMLElement {
  const row = h("div", { class: "mb-swatches", role: "group", "aria-label": "Color" });
  for (let index = 0; index < PALETTE_SIZE; index++) {
    const value = color(index);
    const swatch = h("button", { type: "button", role: "menuitem", "aria-label": `Color ${index + 1}`, title: value, disabled });
    swatch.style.background = value;
    swatch.addEventListener("click", () => set(value));
    row.append(swatch);
  }
  return row;
}
