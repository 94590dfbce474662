import { expect, test } from "vitest";
import { freeFrequency } from "../src/equalizer_panel";
import { EqScale } from "../src/eq_curve";
import { fit, LOW_MIXER, LOW_PANEL, MIXER, PANEL } from "../src/fit";

const NEEDS = { around: 110, lanes: 118, panel: false };

test("a studio is as tall as its room, with a low mixer where that is too little for all, and never too small for its parts", () => {
  const whole = NEEDS.around + NEEDS.lanes + MIXER;
  expect(fit(whole, NEEDS)).toEqual({ height: whole, low: false });
  expect(fit(whole - 1, NEEDS)).toEqual({ height: whole - 1, low: true });
  expect(fit(784, { ...NEEDS, panel: true })).toEqual({ height: 784, low: true });
  expect(fit(whole + PANEL, { ...NEEDS, panel: true }).low).toBe(false);
  expect(fit(100, NEEDS)).toEqual({ height: NEEDS.around + NEEDS.lanes + LOW_MIXER, low: true });
  expect(fit(100, { ...NEEDS, panel: true }).height).toBe(NEEDS.around + NEEDS.lanes + LOW_MIXER + LOW_PANEL);
});

test("an equalizer's plot of any size spans 20 Hz to 20 kHz and 24 dB up and down", () => {
  for (const [width, height] of [[280, 120], [905, 172]] as const) {
    const scale = new EqScale(width, height);
    expect([scale.x(20), scale.x(20000)]).toEqual([0, width]);
    expect([scale.y(24), scale.y(-24), scale.y(99)]).toEqual([8, height - 8, 8]);
    for (const [hz, db] of [[31, -20], [1000, 0], [15000, 11]] as const) {
      expect(scale.hz(scale.x(hz))).toBeCloseTo(hz, 6);
      expect(scale.db(scale.y(db))).toBeCloseTo(db, 9);
    }
    expect([scale.hz(-5), scale.hz(width + 5), scale.db(-99), scale.db(9999)]).toEqual([20, 20000, 24, -24]);
  }
});

test("a new band begins where no other is", () => {
  expect(freeFrequency([320, 3200])).toBe(1000);
  expect(freeFrequency([320, 1000, 3200])).toBe(2000);
  expect(freeFrequency([320, 1100, 3200, 2000])).toBe(500);
  expect(freeFrequency([60, 125, 250, 500, 1000, 2000, 4000, 8000, 12000])).toBe(1000);
});
