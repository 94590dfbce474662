// Make the shared document say what a snapshot says by the smallest edit, as session/shared.py does in the kernel.
import * as Y from "yjs";
import { LEFT_OUT } from "./flat";
import type { Snapshot } from "./model";
import { change } from "./notes";
import { place, ties } from "./order";
import { type Field, fields, type Plain, type PlainRecord } from "./schema";
import { fill, newValue, same, shared, spread, usually } from "./shared";

const OWN = ["pos", LEFT_OUT];
/** What says which file it is, not what is in it. */
const HEAD = ["format", "version", "uuid", "crdt"];

/** Write a snapshot into the document; its uuid stays, and nothing that is equal is touched. Call it in one edit. */
export function restore(doc: Y.Doc, snapshot: Snapshot): void {
  const plain = snapshot as unknown as PlainRecord;
  const meta = doc.getMap("meta");
  for (const [name, description] of Object.entries(fields("session"))) {
    const value = plain[name] ?? null;
    if (description.type === "text") rewrite(doc.getText(name), String(value ?? ""));
    else if (description.type === "record") record(description.of ?? "", doc.getMap(name), value as PlainRecord);
    else if (description.type === "list") list(description, doc.getMap(name), value as PlainRecord[]);
    else if (description.type === "targets") targets(description, doc.getMap(name), value as PlainRecord);
    else if (!HEAD.includes(name) && name in plain && !same(meta.get(name), value)) meta.set(name, value);
  }
}

function record(kind: string, map: Y.Map<unknown>, data: PlainRecord, key = ""): void {
  const known = fields(kind);
  keepOnly(map, [...Object.keys(data), ...OWN]);
  for (const [name, value] of Object.entries(data)) {
    if (name === key) continue;
    const description = known[name];
    const old = map.get(name);
    if (description && old instanceof Y.Map) nested(description, old, value);
    else if (!map.has(name) || !same(old, value)) map.set(name, newValue(description, value));
  }
}

function nested(description: Field, map: Y.Map<unknown>, value: Plain): void {
  if (description.type === "record") {
    if (value !== null) record(description.of ?? "", map, value as PlainRecord);
    const leftOut = map.get(LEFT_OUT) === true;
    if (value === null && !leftOut) map.set(LEFT_OUT, true);
    else if (value !== null && leftOut) map.delete(LEFT_OUT);
  } else if (description.type === "list") {
    list(description, map, (value ?? []) as PlainRecord[]);
  } else {
    const data = (value ?? {}) as PlainRecord;
    keepOnly(map, Object.keys(data));
    fill(map, data, map.toJSON());
  }
}

function targets(description: Field, map: Y.Map<unknown>, value: PlainRecord): void {
  const lanes = Object.entries(value) as [string, PlainRecord[]][];
  const marks = lanes.filter(([, points]) => points.length === 0).map(([target]) => `${target}/`);
  keepOnly(map, [...marks, ...lanes.flatMap(([target, points]) => points.map((point) => `${target}/${String(point["id"])}`))]);
  for (const [target, points] of lanes) {
    const places = ties(points, "id");
    for (const point of points) entry(description.of ?? "", map, `${target}/${String(point["id"])}`, point, "id", places.get(String(point["id"])) ?? 0);
  }
  for (const mark of marks) if (!map.has(mark)) map.set(mark, true);
}

function list(description: Field, map: Y.Map<unknown>, records: PlainRecord[]): void {
  const key = description.key ?? "id";
  const of = description.of ?? "";
  if (description.spread) {
    const current = map.toJSON();
    const entries = spread(description, records, current);
    keepOnly(map, Object.keys(entries));
    return fill(map, entries, { ...usually(description, records), ...current });
  }
  const names = records.map((item) => String(item[key]));
  keepOnly(map, names);
  const positions = new Map<string, number>();
  for (const [name, item] of map) if (item instanceof Y.Map) positions.set(name, Number(item.get("pos") ?? 0));
  const places = "time_s" in fields(of) ? ties(records, key) : place(names, positions);
  records.forEach((data, index) => {
    const name = names[index] as string;
    entry(of, map, name, data, key, places.get(name) ?? ("time_s" in fields(of) ? 0 : positions.get(name) ?? 0));
  });
}

/** Make one entry of a list say what a record says; a position of 0 is the one it has without saying. */
function entry(of: string, map: Y.Map<unknown>, name: string, data: PlainRecord, key: string, pos: number): void {
  const old = map.get(name);
  if (!(old instanceof Y.Map)) return void map.set(name, shared(of, pos === 0 ? data : { ...data, pos }));
  record(of, old, data, key);
  if (pos !== Number(old.get("pos") ?? 0)) old.set("pos", pos);
}

function keepOnly(map: Y.Map<unknown>, wanted: readonly string[]): void {
  const kept = new Set(wanted);
  for (const name of [...map.keys()]) if (!kept.has(name)) map.delete(name);
}

function rewrite(text: Y.Text, wanted: string): void {
  const { start, remove, insert } = change(text.toJSON(), wanted, wanted.length);
  if (remove > 0) text.delete(start, remove);
  if (insert) text.insert(start, insert);
}
