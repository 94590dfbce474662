import { expect, test } from "vitest";
import {
  dbToGain,
  dbToPosition,
  FADER_FLOOR_DB,
  formatBars,
  formatDb,
  formatHz,
  formatPan,
  formatSeconds,
  formatTime,
  gainToDb,
  positionToDb,
} from "../src/scale";

test("the bottom of a fader is silence", () => {
  expect(dbToGain(FADER_FLOOR_DB)).toBe(0);
  expect(gainToDb(0)).toBe(FADER_FLOOR_DB);
});

test.each([-60, -24, -3, 0, 0.5, 6, 12])("%f dB survives the way to gain and back", (db) =>
  expect(gainToDb(dbToGain(db))).toBeCloseTo(db, 10),
);

test("the fader's law rises, and its two directions are inverse", () => {
  let before = -1;
  for (let db = -72; db <= 12; db += 0.25) {
    const position = dbToPosition(db);
    expect(position).toBeGreaterThan(before);
    expect(positionToDb(position)).toBeCloseTo(db, 9);
    before = position;
  }
  expect([dbToPosition(-72), dbToPosition(12)]).toEqual([0, 1]);
});

test("numbers are written as on a console", () => {
  expect([-72, -3, 0, 1.5, -0.04].map(formatDb)).toEqual(["-∞", "-3.0", "0.0", "+1.5", "0.0"]);
  expect([-1, -0.07, 0, 0.5].map(formatPan)).toEqual(["L100", "L7", "C", "R50"]);
  expect([320, 1000, 3200].map(formatHz)).toEqual(["320 Hz", "1 kHz", "3.2 kHz"]);
  expect([0.003, 0.25, 1].map(formatSeconds)).toEqual(["3 ms", "250 ms", "1 s"]);
});

test("the clock rounds down", () => {
  expect([0, 0.9999, 61.234, 600].map(formatTime)).toEqual(["00:00.000", "00:00.999", "01:01.234", "10:00.000"]);
});

test("bars, beats and sixteenths count from 1", () => {
  expect(formatBars(0, 120, [4, 4])).toBe("1.1.1");
  expect(formatBars(2.125, 120, [4, 4])).toBe("2.1.2");
  expect(formatBars(1.5, 120, [3, 4])).toBe("2.1.1");
  expect(formatBars(1.5, 120, [6, 8])).toBe("2.1.1");
});
