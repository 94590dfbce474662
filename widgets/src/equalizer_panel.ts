// A strip's equalizer: its curve, its bands, bands to add and take away.
import { below, type Controls, newId } from "./controls";
import { EqCurve } from "./eq_curve";
import type { Path } from "./document";
import { h } from "./dom";
import type { Band, Strip } from "./model";
import { FREQUENCY, GAIN, Q, RESONANCE } from "./ranges";
import { field, withDefaults } from "./schema";
import { section, type Shown } from "./section";

/** The types as an engineer calls them, in the order of the schema. */
const NAMES: Record<string, string> = {
  lowpass: "Low-pass",
  highpass: "High-pass",
  bandpass: "Band-pass",
  lowshelf: "Low shelf",
  highshelf: "High shelf",
  peaking: "Peak",
  notch: "Notch",
  allpass: "All-pass",
};
const TYPES = (field("band", "type").choices ?? []).map((type): [string, string] => [type, NAMES[type] ?? type]);
/** Where a new band of a type begins. */
const BEGIN: Record<string, { frequency: number; Q?: number }> = {
  lowpass: { frequency: 12000, Q: -3.01 },
  highpass: { frequency: 80, Q: -3.01 },
  lowshelf: { frequency: 320 },
  highshelf: { frequency: 3200 },
};
const WITH_GAIN = new Set(["lowshelf", "highshelf", "peaking"]);

export function equalizerPanel(strip: Strip, path: Path, controls: Controls): HTMLElement {
  const { desk } = controls;
  const curve = new EqCurve(path, () => strip.name, desk.session, () => desk.readonly);
  controls.bind((shown, session) => {
    if (shown.kind !== "master") curve.update(shown.eq, session.sample_rate);
  });
  const eq = below(path, "eq");
  const power = controls.power(`${strip.name} EQ`, eq, (shown) => shown.kind !== "master" && shown.eq?.enabled === true);
  const bands = (strip.eq?.bands ?? []).map((band, index) => bandRow(strip, band, index, below(eq, "bands"), controls));
  const taken = (): number[] => {
    const { tracks, buses } = desk.session.snapshot();
    return [...tracks, ...buses].find(({ id }) => id === strip.id)?.eq?.bands.map(({ frequency }) => frequency) ?? [];
  };
  const add = controls.adder(`${strip.name} add band`, "Add band", TYPES, (edit, type) => {
    const id = newId("band");
    const begin = BEGIN[type] ?? { frequency: freeFrequency(taken()) };
    edit.put(below(eq, "bands"), "band", id, withDefaults("band", { id, type, ...begin }));
  });
  // What adds a band stands in the heading, where no row of bands pushes it out of the panel.
  return section("Equalizer", [strip.eq ? power : null, add], curve.element, h("div", { class: "mb-bands" }, ...bands));
}

function bandRow(strip: Strip, band: Band, index: number, bands: Path, controls: Controls): HTMLElement {
  const at = below(bands, band.id);
  const label = `${strip.name} ${band.id}`;
  const current = (shown: Shown): Band | undefined =>
    shown.kind === "master" ? undefined : shown.eq?.bands.find((item) => item.id === band.id);
  const quality = inDecibels(band.type) ? RESONANCE : Q;
  return h(
    "div",
    { class: "mb-band" },
    h(
      "div",
      { class: "mb-band-head" },
      h("span", { class: "mb-band-name" }, String(index + 1)),
      controls.choice(`${label} type`, TYPES, at, "type", (shown) => current(shown)?.type ?? band.type, (edit, type) => {
        if (inDecibels(type) !== inDecibels(band.type)) edit.set(at, "Q", BEGIN[type]?.Q ?? 1);
      }),
      controls.action(`Remove ${label}`, "trash", (edit) => edit.remove(bands, band.id)),
    ),
    h(
      "div",
      { class: "mb-band-knobs" },
      controls.knob(`${label} frequency`, "Freq", { ...FREQUENCY, initial: band.frequency }, at, "frequency", (s) => current(s)?.frequency),
      WITH_GAIN.has(band.type) ? controls.knob(`${label} gain`, "Gain", GAIN, at, "gain", (s) => current(s)?.gain) : null,
      band.type.endsWith("shelf") ? null : controls.knob(`${label} Q`, "Q", quality, at, "Q", (s) => current(s)?.Q),
    ),
  );
}

/** Where a band begins that may be anywhere: not on another one, where nobody could take it. */
export function freeFrequency(taken: readonly number[]): number {
  const free = (hz: number): boolean => taken.every((other) => Math.abs(Math.log2(hz / other)) > 1 / 3);
  return [1000, 2000, 500, 4000, 250, 8000, 125, 12000, 60].find(free) ?? 1000;
}

/** Whether the Q of a type is a resonance in dB. */
function inDecibels(type: string): boolean {
  return type === "lowpass" || type === "highpass";
}
