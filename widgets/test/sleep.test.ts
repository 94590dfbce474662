// The context sleeps when nobody needs it, and what was told late is told from what was not.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Roll } from "../src/arrivals";
import { Sleep, STILL_MS } from "../src/sleep";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function context() {
  const made = {
    state: "running" as AudioContextState,
    suspend: async () => void (made.state = "suspended"),
    resume: async () => void (made.state = "running"),
  };
  return made;
}

test("it sleeps when all have been still for long enough, and no sooner", () => {
  const sound = context();
  const sleep = new Sleep(sound);
  const [one, other] = [{}, {}];
  sleep.keepAwake(one, true);
  sleep.keepAwake(other, true);
  sleep.keepAwake(one, false);
  vi.advanceTimersByTime(10 * STILL_MS);
  expect(sound.state).toBe("running");
  sleep.keepAwake(other, false);
  vi.advanceTimersByTime(STILL_MS - 1);
  expect(sound.state).toBe("running");
  vi.advanceTimersByTime(1);
  expect(sound.state).toBe("suspended");
});

test("an edit wakes it for a while, a start for as long as it plays", () => {
  const sound = context();
  const sleep = new Sleep(sound);
  sleep.stir();
  vi.advanceTimersByTime(STILL_MS);
  expect(sound.state).toBe("suspended");
  sleep.stir();
  expect(sound.state).toBe("running");
  vi.advanceTimersByTime(STILL_MS - 1);
  sleep.stir();
  vi.advanceTimersByTime(STILL_MS - 1);
  expect(sound.state).toBe("running");
  vi.advanceTimersByTime(1);
  expect(sound.state).toBe("suspended");
  sleep.keepAwake(sound, true);
  vi.advanceTimersByTime(10 * STILL_MS);
  expect(sound.state).toBe("running");
});

test("marks that come on their frame are in time, more of them are late by where they were due", () => {
  const roll = new Roll<string>(500);
  for (const [what, at] of [["a", 0], ["b", 128], ["c", 128], ["d", 256]] as const) roll.tell({ what, at });
  expect(roll.come(0, 1)).toEqual([]);
  expect(roll.come(128, 1)).toEqual([]);
  expect(roll.come(256, 2)).toEqual(["c"]);
  expect(roll.come(384, 1)).toEqual([]); // nothing is left that could be late
  roll.tell({ what: "taken back", at: 512 });
  roll.tell({ what: "e", at: 2000 });
  roll.forget("taken back");
  expect(roll.come(2128, 1)).toEqual(["e"]);
  for (const [what, at] of [["lost", 3000], ["f", 3400], ["g", 3600]] as const) roll.tell({ what, at });
  expect(roll.come(3400, 1)).toEqual([]);
  expect(roll.come(3600, 1)).toEqual(["lost"]);
});

test("a mark that nothing follows is late once the worklet says that it is overdue, and not before", () => {
  const roll = new Roll<string>(500);
  roll.tell({ what: "last", at: 1000 });
  expect(roll.come(1500, 0)).toEqual([]);
  expect(roll.waits).toBe(true);
  expect(roll.come(1628, 0)).toEqual(["last"]);
  expect([roll.waits, roll.come(9000, 0)]).toEqual([false, []]);
});
