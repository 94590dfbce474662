// What a change of the graph asks of a player: new voices, other automation, or neither.
import type { Graph } from "./compile";

/** What decides which samples sound when: a change of it needs new voices. */
export function timing(graph: Graph): string {
  return JSON.stringify(
    graph.nodes.map((node) =>
      node.type === "clip" ? [node.id, node.media, node.start, node.offset, node.duration, node.fade_in, node.fade_out] : 0,
    ),
  );
}

/** What decides how parameters move: a change of it is put on them while the voices go on. */
export function motion(graph: Graph): string {
  return JSON.stringify(
    graph.nodes.map((node) =>
      Object.values(node).filter((value) => typeof value === "object" && value !== null && "events" in value),
    ),
  );
}
