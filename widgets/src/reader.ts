// The shared document read as plain data: defaults filled in, out-of-range numbers brought back. Strips in which nothing has
// changed are not read again: a hand on a fader costs the reading of one.
import * as Y from "yjs";
import { LEFT_OUT, points, sends } from "./flat";
import type { Snapshot } from "./model";
import { applies, type Field, fields, type Plain, type PlainRecord, withDefaults } from "./schema";

/** A shared type, as far as it is known here. */
interface Shared {
  readonly parent: Shared | null;
}

interface Read {
  plain: PlainRecord;
  index: number;
  filled: PlainRecord;
}

/** Strips as they were read last. */
export class KnownStrips {
  private readonly strips = new WeakMap<object, Read>();

  /** Forget the strip that something changed in. */
  forget(changed: Shared): void {
    for (let at: Shared | null = changed; at; at = at.parent) this.strips.delete(at);
  }

  /** All strips of a root in order; null where it holds something else than maps. */
  list(of: string, root: Y.Map<unknown>): PlainRecord[] | null {
    const found: [id: string, strip: Y.Map<unknown>, pos: number][] = [];
    for (const [id, strip] of root) {
      if (!(strip instanceof Y.Map)) return null;
      found.push([id, strip as Y.Map<unknown>, Number(strip.get("pos") ?? 0)]);
    }
    found.sort((a, b) => a[2] - b[2] || (a[0] < b[0] ? -1 : 1));
    const read = found.map(([id, strip]): [Y.Map<unknown>, Read] => [strip, this.strips.get(strip) ?? readStrip(of, id, strip)]);
    return read
      .filter(([, { plain }]) => complete(of, plain))
      .map(([strip, known], index) => {
        if (known.index !== index) known = { plain: known.plain, index, filled: withDefaults(of, known.plain, index) };
        this.strips.set(strip, known);
        return known.filled;
      });
  }
}

function readStrip(of: string, id: string, strip: Y.Map<unknown>): Read {
  const plain = plainRecord(of, { ...(strip.toJSON() as PlainRecord), id });
  return { plain, index: -1, filled: plain };
}

/** Read a whole session out of the shared document, defaults filled in, out-of-range numbers brought back. */
export function readSession(doc: Y.Doc, known = new KnownStrips()): Snapshot {
  const plain: PlainRecord = doc.getMap("meta").toJSON() as PlainRecord;
  const strips: PlainRecord = {};
  for (const [name, description] of Object.entries(fields("session"))) {
    const listed = STRIPS.has(name) ? known.list(description.of ?? "", doc.getMap(name)) : null;
    if (description.type === "text") plain[name] = doc.getText(name).toJSON();
    else if (listed) strips[name] = listed;
    else if (description.of !== undefined) plain[name] = plainValue(description, doc.getMap(name).toJSON() as Plain) ?? {};
  }
  return { ...withDefaults("session", plain), ...strips } as unknown as Snapshot;
}

const STRIPS = new Set(["tracks", "buses"]);

function plainValue(description: Field, value: Plain): Plain | undefined {
  if (value === null) return description.nullable ? null : undefined;
  const of = description.of ?? "";
  switch (description.type) {
    case "record":
      if (!isRecord(value)) return undefined;
      return value[LEFT_OUT] === true ? null : plainRecord(of, value);
    case "list":
      return isRecord(value) ? ordered(of, description, description.spread ? sends(value) : value) : undefined;
    case "targets": {
      if (!isRecord(value)) return undefined;
      const lanes = Object.entries(points(value));
      return Object.fromEntries(lanes.map(([target, lane]) => [target, ordered(of, description, lane)]));
    }
    case "number":
    case "integer":
      return inRange(description, value);
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    default:
      return value;
  }
}

function plainRecord(record: string, data: PlainRecord): PlainRecord {
  const result: PlainRecord = {};
  for (const [name, description] of Object.entries(fields(record))) {
    const given = data[name];
    if (given === undefined) continue;
    const value = plainValue(description, given);
    if (value !== undefined) result[name] = value;
  }
  return result;
}

function ordered(of: string, description: Field, map: PlainRecord): Plain[] {
  const key = description.key ?? "id";
  const order = isOrdered(of) ? "pos" : "time_s";
  const place = (name: string): [number, number] => {
    const record = map[name] as PlainRecord;
    return [Number(record[order] ?? 0), Number(record["pos"] ?? 0)];
  };
  return Object.keys(map)
    .filter((name) => isRecord(map[name]))
    .sort((a, b) => {
      const [x, y] = [place(a), place(b)];
      return x[0] - y[0] || x[1] - y[1] || (a < b ? -1 : 1);
    })
    .map((name) => plainRecord(of, { ...(map[name] as PlainRecord), [key]: name }))
    .filter((record) => complete(of, record));
}

function complete(of: string, record: PlainRecord): boolean {
  return Object.entries(fields(of)).every(
    ([name, description]) => !description.required || name in record || !applies(description, record),
  );
}

function inRange(description: Field, value: Plain): number | undefined {
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  return Math.min(Math.max(value, description.minimum ?? -Infinity), description.maximum ?? Infinity);
}

function isRecord(value: Plain | undefined): value is PlainRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether records of this kind keep their order by `pos`; the others are ordered by time. */
export function isOrdered(record: string): boolean {
  return !("time_s" in fields(record));
}
