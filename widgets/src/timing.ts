// What a change of the graph asks of a player: new voices, other automation, or neither.
import type { Graph } from "./compile";

/** The clips of which other samples sound, or at another time: they need new voices. */
export function retimed(before: Graph, after: Graph): Set<string> {
  const [old, now] = [timings(before), timings(after)];
  return new Set([...new Set([...old.keys(), ...now.keys()])].filter((id) => old.get(id) !== now.get(id)));
}

function timings(graph: Graph): Map<string, string> {
  const found = new Map<string, string>();
  for (const node of graph.nodes)
    if (node.type === "clip")
      found.set(node.id, JSON.stringify([node.media, node.start, node.offset, node.duration, node.fade_in, node.fade_out]));
  return found;
}

/** What decides how parameters move: a change of it is put on them while the voices go on. */
export function motion(graph: Graph): string {
  return JSON.stringify(
    graph.nodes.map((node) =>
      Object.values(node).filter((value) => typeof value === "object" && value !== null && "events" in value),
    ),
  );
}
