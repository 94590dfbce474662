import { readFileSync } from "node:fs";
import { beforeEach, expect, test, vi } from "vitest";
import type { Model } from "../src/anywidget";
import { compileGraph, type Graph } from "../src/compile";
import { Freezer } from "../src/freezer";
import type { Insert, Snapshot } from "../src/model";

const golden = JSON.parse(readFileSync(new URL("../../tests/graphs/buses.json", import.meta.url), "utf8")) as {
  session: Snapshot;
  media: Record<string, { frames: number; channels: number }>;
};
const drive = (id: string, enabled = true): Insert => ({ id, type: "drive", enabled, params: { drive: 2 } });
const reverb: Insert = { id: "r", type: "reverb", enabled: true, params: { wet: 0.3 } };
const track = golden.session.tracks[0]?.id ?? "";

/** A session whose first track has inserts. */
function graphWith(inserts: Insert[], latency: Record<string, number> = {}): Graph {
  const session = structuredClone(golden.session);
  (session.tracks[0] as Snapshot["tracks"][0]).inserts = inserts;
  return compileGraph(session, golden.media, { insert_latency: latency });
}

/** A widget whose kernel is this test. */
class FakeModel implements Model {
  readonly asked: { type: string; token: string; graph: Graph }[] = [];
  private readonly listeners = new Set<(message: unknown, buffers: DataView[]) => void>();
  dead = false;
  get = (): string => "";
  send(content: unknown): void {
    if (this.dead) throw new Error("Cannot send");
    this.asked.push(content as { type: string; token: string; graph: Graph });
  }
  on(_: "msg:custom", callback: (message: unknown, buffers: DataView[]) => void): void {
    this.listeners.add(callback);
  }
  off(_: "msg:custom", callback: (message: unknown, buffers: DataView[]) => void): void {
    this.listeners.delete(callback);
  }
  async says(message: object): Promise<void> {
    for (const listener of this.listeners) listener({ token: this.asked.at(-1)?.token, ...message }, []);
    await vi.advanceTimersByTimeAsync(0);
  }
}

const ID = `${track}/inserts/a`;

/** A freezer with a graph to play, that plays again whatever changes. */
function stand(graph = graphWith([drive("a")])) {
  const model = new FakeModel();
  let preload = (): Promise<unknown> => Promise.resolve();
  let current = graph;
  const play = () => freezer.played(current, () => true);
  let played: ReturnType<typeof play> = graph;
  const changed = (): void => void (played = play());
  const freezer = new Freezer({ changed, address: (tile) => tile, preload: () => preload() });
  freezer.attach(model);
  const edit = (graph: Graph): void => {
    current = graph;
    changed();
  };
  const media = (): string | undefined => {
    const node = played.nodes.find(({ id }) => id === ID);
    return node?.type === "clip" ? node.media : undefined;
  };
  return { model, freezer, edit, media, breakServer: () => void (preload = () => Promise.reject(new Error("the server answered 404"))) };
}

const louder = (): Graph => graphWith([{ ...drive("a"), params: { drive: 3 } }]);
const rest = (): Promise<unknown> => vi.advanceTimersByTimeAsync(200);

beforeEach(() => void vi.useFakeTimers());

test("an edit is asked for once it rests; the old stem plays until the next one is there", async () => {
  const { model, freezer, edit, media } = stand();
  expect(freezer.heard(ID)?.heard).toBe("rendering");
  await rest();
  expect(model.asked.map(({ type }) => type)).toEqual(["freeze"]);
  expect(media()).toBeUndefined();
  await model.says({ type: "stem", tiles: ["t"], frames: 10 });
  const first = media() as string;
  expect(freezer.heard(ID)?.heard).toBe("frozen");
  expect(freezer.source(first)?.shape.frames).toBe(10);
  for (const value of [3, 4, 5]) edit(graphWith([{ ...drive("a"), params: { drive: value } }]));
  await rest();
  expect(model.asked.length).toBe(2);
  expect(model.asked.at(-1)?.graph.nodes.at(-1)).toMatchObject({ params: { drive: 5 } });
  expect([media(), freezer.heard(ID)?.heard]).toEqual([first, "rendering"]);
  await model.says({ type: "freezing" });
  await model.says({ type: "stem", tiles: ["u"], frames: 20 });
  expect(freezer.source(media() as string)?.shape.frames).toBe(20);
  expect(freezer.source(first)).toBeUndefined();
  expect(freezer.heard(ID)?.heard).toBe("frozen");
});

