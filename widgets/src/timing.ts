// What a change of the graph asks of a player: new voices, other automation, or neither.
import type { Graph, GraphNode } from "./compile";

/** The clips of which other samples sound, or at another time: they need new voices. */
export function retimed(before: Graph, after: Graph): Set<string> {
  const [old, now] = [timings(before, new Set(after.nodes)), timings(after, new Set(before.nodes))];
  return new Set([...new Set([...old.keys(), ...now.keys()])].filter((id) => old.get(id) !== now.get(id)));
}

/** When which samples of the clips sound, but for those that another graph has as well, the same objects. */
function timings(graph: Graph, other: ReadonlySet<GraphNode>): Map<string, string> {
  const found = new Map<string, string>();
  for (const node of graph.nodes)
    if (node.type === "clip" && !other.has(node))
      found.set(node.id, JSON.stringify([node.media, node.start, node.offset, node.duration, node.fade_in, node.fade_out]));
  return found;
}

/** Whether parameters move otherwise: that is put on them while the voices go on. */
export function moves(before: Graph, after: Graph): boolean {
  if (before.nodes.length !== after.nodes.length) return true;
  return after.nodes.some((node, index) => {
    const old = before.nodes[index] as GraphNode;
    return old !== node && motion(old) !== motion(node);
  });
}

/** What decides how the parameters of a node move. */
function motion(node: GraphNode): string {
  return JSON.stringify(Object.values(node).filter((value) => typeof value === "object" && value !== null && "events" in value));
}
