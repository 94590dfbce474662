// Where a strip's signal goes: its output, its sends, its inserts, each to add and take away.
import { below, type Controls, newId } from "./controls";
import type { Path } from "./document";
import { h, write } from "./dom";
import type { Insert, Send, Snapshot, Strip } from "./model";
import { LEVEL, PARAMS } from "./ranges";
import { dbToGain, gainToDb } from "./scale";
import { withDefaults } from "./schema";
import { labelled, section, type Shown } from "./section";
import { hasTwin } from "./twins";

export function routingPanel(
  strip: Strip & { kind: "tracks" | "buses" },
  path: Path,
  session: Snapshot,
  controls: Controls,
): HTMLElement {
  const buses = session.buses.filter((bus) => bus.id !== strip.id).map((bus): [string, string] => [bus.id, bus.name]);
  const output = controls.choice(
    `${strip.name} output`,
    [["master", "Master"], ...buses],
    path,
    "output",
    (shown) => (shown.kind === "master" ? "" : shown.output),
  );
  const free = buses.filter(([id]) => !strip.sends.some((send) => send.bus === id));
  const addSend = controls.adder(`${strip.name} add send`, "Add send", free, (edit, bus) =>
    edit.put(below(path, "sends"), "send", bus, withDefaults("send", { bus })),
  );
  return section(
    "Routing",
    null,
    labelled("Output", output),
    ...strip.sends.map((send) => sendRow(strip, send, path, session, controls)),
    free.length > 0 ? addSend : null,
    ...insertRows(strip, path, controls),
  );
}

function sendRow(strip: Strip, send: Send, path: Path, session: Snapshot, controls: Controls): HTMLElement {
  const sends = below(path, "sends");
  const at = below(sends, send.bus);
  const bus = session.buses.find((item) => item.id === send.bus)?.name ?? send.bus;
  const current = (shown: Shown): Send | undefined =>
    shown.kind === "master" ? undefined : shown.sends.find((item) => item.bus === send.bus);
  const label = `${strip.name} send to ${bus}`;
  return h(
    "div",
    { class: "mb-insert" },
    controls.knob(label, `→ ${bus}`, LEVEL, at, "gain", (shown) => gainToDb(current(shown)?.gain ?? 0), dbToGain),
    controls.toggle(`${label} before the fader`, ["Pre", "Post"], at, "pre_fader", (shown) => current(shown)?.pre_fader === true),
    controls.action(`Remove ${label}`, "trash", (edit) => edit.remove(sends, send.bus)),
  );
}

/** The inserts of a strip or of the master, and a list to add another. */
export function insertRows(strip: Shown, path: Path, controls: Controls): HTMLElement[] {
  const types = Object.keys(PARAMS).map((type): [string, string] => [type, type]);
  const add = controls.adder(`${strip.name} add insert`, "Add insert", types, (edit, type) => {
    const id = newId(type);
    const params = Object.fromEntries(Object.entries(PARAMS[type] ?? {}).map(([name, range]) => [name, range.initial]));
    edit.put(below(path, "inserts"), "insert", id, withDefaults("insert", { id, type, params }));
  });
  return [...strip.inserts.map((insert) => insertRow(strip, insert, below(path, "inserts"), controls)), add];
}

function insertRow(strip: Shown, insert: Insert, inserts: Path, controls: Controls): HTMLElement {
  const at = below(inserts, insert.id);
  const label = `${strip.name} ${insert.type}`;
  const current = (shown: Shown): Insert | undefined => shown.inserts.find((item) => item.id === insert.id);
  const knobs = Object.entries(PARAMS[insert.type] ?? {}).map(([name, range]) =>
    controls.knob(`${label} ${name}`, name, range, below(at, "params"), name, (shown) => {
      const value = current(shown)?.params[name];
      return typeof value === "number" ? value : range.initial;
    }),
  );
  const note = hasTwin(insert.type) ? null : h("span", { class: "mb-note", role: "status" });
  controls.bind((shown) => {
    const heard = controls.desk.heard(`${shown.id}/inserts/${insert.id}`);
    if (note) note.dataset["heard"] = heard?.heard ?? "";
    if (note) write(note, heard?.text ?? "");
  });
  return h(
    "div",
    { class: "mb-insert" },
    h("span", { class: "mb-band-name" }, insert.type),
    controls.power(label, at, (shown) => current(shown)?.enabled === true),
    controls.action(`Remove ${label}`, "trash", (edit) => edit.remove(inserts, insert.id)),
    h("div", { class: "mb-knobs" }, ...knobs),
    note,
  );
}
