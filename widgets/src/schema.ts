// The records of a session, from the schema that Python reads too.
import data from "../../maxbooster_kernel/session/schema.json";

export type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain };
export type PlainRecord = { [key: string]: Plain };

export interface Field {
  type: string;
  of?: string;
  key?: string;
  order?: string;
  spread?: boolean;
  required?: boolean;
  optional?: boolean;
  nullable?: boolean;
  default?: Plain;
  default_from?: "id" | "palette";
  minimum?: number;
  maximum?: number;
  choices?: string[];
  only_for?: Record<string, Plain[]>;
  not_for?: Record<string, Plain[]>;
}

const records = data.records as unknown as Record<string, Record<string, Field>>;

/** The fields of a record by name. */
export function fields(record: string): Record<string, Field> {
  const found = records[record];
  if (!found) throw new Error(`the schema has no record "${record}"`);
  return found;
}

/** One field's description. */
export function field(record: string, name: string): Field {
  const found = fields(record)[name];
  if (!found) throw new Error(`the schema's record "${record}" has no field "${name}"`);
  return found;
}

export const VERSION: number = data.version;

export const PALETTE_SIZE: number = data.palette.length;

/** The palette's color for the strip at a position. */
export function color(index: number): string {
  return data.palette[index % data.palette.length] as string;
}

/** Whether a field exists in a record, given the record's other fields. */
export function applies(description: Field, record: PlainRecord): boolean {
  const has = (name: string, values: Plain[]) => values.includes(record[name] ?? null);
  return (
    Object.entries(description.only_for ?? {}).every(([name, values]) => has(name, values)) &&
    !Object.entries(description.not_for ?? {}).some(([name, values]) => has(name, values))
  );
}

/** A record with every missing field filled in, as Python's `conform` does. */
export function withDefaults(record: string, given: PlainRecord, index = 0): PlainRecord {
  const result: PlainRecord = { ...given };
  for (const [name, description] of Object.entries(fields(record))) {
    if (name in result && result[name] !== undefined) {
      result[name] = fillNested(description, result[name] as Plain);
    } else if (applies(description, result)) {
      const value = missing(description, result, index);
      if (value !== undefined) result[name] = value;
    }
  }
  return result;
}

function missing(description: Field, record: PlainRecord, index: number): Plain | undefined {
  if (description.default_from === "id") return record["id"] ?? null;
  if (description.default_from === "palette") return color(index);
  if (description.default !== undefined) return fillNested(description, structuredClone(description.default));
  if (description.type === "list") return [];
  if (description.type === "params" || description.type === "targets") return {};
  return undefined;
}

function fillNested(description: Field, value: Plain): Plain {
  if (description.of === undefined || value === null || typeof value !== "object") return value;
  const of = description.of;
  if (description.type === "record") return withDefaults(of, value as PlainRecord);
  const list = (items: Plain[]) => items.map((item, index) => withDefaults(of, item as PlainRecord, index));
  if (description.type === "list" && Array.isArray(value)) return list(value);
  if (description.type === "targets" && !Array.isArray(value))
    return Object.fromEntries(Object.entries(value).map(([key, points]) => [key, list(points as Plain[])]));
  return value;
}
