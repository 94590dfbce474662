import { describe, expect, it } from "vitest";
import { standing, Typed } from "../src/typed";

describe("what was typed", () => {
  it("is kept while it is under way, and let go when it is taken", () => {
    const typed = new Typed("a");
    const request = typed.send("label");
    expect([typed.keeps("label"), typed.waiting]).toEqual([true, true]);
    expect(typed.take({ type: "taken", request })).toBe("label");
    expect([typed.keeps("label"), typed.waiting, typed.fault("label")]).toEqual([false, false, ""]);
  });

  it("is kept with a sentence when it is refused, until something else is taken", () => {
    const typed = new Typed("a");
    typed.take({ type: "refused", request: typed.send("p_line.year"), message: "expected a whole number" });
    expect([typed.keeps("p_line.year"), typed.fault("p_line.year")]).toEqual([true, "expected a whole number"]);
    const again = typed.send("p_line.year");
    expect(typed.fault("p_line.year")).toBe("expected a whole number");
    typed.take({ type: "taken", request: again });
    expect([typed.keeps("p_line.year"), typed.fault("p_line.year")]).toEqual([false, ""]);
  });

  it("is not touched by an answer to what was typed before it, nor by another page's", () => {
    const typed = new Typed("a");
    const early = typed.send("title");
    const late = typed.send("title");
    expect(typed.take({ type: "refused", request: early, message: "no" })).toBeNull();
    expect(typed.take({ type: "taken", request: new Typed("b").send("title") })).toBeNull();
    expect([typed.keeps("title"), typed.fault("title")]).toEqual([true, ""]);
    expect(typed.take({ type: "taken", request: late })).toBe("title");
  });
});

describe("the line about the file", () => {
  it("says saved, not saved, or that there is none, and what was not taken", () => {
    expect(standing({ file: "RELEASE.json", changed: false }, 0)).toBe("Saved in RELEASE.json.");
    expect(standing({ file: "RELEASE.json", changed: true }, 0)).toBe("Not saved: RELEASE.json is as it was.");
    expect(standing({ file: "", changed: true }, 0)).toContain("form.release");
    expect(standing({ file: "RELEASE.json", changed: true }, 2)).toContain("2 fields are not taken");
  });
});
