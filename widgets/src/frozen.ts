// Strips with an insert that no browser node can play: which part of the graph the kernel renders, and the graph with
// the rendered stem in its place. What stands after that insert runs live.
import { type ClipNode, type Graph, type GraphNode, type InsertGraphNode, ownLatency } from "./compile";
import { hasTwin } from "./twins";

/** What the kernel made of an insert's output, as media to play. */
export interface Stem {
  media: string;
  /** How late it is in the graph, in frames: the latency of what was rendered. */
  start: number;
  frames: number;
}

/** A graph as it runs. */
export interface PlayedGraph extends Graph {
  /** Nodes that run although nobody hears them, for what their meters show. */
  unheard?: readonly string[];
}

export function stripOf(id: string): string {
  return id.slice(0, id.indexOf("/"));
}

/** Whether a node is an insert that sounds in the kernel only. */
export function isTwinless(node: GraphNode | undefined): node is InsertGraphNode {
  return node?.type === "insert" && node.enabled && !hasTwin(node.insert);
}

/** The last insert of every strip that sounds in the kernel only, but for those known to fail. */
export function twinless(graph: Graph, failing: ReadonlySet<string>): string[] {
  const last = new Map<string, string>();
  for (const node of graph.nodes) if (isTwinless(node) && !failing.has(node.id)) last.set(stripOf(node.id), node.id);
  return [...last.values()];
}

/** The part of a graph that a node depends on, with inserts that fail bypassed; clips without sound are left out. */
export function upstream(graph: Graph, id: string, failing: ReadonlySet<string>): Graph {
  const wanted = new Set([id]);
  const nodes: GraphNode[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!wanted.has(node.id)) continue;
    if (node.type === "clip" && node.duration === 0) continue;
    for (const source of sources(node)) wanted.add(source);
    nodes.unshift(node);
  }
  const there = new Set(nodes.map((node) => node.id));
  const late = new Map<string, number>();
  const kept = nodes.map((node): GraphNode => {
    const inputs = node.inputs.filter((input) => there.has(input));
    late.set(node.id, Math.max(0, ...inputs.map((input) => late.get(input) ?? 0)) + ownLatency(node, graph.sample_rate));
    return node.type === "insert" && failing.has(node.id) ? { ...node, inputs, enabled: false } : { ...node, inputs };
  });
  const ends = kept.map((node) => (node.type === "clip" ? node.start + node.duration : 0));
  return { ...graph, length: Math.max(0, ...ends), latency: late.get(id) ?? 0, output: id, nodes: kept };
}

/** The media a node depends on, also those of clips without sound. */
export function mediaBefore(graph: Graph, id: string): Set<string> {
  const wanted = new Set([id]);
  const media = new Set<string>();
  for (const node of graph.nodes.toReversed()) {
    if (!wanted.has(node.id)) continue;
    for (const source of sources(node)) wanted.add(source);
    if (node.type === "clip") media.add(node.media);
  }
  return media;
}

/** The graph with stems in place of inserts, by id; what came before them runs on unheard. */
export function withStems(graph: Graph, stems: ReadonlyMap<string, Stem>): PlayedGraph {
  if (stems.size === 0) return graph;
  const unheard: string[] = [];
  const nodes = graph.nodes.map((node): GraphNode => {
    const stem = stems.get(node.id);
    if (!stem) return node;
    unheard.push(...node.inputs);
    return stemNode(node.id, stem);
  });
  return { ...graph, nodes, unheard };
}

/** The frame at which the last sound of a graph that plays ends, but for what its nodes add. */
export function lastFrame(graph: PlayedGraph): number {
  const ends = graph.nodes.map((node) => (node.type === "clip" ? node.start + node.duration : 0));
  return ends.reduce((a, b) => Math.max(a, b), graph.length + graph.latency);
}

function stemNode(id: string, { media, start, frames }: Stem): ClipNode {
  const shape = { media, channels: 2, start, offset: 0, duration: frames };
  return { id, type: "clip", inputs: [], ...shape, gain: 1, fade_in: 0, fade_out: 0 };
}

function sources(node: GraphNode): string[] {
  return node.type === "dynamics_compressor" && node.key !== null ? [...node.inputs, node.key] : node.inputs;
}
