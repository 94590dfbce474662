import { describe, expect, it } from "vitest";
import { fault, percent, ppm, WHOLE } from "../src/shares";
import { aligned, shown } from "../src/statements";

describe("percentages", () => {
  it("are read exactly, to four decimals", () => {
    expect(["33.3333", "100", ".5", "0.0001", "7."].map(ppm)).toEqual([333333, WHOLE, 5000, 1, 70000]);
    expect(["", ".", "33.33333", "1e1", "-5", "1,5", "abc"].map(ppm)).toEqual([null, null, null, null, null, null, null]);
    expect([333333, WHOLE, 1, 0].map(percent)).toEqual(["33.3333", "100", "0.0001", "0"]);
  });

  it("come back as they were written", () => {
    for (let parts = 0; parts <= WHOLE; parts += 7919) expect(ppm(percent(parts))).toBe(parts);
  });
});

describe("shares", () => {
  const two = (left: string, right: string) => [
    { recipient: "ada", percentage: left },
    { recipient: "ben", percentage: right },
  ];

  it("must add up to 100 %", () => {
    expect(fault(two("66.6667", "33.3333"), "", false)).toBeNull();
    expect(fault(two("60", "30"), "", false)).toBe("10 % missing.");
    expect(fault(two("60", "30"), "", true)).toBeNull();
    expect(fault(two("60", "40.0001"), "", true)).toBe("0.0001 % too much.");
  });

  it("name each recipient once, with a positive share, from a month", () => {
    expect(fault([{ recipient: " ", percentage: "100" }], "", false)).toContain("recipient");
    expect(fault([...two("50", "40"), { recipient: "ada", percentage: "10" }], "", false)).toContain("twice");
    expect(fault(two("100", "0"), "", false)).toContain("more than 0");
    expect(fault(two("50", "x"), "", false)).toContain("four decimals");
    expect(fault(two("50", "50"), "2026-13", false)).toContain("YYYY-MM");
    expect(fault(two("50", "50"), "2026-07", false)).toBeNull();
  });
});

describe("amounts", () => {
  it("are shown to the cent and beyond where there is something", () => {
    expect(["1234567.890000000", "-0.000000001", "0.000000000", "1000"].map(shown)).toEqual(["1,234,567.89", "-0.000000001", "0.00", "1,000"]);
  });
});

describe("amounts of a column", () => {
  it("stand with their points one below the other", () => {
    expect(aligned(["7.956", "0.00", "1,000", "-2.5"])).toEqual(["7.956", "0.00\u2007", "1,000\u2008\u2007\u2007\u2007", "-2.5\u2007\u2007"]);
    expect([aligned(["1", "20"]), aligned([])]).toEqual([["1", "20"], []]);
  });
});
