import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compileGraph, type Graph } from "../src/compile";
import { lastFrame, mediaBefore, twinless, upstream, withStems } from "../src/frozen";
import { CHUNK_FRAMES } from "../src/media_source";
import type { Insert, Snapshot } from "../src/model";
import { TileSource } from "../src/tile_source";

const golden = JSON.parse(readFileSync(new URL("../../tests/graphs/buses.json", import.meta.url), "utf8")) as {
  session: Snapshot;
  media: Record<string, { frames: number; channels: number }>;
};
const drive = (id: string, enabled = true): Insert => ({ id, type: "drive", enabled, params: { drive: 2 } });
const reverb: Insert = { id: "r", type: "reverb", enabled: true, params: { wet: 0.3 } };
const none = new Set<string>();

/** A session of buses whose first track and first bus have inserts. */
function graphWith(track: Insert[], bus: Insert[] = [], latency: Record<string, number> = {}): Graph {
  const session = structuredClone(golden.session);
  (session.tracks[0] as Snapshot["tracks"][0]).inserts = track;
  (session.buses[0] as Snapshot["buses"][0]).inserts = bus;
  return compileGraph(session, golden.media, { insert_latency: latency });
}

const track = golden.session.tracks[0]?.id ?? "";
const bus = golden.session.buses[0]?.id ?? "";

test("of a strip counts the last insert that has no twin, is switched on and does not fail", () => {
  const graph = graphWith([drive("a"), reverb, drive("b"), reverb, drive("c", false)], [drive("d")]);
  expect(new Set(twinless(graph, none))).toEqual(new Set([`${track}/inserts/b`, `${bus}/inserts/d`]));
  expect(twinless(graph, new Set([`${track}/inserts/b`, `${bus}/inserts/d`]))).toEqual([`${track}/inserts/a`]);
  expect(twinless(graphWith([reverb]), none)).toEqual([]);
});

test("what the kernel renders is what the insert depends on, whole and no more", () => {
  const id = `${track}/inserts/a`;
  const graph = graphWith([drive("a"), reverb], [], { [id]: 100 });
  const part = upstream(graph, id, none);
  expect(part.nodes.every((node) => node.id.startsWith(`${track}/`))).toBe(true);
  expect(part.nodes.at(-1)?.id).toBe(id);
  expect(part.output).toBe(id);
  const compressor = part.nodes.some((node) => node.type === "dynamics_compressor" || node.type === "delay");
  expect(part.latency).toBe(100 + (compressor ? 264 : 0));
  const ends = graph.nodes.flatMap((node) => (node.type === "clip" && node.id.startsWith(track) ? [node.start + node.duration] : []));
  expect(part.length).toBe(Math.max(...ends));
  const others = structuredClone(graph);
  for (const node of others.nodes) if (node.type === "gain" && !node.id.startsWith(`${track}/`)) node.gain = 0.123;
  expect(upstream(others, id, none)).toEqual(part);
});

test("a bus depends on what flows into it, and fails with nobody else", () => {
  const [a, d] = [`${track}/inserts/a`, `${bus}/inserts/d`];
  const graph = graphWith([drive("a")], [drive("d")]);
  const part = upstream(graph, d, new Set([a]));
  expect(part.nodes.find((node) => node.id === a)).toMatchObject({ enabled: false });
  expect(part.nodes.some((node) => node.id.startsWith("master/"))).toBe(false);
});

test("clips of files that cannot be played are left out of what is rendered, and waited for before", () => {
  const graph = graphWith([drive("a")]);
  const id = `${track}/inserts/a`;
  const media = [...mediaBefore(graph, id)];
  for (const node of graph.nodes) if (node.type === "clip" && node.media === media[0]) node.duration = 0;
  const part = upstream(graph, id, none);
  expect(part.nodes.some((node) => node.type === "clip" && node.duration === 0)).toBe(false);
  const ids = new Set(part.nodes.map((node) => node.id));
  for (const node of part.nodes) for (const input of node.inputs) expect(ids).toContain(input);
  expect([...mediaBefore(graph, id)]).toEqual(media);
});

test("a stem stands where the insert stood, as late as it, and the graph is otherwise as it was", () => {
  const id = `${track}/inserts/a`;
  const graph = graphWith([drive("a"), reverb], [], { [id]: 100 });
  const played = withStems(graph, new Map([[id, { media: "frozen", start: 364, frames: 9_000_000 }]]));
  expect(played.nodes.map((node) => node.id)).toEqual(graph.nodes.map((node) => node.id));
  const changed = played.nodes.filter((node, index) => node !== graph.nodes[index]);
  expect(changed).toEqual([
    { id, type: "clip", inputs: [], media: "frozen", channels: 2, start: 364, offset: 0, duration: 9_000_000, gain: 1, fade_in: 0, fade_out: 0 },
  ]);
  expect(played.unheard).toEqual(graph.nodes.find((node) => node.id === id)?.inputs);
  expect([played.length, played.latency, played.output]).toEqual([graph.length, graph.latency, graph.output]);
  expect(lastFrame(played)).toBe(9_000_364);
  expect(withStems(graph, new Map())).toBe(graph);
});

test("tiles are samples of two channels, silence is not loaded, and equal tiles have equal names", async () => {
  const data = Float32Array.from({ length: 2 * CHUNK_FRAMES }, (_, n) => n);
  const asked: string[] = [];
  const load = (url: string) => {
    asked.push(url);
    return Promise.resolve(url === "/t/cut" ? new Response(new Uint8Array(8)) : url === "/t/a" ? new Response(data.slice()) : new Response("", { status: 404 }));
  };
  const source = new TileSource(["", "a", "gone", "cut"], 3 * CHUNK_FRAMES, 44100, (tile) => `/t/${tile}`, load);
  expect((await source.read(0)).map((samples) => samples.length + samples.filter(Boolean).length)).toEqual([CHUNK_FRAMES, CHUNK_FRAMES]);
  const [left, right] = await source.read(CHUNK_FRAMES);
  expect([left?.[5], right?.[5], right?.length]).toEqual([5, CHUNK_FRAMES + 5, CHUNK_FRAMES]);
  expect(asked).toEqual(["/t/a"]);
  expect(source.chunkName(1)).toBe(new TileSource(["a"], 1, 44100, (tile) => tile).chunkName(0));
  await expect(source.read(2 * CHUNK_FRAMES)).rejects.toThrow("404");
  await expect(source.read(3 * CHUNK_FRAMES)).rejects.toThrow("cut: expected");
});
