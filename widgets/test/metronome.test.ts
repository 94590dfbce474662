import { expect, test, vi } from "vitest";
import { clicks, clickSamples, Metronome } from "../src/metronome";
import { TimeRange } from "../src/range";

const RATE = 1000;
const meter = (tempo_bpm: number, time_signature: [number, number] = [4, 4]) => ({ tempo_bpm, time_signature });

/** A clock and a loudspeaker that only remember. */
class Context {
  readonly sampleRate = RATE;
  readonly destination = {};
  /** In seconds; what is scheduled from frame 0 on lies far enough ahead. */
  currentTime = -2;
  createBuffer = (_: number, length: number) => ({ length, copyToChannel: () => undefined });
}
class Gain {
  readonly gain: { value: number };
  constructor(_: unknown, { gain }: { gain: number }) {
    this.gain = { value: gain };
  }
  connect = () => undefined;
  disconnect = () => undefined;
}
const heard = new Map<Source, number>();
class Source {
  onended: (() => void) | null = null;
  connect = () => undefined;
  disconnect = () => undefined;
  start = (when: number) => void heard.set(this, Math.round(when * RATE));
  stop = () => void heard.delete(this);
}
vi.stubGlobal("GainNode", Gain);
vi.stubGlobal("AudioBufferSourceNode", Source);

function keeper(text: string | null = null) {
  const kept = { text };
  return { kept, getItem: () => kept.text, setItem: (_: string, value: string) => void (kept.text = value) };
}

function playing(onChange = () => undefined) {
  heard.clear();
  const metronome = new Metronome(onChange, keeper());
  metronome.on = true;
  const context = new Context();
  const fill = (stretch: { from: number; to: number; at: number }, horizon: number, latency = 0) =>
    metronome.fill({ context: context as unknown as AudioContext }, latency, stretch, horizon);
  return { metronome, context, fill, at: () => [...heard.values()].sort((a, b) => a - b) };
}

test("a click is on every beat, the first of a bar accented", () => {
  const found = clicks(meter(120, [3, 4]), RATE, 0, 3000);
  expect(found.map(({ frame }) => frame)).toEqual([0, 500, 1000, 1500, 2000, 2500]);
  expect(found.map(({ accent }) => accent)).toEqual([true, false, false, true, false, false]);
  expect(clicks(meter(60, [6, 8]), RATE, 0, 3001).map(({ frame, accent }) => accent ? frame : -frame)).toEqual([0, -500, -1000, -1500, -2000, -2500, 3000]);
});

test("beats stay where they are on the sample grid, however long it plays and wherever it begins", () => {
  const all = clicks(meter(133.7), 44100, 0, 44100 * 600);
  expect(all.at(-1)?.frame).toBe(Math.round((all.length - 1) * (60 / 133.7) * 44100));
  const cut = (all[700]?.frame ?? 0) + 1;
  expect([...clicks(meter(133.7), 44100, 0, cut), ...clicks(meter(133.7), 44100, cut, 44100 * 600)]).toEqual(all);
});

test("a click is short, begins and ends near silence and never clips", () => {
  const samples = clickSamples(44100, true);
  expect(samples[0]).toBe(0);
  expect(Math.abs(samples.at(-1) ?? 1)).toBeLessThan(0.01);
  expect(Math.max(...samples.map(Math.abs))).toBeLessThanOrEqual(1);
  expect(Math.max(...samples.map(Math.abs))).toBeGreaterThan(0.7);
});

test("clicks are as late as the graph and follow a loop and a jump", () => {
  const { metronome, fill, at } = playing();
  fill({ from: 500, to: 1500, at: 256 }, 5000, 7);
  fill({ from: 500, to: 1500, at: 1256 }, 5000, 7);
  expect(at()).toEqual([263, 763, 1263, 1763]);
  fill({ from: 500, to: 1500, at: 1256 }, 5000, 7); // asked again, nothing twice
  expect(at()).toHaveLength(4);
  metronome.restart(1256);
  expect(at()).toEqual([263, 763]);
  fill({ from: 900, to: 9000, at: 1280 }, 2000, 7);
  expect(at()).toEqual([263, 763, 1387, 1887]);
  metronome.halt();
  expect(at()).toEqual([]);
});

test("only what lies ahead is scheduled, up to the horizon, and nothing while it is off", () => {
  const { metronome, context, fill, at } = playing();
  context.currentTime = -0.3; // what is nearer than eight quanta is too near
  fill({ from: 0, to: 9000, at: 0 }, 2001);
  expect(at()).toEqual([1000, 1500, 2000]);
  metronome.on = false;
  expect(at()).toEqual([]);
  fill({ from: 0, to: 9000, at: 0 }, 2001);
  expect(at()).toEqual([]);
});

test("another tempo takes back what was scheduled and asks for more; the same tempo does not", () => {
  const asked = vi.fn();
  const { metronome, fill, at } = playing(asked);
  asked.mockClear();
  metronome.follow(meter(120));
  fill({ from: 0, to: 9000, at: 512 }, 2000);
  metronome.follow(meter(120));
  expect(asked).not.toHaveBeenCalled();
  expect(at()).toEqual([512, 1012, 1512]);
  metronome.follow(meter(240));
  expect(asked).toHaveBeenCalledOnce();
  expect(at()).toEqual([]);
  fill({ from: 0, to: 9000, at: 512 }, 1100);
  expect(at()).toEqual([512, 762, 1012]);
});

test("whether it clicks and how loud is kept for who uses the browser, and nonsense is not believed", () => {
  const place = keeper();
  const first = new Metronome(() => undefined, place);
  expect([first.on, first.levelDb]).toEqual([false, -12]);
  first.on = true;
  first.levelDb = -99;
  const next = new Metronome(() => undefined, place);
  expect([next.on, next.levelDb]).toEqual([true, -40]);
  for (const text of ["", "null", "[]", '{"on": 1, "level_db": "x"}']) expect(new Metronome(() => undefined, keeper(text)).on).toBe(false);
});

function transport() {
  const watchers = new Set<() => void>();
  const player = {
    loopSeconds: null as { from: number; to: number } | null,
    length: 30,
    watch: (watcher: () => void) => (watchers.add(watcher), () => watchers.delete(watcher)),
    setLoop: (loop: { from: number; to: number } | null) => {
      player.loopSeconds = loop;
      for (const watcher of watchers) watcher();
    },
  };
  return player;
}

test("a range outlives its looping, and only clearing takes it away", () => {
  const player = transport();
  const range = new TimeRange(player, () => undefined);
  expect(range.span).toBeNull();
  range.toggle();
  expect(range.span).toEqual({ from: 0, to: 30 });
  range.loop({ from: 2, to: 4 });
  range.toggle();
  expect([player.loopSeconds, range.span, range.looping]).toEqual([null, { from: 2, to: 4 }, false]);
  range.move({ from: 3, to: 5 });
  expect([player.loopSeconds, range.span]).toEqual([null, { from: 3, to: 5 }]);
  range.toggle();
  expect(player.loopSeconds).toEqual({ from: 3, to: 5 });
  range.move({ from: 1, to: 2 });
  expect(player.loopSeconds).toEqual({ from: 1, to: 2 });
  player.setLoop({ from: 7, to: 8 }); // another person's, followed
  player.setLoop(null);
  expect(range.span).toEqual({ from: 7, to: 8 });
  range.clear();
  expect(range.span).toBeNull();
});
