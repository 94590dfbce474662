import { expect, test } from "vitest";
import { number } from "../src/sheet";

test("what is typed as a number is read, brought into range, or refused", () => {
  const range = { minimum: -72, maximum: 12, step: 0.5 };
  const read = (text: string): string | null => number(text, { range });
  expect(["-3", "-3,5", " 4 ", "−6", "99", "-∞", "1e1"].map(read)).toEqual(["-3", "-3.5", "4", "-6", "12", "-72", "10"]);
  expect(["", "loud", "1.2.3", "--1"].map(read)).toEqual([null, null, null, null]);
  expect(number("", { range: { ...range, empty: true } })).toBe("");
  expect(number("7", {})).toBe("7");
});
