// Who is heard: mute, and solo in place. The same rules as session/audible.py.
import type { Strip } from "./model";

export interface Heard {
  /** Whether the strip is heard at all. */
  heard: boolean;
  /** Whether its main output is; a strip that reaches a soloed bus by a send alone is heard through the send only. */
  direct: boolean;
}

type Listed = Pick<Strip, "id" | "mute" | "solo" | "output" | "sends">;

export function heardStrips(strips: readonly Listed[]): Map<string, Heard> {
  const soloed = strips.filter((strip) => strip.solo).map((strip) => strip.id);
  if (soloed.length === 0)
    return new Map(strips.map((strip) => [strip.id, { heard: !strip.mute, direct: !strip.mute }]));
  const targets = new Map(
    strips.map((strip) => [strip.id, new Set([strip.output, ...strip.sends.map((send) => send.bus)])] as const),
  );
  const below = grow(new Set(soloed), targets, true);
  const above = grow(new Set(soloed), targets, false);
  return new Map(
    strips.map((strip) => {
      const heard = !strip.mute && (below.has(strip.id) || above.has(strip.id));
      const direct = !strip.mute && (below.has(strip.id) || above.has(strip.output));
      return [strip.id, { heard, direct }];
    }),
  );
}

function grow(found: Set<string>, targets: Map<string, Set<string>>, forwards: boolean): Set<string> {
  let size = -1;
  while (size !== found.size) {
    size = found.size;
    for (const [name, after] of targets) {
      if (forwards && found.has(name)) {
        for (const target of after) if (targets.has(target)) found.add(target);
      } else if (!forwards && [...after].some((target) => found.has(target))) {
        found.add(name);
      }
    }
  }
  return found;
}
