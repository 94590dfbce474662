// Repairs what the records of a session say of each other, exactly as session/references.py does,
// so that every peer that holds the same document plays the same valid session.
import type { Snapshot, Strip } from "./model";

/** The session with every reference to something that is gone repaired, and every circle cut. */
export function repaired(given: Snapshot): Snapshot {
  const tracks = new Set(given.tracks.map((track) => track.id));
  const kept = given.buses.filter((bus) => !tracks.has(bus.id));
  const buses = new Set(kept.map((bus) => bus.id));
  const known = new Set([...tracks, ...buses]);
  const mend = <T extends Strip>(strip: T): T => mended(strip, buses, known);
  const session: Snapshot = { ...given, tracks: given.tracks.map(mend), buses: kept.map(mend) };
  cutCircles(session);
  return session;
}

function mended<T extends Strip>(strip: T, buses: Set<string>, known: Set<string>): T {
  const key = strip.compressor?.key ?? null;
  return {
    ...strip,
    output: strip.output === "master" || buses.has(strip.output) ? strip.output : "master",
    sends: strip.sends.filter((send) => buses.has(send.bus)),
    compressor: strip.compressor && key !== null && !known.has(key) ? { ...strip.compressor, key: null } : strip.compressor,
  };
}

type Edges = Map<string, Set<string>>;

function edgesOf(strips: readonly Strip[]): Edges {
  const edges: Edges = new Map(strips.map((strip) => [strip.id, new Set()]));
  for (const strip of strips) {
    for (const target of [strip.output, ...strip.sends.map((send) => send.bus)])
      if (edges.has(target)) edges.get(strip.id)?.add(target);
    const key = strip.compressor?.key ?? null;
    if (key !== null) edges.get(key)?.add(strip.id);
  }
  return edges;
}

/** The strips of one circle in the order of the signal, or an empty list. */
export function findCycle(edges: Edges): string[] {
  const done = new Set<string>();
  for (const start of [...edges.keys()].sort()) {
    const path: string[] = [];
    const stack: [string, boolean][] = [[start, true]];
    for (let top = stack.pop(); top; top = stack.pop()) {
      const [name, entering] = top;
      if (!entering) {
        done.add(path.pop() as string);
      } else if (path.includes(name)) {
        return path.slice(path.indexOf(name));
      } else if (!done.has(name)) {
        path.push(name);
        stack.push([name, false]);
        for (const target of [...(edges.get(name) ?? [])].sort()) stack.push([target, true]);
      }
    }
  }
  return [];
}

function cutCircles(session: Snapshot): void {
  const strips: Strip[] = [...session.tracks, ...session.buses];
  for (let cycle = findCycle(edgesOf(strips)); cycle.length > 0; cycle = findCycle(edgesOf(strips))) {
    const last = cycle.reduce((a, b) => (a > b ? a : b));
    const after = cycle[(cycle.indexOf(last) + 1) % cycle.length];
    const strip = strips.find((item) => item.id === last) as Strip;
    const follower = strips.find((item) => item.id === after) as Strip;
    if (strip.output === after) strip.output = "master";
    strip.sends = strip.sends.filter((send) => send.bus !== after);
    if (follower.compressor?.key === last) follower.compressor = { ...follower.compressor, key: null };
  }
}
