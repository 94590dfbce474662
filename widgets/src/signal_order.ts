// The order in which strips are compiled: each after what it hears.
import type { Strip } from "./model";

/** The strips so that each stands after those that feed it or key its compressor, else in given order. */
export function signalOrder(strips: Strip[]): Strip[] {
  const needs = new Map(strips.map((strip) => [strip.id, new Set<string>()]));
  for (const strip of strips) {
    for (const target of [strip.output, ...strip.sends.map((send) => send.bus)])
      if (target !== "master") needs.get(target)?.add(strip.id);
    const key = strip.compressor?.key ?? null;
    if (key !== null) needs.get(strip.id)?.add(key);
  }
  const order: Strip[] = [];
  const waiting = [...strips];
  const done = new Set<string>();
  while (waiting.length > 0) {
    const index = waiting.findIndex((strip) => [...(needs.get(strip.id) ?? [])].every((need) => done.has(need)));
    if (index < 0) {
      const names = waiting.map((strip) => strip.id).join(", ");
      throw new Error(`outputs, sends and keys: the signal runs in a circle among ${names}; open one of them`);
    }
    const [ready] = waiting.splice(index, 1) as [Strip];
    done.add(ready.id);
    order.push(ready);
  }
  return order;
}
