import { expect, test } from "vitest";
import { rowsInView } from "../src/row_window";
import { csv, number, sorted, type Sorting, tsv } from "../src/sheet";

test("what is typed as a number is read, brought into range, or refused", () => {
  const range = { minimum: -72, maximum: 12, step: 0.5 };
  const read = (text: string): string | null => number(text, { range });
  expect(["-3", "-3,5", " 4 ", "−6", "99", "-∞", "1e1"].map(read)).toEqual(["-3", "-3.5", "4", "-6", "12", "-72", "10"]);
  expect(["", "loud", "1.2.3", "--1"].map(read)).toEqual([null, null, null, null]);
  expect(number("", { range: { ...range, empty: true } })).toBe("");
  expect(number("7", {})).toBe("7");
});

test("rows sort by a column, numbers as numbers, and go out as text with tabs", () => {
  const items = [
    { name: "Track 10", gain: "-∞" },
    { name: "track 9", gain: "3" },
    { name: "Bass\t1", gain: "-12" },
  ];
  const columns = [
    { title: "Name", kind: "text" as const, value: (item: (typeof items)[0]) => item.name },
    { title: "Gain (dB)", kind: "number" as const, value: (item: (typeof items)[0]) => item.gain },
  ];
  const names = (sorting: Sorting | null) => sorted(items, columns, sorting).map(({ name }) => name);
  expect(names(null)).toEqual(["Track 10", "track 9", "Bass\t1"]);
  expect(names({ column: 0, down: false })).toEqual(["Bass\t1", "track 9", "Track 10"]);
  expect(names({ column: 1, down: false })).toEqual(["Track 10", "Bass\t1", "track 9"]);
  expect(names({ column: 1, down: true })).toEqual(["track 9", "Bass\t1", "Track 10"]);
  expect(tsv(columns, items)).toBe("Name\tGain (dB)\nTrack 10\t-∞\ntrack 9\t3\nBass 1\t-12");
});

test("rows go out as comma-separated values, quoted where they must be", () => {
  const columns = [
    { title: "Name", value: (item: { name: string; on: boolean }) => item.name },
    { title: "On", value: (item: { name: string; on: boolean }) => item.on },
  ];
  expect(csv(columns, [{ name: 'the "big", one', on: true }])).toBe('Name,On\r\n"the ""big"", one",yes');
});

test("of many rows those in view are drawn, of few all", () => {
  expect(rowsInView(100, 27, 500, 300)).toEqual({ from: 0, to: 100 });
  expect(rowsInView(10_000, 25, 0, 500)).toEqual({ from: 0, to: 40 });
  expect(rowsInView(10_000, 25, 125_000, 500)).toEqual({ from: 4980, to: 5040 });
  expect(rowsInView(10_000, 25, 1e9, 500)).toEqual({ from: 9960, to: 10_000 });
});
