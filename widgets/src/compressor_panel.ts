// A compressor or limiter: its curve, its settings, the signal it listens to.
import { below, type Controls } from "./controls";
import { CompressorCurve } from "./compressor_curve";
import type { Path } from "./document";
import { h } from "./dom";
import type { Compressor, Snapshot, Strip } from "./model";
import { COMPRESSOR } from "./ranges";
import { labelled, section, type Shown } from "./section";

export type Stage = "compressor" | "limiter";

const TITLES: Record<Stage, string> = { compressor: "Compressor", limiter: "Limiter" };

export function stageOf(shown: Shown, stage: Stage): Compressor | null {
  if (stage === "limiter") return shown.kind === "master" ? shown.limiter : null;
  return shown.compressor;
}

/** @param meter Gets the curve, to show on it how much the stage turns down. */
export function compressorPanel(
  strip: Shown,
  path: Path,
  stage: Stage,
  session: Snapshot,
  controls: Controls,
  meter: (id: string, curve: CompressorCurve) => void,
): HTMLElement {
  const title = TITLES[stage];
  if (!stageOf(strip, stage)) {
    const add = controls.action(`${strip.name} add ${stage}`, "plus", (edit) => edit.putBack(path, stage));
    return section(title, null, add);
  }
  const at = below(path, stage);
  const curve = new CompressorCurve();
  meter(`${strip.id}/${stage}`, curve);
  controls.bind((shown) => curve.update(stageOf(shown, stage)));
  const knobs = Object.entries(COMPRESSOR).map(([name, range]) =>
    controls.knob(`${strip.name} ${stage} ${name}`, name, range, at, name, (shown) => stageOf(shown, stage)?.[name as "ratio"]),
  );
  const power = controls.power(`${strip.name} ${stage}`, at, (shown) => stageOf(shown, stage)?.enabled === true);
  const key = strip.kind === "master" ? null : labelled("Key", keyChoice(strip, at, session, controls));
  return section(title, power, curve.element, h("div", { class: "mb-knobs" }, ...knobs), key);
}

function keyChoice(strip: Strip, at: Path, session: Snapshot, controls: Controls): HTMLSelectElement {
  const others = [...session.tracks, ...session.buses].filter((other) => other.id !== strip.id);
  const options: [string, string][] = [["", "own signal"], ...others.map(({ id, name }): [string, string] => [id, name])];
  return controls.choice(`${strip.name} key`, options, at, "key", (shown) => stageOf(shown, "compressor")?.key ?? "");
}
