// Between the file's records and the shared document's types, as session/shared.py does it in the kernel.
import * as Y from "yjs";
import { LEFT_OUT, sends } from "./flat";
import { place } from "./order";
import { type Field, field, fields, type Plain, type PlainRecord, withDefaults } from "./schema";

const NESTED = ["record", "list", "params"];

/** A record as a new map, without its own id. */
export function shared(record: string, data: PlainRecord): Y.Map<unknown> {
  return new Y.Map(Object.entries(content(record, data)));
}

/** What a field holds: maps for records, their lists and parameters, else the plain value. */
export function newValue(description: Field | undefined, value: Plain): unknown {
  if (!description || !NESTED.includes(description.type)) return value;
  const of = description.of ?? "";
  if (description.type === "record") {
    if (value !== null) return shared(of, value as PlainRecord);
    const usual = withDefaults(of, (description.default ?? {}) as PlainRecord);
    return new Y.Map(Object.entries({ ...content(of, usual), [LEFT_OUT]: true }));
  }
  if (description.type === "params") return new Y.Map(Object.entries((value ?? {}) as PlainRecord));
  const records = (value ?? []) as PlainRecord[];
  const map = new Y.Map<unknown>();
  const key = description.key ?? "id";
  if (description.spread) {
    const usual = usually(description, records);
    const entries = Object.entries(spread(description, records, {}));
    for (const [name, item] of entries) if (!(name in usual) || !same(usual[name], item)) map.set(name, item);
    return map;
  }
  const ordered = !("time_s" in fields(of));
  records.forEach((data, index) => map.set(String(data[key]), shared(of, ordered ? { ...data, pos: index + 1 } : data)));
  return map;
}

/** The entries of a list whose records have no map of their own, given the plain content of its map so far. */
export function spread(description: Field, records: readonly PlainRecord[], current: PlainRecord): PlainRecord {
  const key = description.key ?? "id";
  const known = sends(current);
  const names = records.map((record) => String(record[key]));
  const positions = new Map(names.filter((name) => name in known).map((name) => [name, Number(known[name]?.["pos"] ?? 0)]));
  const places = place(names, positions);
  const found: PlainRecord = {};
  for (const [index, record] of records.entries()) {
    const name = names[index] as string;
    found[name] = places.get(name) ?? positions.get(name) ?? 0;
    for (const [item, value] of Object.entries(record)) if (item !== key) found[`${name}/${item}`] = value;
  }
  return found;
}

/** What entries of such a list are when they are missing. */
export function usually(description: Field, records: readonly PlainRecord[]): PlainRecord {
  const key = description.key ?? "id";
  const usual = Object.entries(withDefaults(description.of ?? "", {})).filter(([name]) => name !== key);
  return Object.fromEntries(records.flatMap((record) => usual.map(([name, value]) => [`${String(record[key])}/${name}`, value])));
}

/** Put a send into a strip's map of them; what has its default is not written, so that it wins over nothing. */
export function putSend(map: Y.Map<unknown>, bus: string, data: PlainRecord, pos: number): void {
  const description = field("track", "sends");
  const records = [{ ...data, bus }];
  fill(map, { ...spread(description, records, {}), [bus]: pos }, { ...usually(description, records), ...map.toJSON() });
}

/** Write the values that are not what they are already. */
export function fill(map: Y.Map<unknown>, value: PlainRecord, current: PlainRecord): void {
  for (const [name, item] of Object.entries(value)) if (!(name in current) || !same(current[name], item)) map.set(name, item);
}

/** Whether two plain values say the same. */
export function same(one: unknown, other: unknown): boolean {
  const plain = one instanceof Y.AbstractType ? one.toJSON() : one;
  return plain === other || JSON.stringify(sorted(plain)) === JSON.stringify(sorted(other));
}

function content(record: string, data: PlainRecord): Record<string, unknown> {
  const known = fields(record);
  const key = record === "send" ? "bus" : "id";
  const entries = Object.entries(data).filter(([name]) => name !== key);
  return Object.fromEntries(entries.map(([name, value]) => [name, newValue(known[name], value)]));
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
