// Keyboard shortcuts: a table of commands, and which one a key means. Keys typed into a field are the field's own.

export interface Command {
  /** Keys that mean it, the first one shown first: `Space`, `Mod+Z`, `Shift+M`, `?`. `Mod` is Ctrl, on a Mac the command key. */
  keys: readonly string[];
  group: string;
  text: string;
  /** Whether it edits the session, or writes files on the server: a viewer may not. */
  edits?: boolean;
  run(): void;
}

type Pressed = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

/** Names of keys as they are written here. */
const NAMES: Record<string, string> = { " ": "Space", Escape: "Esc", Backspace: "Delete", ArrowUp: "Up", ArrowDown: "Down", ArrowLeft: "Left", ArrowRight: "Right" };

/** What was pressed, written as in the table. */
export function written({ key, ctrlKey, metaKey, shiftKey, altKey }: Pressed): string {
  const name = NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);
  // A sign such as ? or [ says itself which modifiers made it; a letter, a digit and a named key do not.
  const sign = key.length === 1 && /[^\p{L}\d\s]/u.test(key);
  const mod = (ctrlKey || metaKey) && !(sign && altKey);
  return `${mod ? "Mod+" : ""}${altKey && !sign ? "Alt+" : ""}${shiftKey && !sign ? "Shift+" : ""}${name}`;
}

export function commandFor(event: Pressed, commands: readonly Command[]): Command | null {
  const pressed = written(event);
  return commands.find(({ keys }) => keys.includes(pressed)) ?? null;
}

/** Whether keys typed here are someone else's: a field's, or for Space and Enter a button's. */
export function isTyping(target: Element, key: string): boolean {
  if (target.closest("textarea, select, [contenteditable], dialog")) return true;
  const input = target.closest("input");
  if (input) return !["checkbox", "radio", "button", "color"].includes(input.type) || key === " ";
  return (key === " " || key === "Enter") && target.closest("button, [role=tab]") !== null && !target.closest(".mb-clip");
}

/** Keys as they are printed on the keyboard in use. */
export function spoken(keys: string, mac: boolean): string[] {
  const names: Record<string, string> = mac ? { Mod: "⌘", Shift: "⇧", Alt: "⌥" } : { Mod: "Ctrl" };
  const arrows: Record<string, string> = { Up: "↑", Down: "↓", Left: "←", Right: "→" };
  const parts = keys === "+" ? ["+"] : keys.split("+");
  return parts.map((part) => names[part] ?? arrows[part] ?? part);
}
