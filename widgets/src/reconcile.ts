// Make the shared document say what a snapshot says by the smallest edit, as session/shared.py does in the kernel.
import * as Y from "yjs";
import { shared } from "./document";
import type { Snapshot } from "./model";
import { change } from "./notes";
import { type Field, fields, type Plain, type PlainRecord } from "./schema";

const NESTED = ["record", "list", "targets", "params"];

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
    else if (name !== "uuid" && name !== "version" && name in plain && !same(meta.get(name), value)) meta.set(name, value);
  }
}

function record(kind: string, map: Y.Map<unknown>, data: PlainRecord, key = ""): void {
  const known = fields(kind);
  for (const name of [...map.keys()]) if (!(name in data) && name !== "pos") map.delete(name);
  for (const [name, value] of Object.entries(data)) {
    if (name === key) continue;
    const description = known[name];
    const old = map.get(name);
    if (description && NESTED.includes(description.type) && value !== null && old instanceof Y.Map)
      nested(description, old, value);
    else if (!map.has(name) || !same(old, value)) map.set(name, fresh(description, value));
  }
}

function nested(description: Field, map: Y.Map<unknown>, value: Plain): void {
  const of = description.of ?? "";
  if (description.type === "record") record(of, map, value as PlainRecord);
  else if (description.type === "list") list(description, map, value as PlainRecord[]);
  else if (description.type === "targets") targets(description, map, value as PlainRecord);
  else {
    const data = value as PlainRecord;
    for (const name of [...map.keys()]) if (!(name in data)) map.delete(name);
    for (const [name, item] of Object.entries(data)) if (!same(map.get(name), item)) map.set(name, item);
  }
}

function targets(description: Field, map: Y.Map<unknown>, value: PlainRecord): void {
  for (const name of [...map.keys()]) if (!(name in value)) map.delete(name);
  for (const [name, points] of Object.entries(value)) {
    if (!(map.get(name) instanceof Y.Map)) map.set(name, new Y.Map());
    list(description, map.get(name) as Y.Map<unknown>, points as PlainRecord[]);
  }
}

function list(description: Field, map: Y.Map<unknown>, records: PlainRecord[]): void {
  const key = description.key ?? "id";
  const of = description.of ?? "";
  const names = records.map((item) => String(item[key]));
  for (const name of [...map.keys()]) if (!names.includes(name)) map.delete(name);
  const positions = new Map<string, number>();
  for (const [name, item] of map) if (item instanceof Y.Map) positions.set(name, Number(item.get("pos") ?? 0));
  const places = "time_s" in fields(of) ? ties(records, key) : place(names, positions);
  records.forEach((data, index) => {
    const name = names[index] as string;
    const old = map.get(name);
    const pos = places.get(name);
    if (!(old instanceof Y.Map)) return void map.set(name, shared(of, pos === undefined ? data : { ...data, pos }));
    record(of, old, data, key);
    if (pos !== undefined && pos !== positions.get(name)) old.set("pos", pos);
  });
}

/** New positions that bring names into their order, for as few of them as possible. */
export function place(names: readonly string[], positions: ReadonlyMap<string, number>): Map<string, number> {
  const steady = longestIncreasing(names.filter((name) => positions.has(name)), positions);
  const result = new Map<string, number>();
  let before = 0;
  for (const [index, name] of names.entries()) {
    if (steady.has(name)) {
      before = positions.get(name) as number;
      continue;
    }
    const next = names.slice(index + 1).find((other) => steady.has(other));
    const after = next === undefined ? undefined : (positions.get(next) as number);
    const value = after === undefined ? before + 1 : (before + after) / 2;
    // Too close to be told apart: number them all anew.
    if (after !== undefined && !(before < value && value < after)) return new Map(names.map((item, at) => [item, at + 1]));
    result.set(name, value);
    before = value;
  }
  return result;
}

function longestIncreasing(names: readonly string[], positions: ReadonlyMap<string, number>): Set<string> {
  const best: { length: number; before: number }[] = [];
  names.forEach((name, index) => {
    let found = { length: 1, before: -1 };
    for (let i = 0; i < index; i++) {
      const longer = (best[i] as (typeof best)[0]).length + 1;
      if ((positions.get(names[i] as string) as number) < (positions.get(name) as number) && longer >= found.length)
        found = { length: longer, before: i };
    }
    best.push(found);
  });
  const chosen = new Set<string>();
  const longest = Math.max(0, ...best.map((item) => item.length));
  for (let at = best.findIndex((item) => item.length === longest); at >= 0; at = (best[at] as (typeof best)[0]).before)
    chosen.add(names[at] as string);
  return chosen;
}

/** A position for each record that has the same time as the one before it. */
function ties(records: readonly PlainRecord[], key: string): Map<string, number> {
  const result = new Map<string, number>();
  for (let i = 1; i < records.length; i++) {
    const [before, item] = [records[i - 1] as PlainRecord, records[i] as PlainRecord];
    if (before["time_s"] === item["time_s"]) result.set(String(item[key]), (result.get(String(before[key])) ?? 0) + 1);
  }
  return result;
}

function rewrite(text: Y.Text, wanted: string): void {
  const { start, remove, insert } = change(text.toJSON(), wanted, wanted.length);
  if (remove > 0) text.delete(start, remove);
  if (insert) text.insert(start, insert);
}

/** A value as the document holds it: records and lists of them as Maps, everything else as it is. */
function fresh(description: Field | undefined, value: Plain): unknown {
  if (!description || value === null || !NESTED.includes(description.type)) return value;
  if (description.type === "params") return new Y.Map(Object.entries(value as PlainRecord));
  const map = new Y.Map<unknown>();
  if (description.type === "record") return shared(description.of ?? "", value as PlainRecord);
  const key = description.key ?? "id";
  const of = description.of ?? "";
  (value as PlainRecord[]).forEach((data, index) =>
    map.set(String(data[key]), shared(of, "time_s" in fields(of) ? data : { ...data, pos: index + 1 })),
  );
  return map;
}

function same(one: unknown, other: unknown): boolean {
  const plain = one instanceof Y.AbstractType ? one.toJSON() : one;
  return plain === other || JSON.stringify(sorted(plain)) === JSON.stringify(sorted(other));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, item]) => [name, sorted(item)]),
  );
}
