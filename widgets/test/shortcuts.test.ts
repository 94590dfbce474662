import { expect, test } from "vitest";
import { commandsOf, type Parts } from "../src/commands";
import { commandFor, spoken, written } from "../src/shortcuts";

const key = (name: string, held: Partial<KeyboardEvent> = {}) => ({
  key: name,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...held,
});

test("keys are written as in the table, on every keyboard", () => {
  expect(written(key(" "))).toBe("Space");
  expect(written(key("z", { ctrlKey: true }))).toBe("Mod+Z");
  expect(written(key("Z", { metaKey: true, shiftKey: true }))).toBe("Mod+Shift+Z");
  expect(written(key("M", { shiftKey: true }))).toBe("Shift+M");
  expect(written(key("?", { shiftKey: true }))).toBe("?");
  expect(written(key("[", { ctrlKey: true, altKey: true }))).toBe("["); // AltGr+8 on a German keyboard
  expect(written(key("1", { altKey: true }))).toBe("Alt+1");
  expect(written(key("Backspace"))).toBe("Delete");
  expect(written(key("ArrowLeft", { shiftKey: true }))).toBe("Shift+Left");
});

test("keys are spoken as they are printed on the keyboard in use", () => {
  expect(spoken("Mod+Shift+Z", false)).toEqual(["Ctrl", "Shift", "Z"]);
  expect(spoken("Mod+Z", true)).toEqual(["⌘", "Z"]);
  expect(spoken("Up", false)).toEqual(["↑"]);
  expect(spoken("+", false)).toEqual(["+"]);
});

test("no key means two things, none is the browser's or Lab's to lose, and every one is found", () => {
  const commands = commandsOf({} as Parts);
  const keys = commands.flatMap((command) => [...command.keys]);
  expect(new Set(keys).size).toBe(keys.length);
  // New tab, window, close, reload, address, find, print; and Lab's palette and settings.
  for (const taken of ["T", "N", "W", "R", "L", "F", "P", "Shift+C", "B", ","].map((name) => `Mod+${name}`))
    expect(keys).not.toContain(taken);
  for (const group of ["Transport", "Edit", "Tracks", "View", "Markers", "Panels"])
    expect(commands.some((command) => command.group === group)).toBe(true);
  expect(commandFor(key("s"), commands)?.text).toBe("Cut clips at the playhead");
  expect(commandFor(key("S", { shiftKey: true }), commands)?.text).toBe("Solo");
  expect(commandFor(key("q"), commands)).toBeNull();
  for (const command of commands) expect(command.text.length).toBeGreaterThan(3);
});
