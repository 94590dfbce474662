import { expect, test } from "vitest";
import { Pace } from "../src/pace";

/** How often is measured and drawn in a second of frames so far apart, after one to settle. */
function run(apart: number, edited: (frame: number) => boolean = () => false): { measured: number; drawn: number; worst: number } {
  const pace = new Pace();
  let [measured, drawn, worst, last] = [0, 0, 0, 1000];
  for (let frame = 0, now = 0; now < 2000; frame++, now += apart) {
    const { measure, draw } = pace.frame(now, edited(frame));
    if (now < 1000) continue;
    measured += Number(measure);
    drawn += Number(draw);
    if (draw) [worst, last] = [Math.max(worst, now - last), now];
  }
  return { measured, drawn, worst };
}

test("numbers are drawn in every other frame, and half as often while frames come late; levels are measured throughout", () => {
  for (const [apart, measured, drawn] of [[1000 / 60, 30, 30], [1000 / 30, 30, 15], [1000 / 144, 36, 36]] as const) {
    const found = run(apart);
    expect(Math.abs(found.measured - measured)).toBeLessThan(2);
    expect(Math.abs(found.drawn - drawn)).toBeLessThan(2);
  }
});

test("a frame that shows an edit draws no numbers, unless they would stand still", () => {
  const every = run(1000 / 60, () => true);
  expect(every.measured).toBeGreaterThan(28);
  expect(every.worst).toBeLessThan(140);
  const other = run(1000 / 60, (frame) => frame % 2 === 0);
  expect(other.drawn).toBeGreaterThan(28);
});

test("one late frame changes nothing", () => {
  const pace = new Pace();
  const drawn: number[] = [];
  for (let frame = 0, now = 0; frame < 60; frame++, now += frame === 30 ? 60 : 1000 / 60) if (pace.frame(now, false).draw) drawn.push(frame);
  expect(drawn.length).toBeGreaterThan(28);
});