test("two views of one widget hear one answer", async () => {
  const { model, freezer, media } = stand();
  const other = new FakeModel();
  freezer.attach(other);
  await rest();
  const token = other.asked.at(-1)?.token;
  await Promise.all([other, model].map((view) => view.says({ type: "stem", token, tiles: ["t"], frames: 10 })));
  expect(freezer.heard(ID)?.heard).toBe("frozen");
  expect(freezer.source(media() as string)?.shape.frames).toBe(10);
});

test("a latency the kernel reports is for the compile step", async () => {
  const { model, freezer, edit } = stand();
  await rest();
  await model.says({ type: "stem", latency: { [ID]: 100 } });
  expect(freezer.latency).toEqual({ [ID]: 100 });
  edit(graphWith([drive("a")], freezer.latency));
  await rest();
  expect(model.asked.at(-1)?.graph.latency).toBe(364);
});

test("a plugin that fails is bypassed and named, and tries again when it is edited or switched off and on", async () => {
  const { model, freezer, edit, media } = stand();
  await rest();
  await model.says({ type: "stem", tiles: ["t"], frames: 10 });
  edit(louder());
  await rest();
  await model.says({ type: "trouble", text: `${ID}: the plugin raised`, insert: ID });
  expect(media()).toBeUndefined();
  expect(freezer.problems.get(ID)).toBe(`drive is not heard here: ${ID}: the plugin raised`);
  await rest();
  expect(model.asked.length).toBe(2);
  edit(graphWith([drive("a", false)]));
  expect(freezer.heard(ID)).toBeNull();
  edit(louder());
  await rest();
  expect(model.asked.length).toBe(3);
  await model.says({ type: "stem", tiles: ["t"], frames: 10 });
  expect(freezer.heard(ID)?.heard).toBe("frozen");
});

test("where no kernel answers the strip says so, and plays on once one does", async () => {
  const { model, freezer, edit, media } = stand();
  await rest();
  await model.says({ type: "stem", tiles: ["t"], frames: 10 });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(freezer.heard(ID)?.heard).toBe("frozen");
  edit(louder());
  await vi.advanceTimersByTimeAsync(6000);
  expect([media(), freezer.heard(ID)?.heard]).toEqual([undefined, "unheard"]);
  expect(freezer.problems.get(ID)).toContain("no kernel answers");
  await model.says({ type: "freezing" });
  expect(freezer.heard(ID)?.heard).toBe("rendering");
  await vi.advanceTimersByTimeAsync(11_000);
  expect(model.asked.at(-1)?.type).toBe("frozen?");
  expect(freezer.heard(ID)?.heard).toBe("unheard");
  const other = new FakeModel();
  freezer.attach(other);
  expect(other.asked.map(({ type }) => type)).toEqual(["freeze"]);
  await other.says({ type: "stem", tiles: ["t"], frames: 10 });
  expect(freezer.heard(ID)?.heard).toBe("frozen");
});

test("a widget whose kernel is gone is passed over", async () => {
  const { model, freezer } = stand();
  const other = new FakeModel();
  other.dead = true;
  freezer.attach(other);
  await rest();
  expect(model.asked.length).toBe(1);
  freezer.detach(model);
  freezer.detach(other);
  expect(freezer.heard(ID)?.heard).toBe("unheard");
});

test("a server that does not have what was rendered is named", async () => {
  const { model, freezer, breakServer } = stand();
  breakServer();
  await rest();
  await model.says({ type: "stem", tiles: ["t"], frames: 10 });
  expect(freezer.problems.get(ID)).toContain("the server answered 404");
  expect(freezer.problems.get(ID)).toContain("Install Max Booster where the Jupyter server runs");
});

test("a graph that needs no kernel is passed through, and a strip that is gone is forgotten", async () => {
  const { model, freezer, edit, media } = stand();
  await rest();
  await model.says({ type: "stem", tiles: ["t"], frames: 10 });
  const first = media() as string;
  edit(graphWith([]));
  expect(freezer.source(first)).toBeUndefined();
  const plain = graphWith([reverb]);
  expect(freezer.played(plain, () => true)).toBe(plain);
});
