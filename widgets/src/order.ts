// The order of the records of a list: fractional positions, so that moving one record changes that record alone.
import type { PlainRecord } from "./schema";

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
export function ties(records: readonly PlainRecord[], key: string): Map<string, number> {
  const result = new Map<string, number>();
  for (let i = 1; i < records.length; i++) {
    const [before, item] = [records[i - 1] as PlainRecord, records[i] as PlainRecord];
    if (before["time_s"] === item["time_s"]) result.set(String(item[key]), (result.get(String(before[key])) ?? 0) + 1);
  }
  return result;
}
