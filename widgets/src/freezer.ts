// Asks the kernel for the stems of strips that cannot be played here, and says of each insert how it is heard.
// The kernel's half is widgets/freezer.py. An edit is asked for once it rests; until its stem is there the old one plays.
import type { Model } from "./anywidget";
import type { Graph } from "./compile";
import { isTwinless, mediaBefore, type PlayedGraph, type Stem, stripOf, twinless, upstream, withStems } from "./frozen";
import type { MediaSource } from "./media_source";
import { TileSource } from "./tile_source";

/** How long an edit rests before its stem is asked for. */
const REST_MS = 150;
/** How long the kernel has to say that it is there. */
const ANSWERS_MS = 5000;

export type Heard = "frozen" | "rendering" | "unheard";

export interface HeardInsert {
  heard: Heard;
  /** What that means, and what to do about it. */
  text: string;
}

interface Asked {
  token: string;
  key: string;
  graph: Graph;
  timer: ReturnType<typeof setTimeout>;
  /** How many kernels did not answer. */
  silent: number;
  /** Whether the answer is here; another view of the same widget hears it too. */
  answered: boolean;
}

/** A strip with an insert that the kernel renders. */
interface Frozen {
  insert: string;
  graph: Graph;
  /** What the graph says: a stem belongs to exactly one. */
  key: string;
  stem: { key: string; stem: Stem; source: MediaSource } | null;
  asked: Asked | null;
  rest: ReturnType<typeof setTimeout> | null;
  trouble: { key: string; text: string } | null;
}

interface Answer {
  type?: string;
  token?: string;
  tiles?: string[];
  frames?: number;
  latency?: Record<string, number>;
  text?: string;
  insert?: string;
}

export interface Around {
  /** The graph must be compiled and played anew. */
  changed(): void;
  /** Where a tile is served. */
  address(tile: string): string;
  /** Have at hand what a stem plays first. */
  preload(media: string, source: MediaSource): Promise<unknown>;
}

export class Freezer {
  /** How late inserts are, by node: what the kernel said, for the compile step. */
  readonly latency: Record<string, number> = {};
  private readonly page = Math.random().toString(36).slice(2);
  private readonly strips = new Map<string, Frozen>();
  /** Inserts that failed, with the part of the graph they failed in. */
  private readonly failures = new Map<string, { key: string; text: string }>();
  private readonly sources = new Map<string, MediaSource>();
  /** The widgets whose kernels may be asked, the last one first. */
  private readonly models: Model[] = [];
  private absent = false;
  private count = 0;
  private graph: Graph | null = null;

  constructor(private readonly around: Around) {}

  /** Ask the kernel of a widget from here on. */
  attach(model: Model): void {
    this.models.unshift(model);
    model.on("msg:custom", this.receive);
    this.absent = false;
    this.failures.clear();
    for (const frozen of this.strips.values()) frozen.trouble = null;
    this.askAgain();
  }

  detach(model: Model): void {
    const place = this.models.indexOf(model);
    if (place < 0) return;
    model.off("msg:custom", this.receive);
    this.models.splice(place, 1);
    if (place === 0) this.askAgain();
  }

  close(): void {
    for (const model of this.models) model.off("msg:custom", this.receive);
    this.models.length = 0;
    for (const strip of [...this.strips.keys()]) this.forget(strip);
  }

  /** What a stem's media are; undefined for any other media. */
  source(media: string): MediaSource | undefined {
    return this.sources.get(media);
  }

  /** The graph as it can be played here; what it lacks is asked for. @param open Whether a file has been opened, or cannot be. */
  played(graph: Graph, open: (media: string) => boolean): PlayedGraph {
    this.graph = graph;
    if (this.strips.size + this.failures.size === 0 && !graph.nodes.some(isTwinless)) return graph;
    this.forgive(graph);
    const failing = new Set(this.failures.keys());
    const wanted = new Map(twinless(graph, failing).map((insert) => [stripOf(insert), insert] as const));
    for (const strip of [...this.strips.keys()]) if (!wanted.has(strip)) this.forget(strip);
    const stems = new Map<string, Stem>();
    for (const [strip, insert] of wanted) {
      const part = upstream(graph, insert, failing);
      const frozen = this.strip(strip, insert, part);
      const ready = part.length > 0 && [...mediaBefore(graph, insert)].every(open);
      if (ready) this.want(frozen);
      if (this.absent && frozen.stem?.key !== frozen.key) this.dropStem(frozen);
      if (frozen.stem && part.length > 0) stems.set(insert, frozen.stem.stem);
    }
    return withStems(graph, stems);
  }

  /** How an insert is heard, or null when the page plays it itself or it is bypassed. */
  heard(id: string): HeardInsert | null {
    const node = this.graph?.nodes.find((item) => item.id === id);
    if (!isTwinless(node)) return null;
    const failure = this.failures.get(id);
    if (failure) return { heard: "unheard", text: `${node.insert} is not heard here: ${failure.text}` };
    const frozen = this.strips.get(stripOf(id));
    if (!frozen) return null;
    const { stem, trouble, key, graph } = frozen;
    if (stem?.key === key || graph.length === 0)
      return { heard: "frozen", text: `${node.insert} is rendered by the kernel and played as a stem` };
    if (this.absent) return { heard: "unheard", text: `${node.insert} is not heard here: ${NO_KERNEL}` };
    if (trouble?.key === key) return { heard: "unheard", text: `${node.insert} is not heard here: ${trouble.text}` };
    const until = stem ? "until then it is heard as it was" : "until then it is bypassed";
    return { heard: "rendering", text: `${node.insert} is being rendered by the kernel; ${until}` };
  }

  /** The inserts that are not heard, with why and what to do, by node. */
  get problems(): Map<string, string> {
    const found = new Map<string, string>();
    for (const node of this.graph?.nodes.filter(isTwinless) ?? []) {
      const said = this.heard(node.id);
      if (said?.heard === "unheard") found.set(node.id, said.text);
    }
    return found;
  }

  private strip(strip: string, insert: string, graph: Graph): Frozen {
    const key = JSON.stringify(graph);
    let frozen = this.strips.get(strip);
    if (frozen?.insert !== insert) {
      this.forget(strip);
      frozen = { insert, graph, key, stem: null, asked: null, rest: null, trouble: null };
      this.strips.set(strip, frozen);
    }
    return Object.assign(frozen, { graph, key });
  }

  private forget(strip: string): void {
    const frozen = this.strips.get(strip);
    if (!frozen) return;
    this.strips.delete(strip);
    this.settle(frozen);
    if (frozen.rest !== null) clearTimeout(frozen.rest);
    if (frozen.stem) this.sources.delete(frozen.stem.stem.media);
  }

  /** Let an insert try again that was switched off meanwhile, or that hears something else. */
  private forgive(graph: Graph): void {
    const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
    for (const [id, { key }] of this.failures) {
      if (!isTwinless(nodes.get(id)) || this.partOf(graph, id) !== key) this.failures.delete(id);
    }
  }

  /** The part of a graph an insert depends on, itself included though it may fail. */
  private partOf(graph: Graph, insert: string): string {
    return JSON.stringify(upstream(graph, insert, new Set([...this.failures.keys()].filter((id) => id !== insert))));
  }

  /** Ask for a strip's stem once it rests, unless it is there or on its way. */
  private want(frozen: Frozen): void {
    if (frozen.rest !== null) clearTimeout(frozen.rest);
    frozen.rest = null;
    if (frozen.asked || frozen.stem?.key === frozen.key || frozen.trouble?.key === frozen.key) return;
    frozen.rest = setTimeout(() => {
      frozen.rest = null;
      this.ask(frozen);
    }, REST_MS);
  }

  private ask(frozen: Frozen): void {
    const { key, graph } = frozen;
    const token = `${this.page}/${++this.count}`;
    frozen.asked = { token, key, graph, silent: 0, answered: false, timer: setTimeout(() => this.missing(frozen), ANSWERS_MS) };
    this.tell(frozen, { type: "freeze", token, graph });
  }

  private askAgain(): void {
    for (const frozen of this.strips.values()) {
      const asked = frozen.asked !== null;
      this.settle(frozen);
      if (asked) this.ask(frozen);
    }
    this.around.changed();
  }

  private tell(frozen: Frozen, message: object): void {
    try {
      const [model] = this.models;
      if (!model) throw new Error("there is no widget");
      model.send(message);
    } catch {
      this.missing(frozen);
    }
  }

  /** The kernel did not answer in time: try that of another widget, and give up after the last. */
  private missing(frozen: Frozen): void {
    const { asked } = frozen;
    if (!asked) return;
    clearTimeout(asked.timer);
    asked.silent += 1;
    if (asked.silent < this.models.length) {
      this.models.push(this.models.shift() as Model);
      asked.timer = setTimeout(() => this.missing(frozen), ANSWERS_MS);
      this.tell(frozen, { type: "freeze", token: asked.token, graph: asked.graph });
      return;
    }
    this.absent = true;
    for (const other of this.strips.values()) if (other.stem?.key !== other.key) this.dropStem(other);
    this.around.changed();
  }

  private dropStem(frozen: Frozen): void {
    if (frozen.stem) this.sources.delete(frozen.stem.stem.media);
    frozen.stem = null;
  }

  private settle(frozen: Frozen): void {
    if (frozen.asked) clearTimeout(frozen.asked.timer);
    frozen.asked = null;
  }

  private readonly receive = (message: unknown): void => {
    const answer = message as Answer;
    const frozen = [...this.strips.values()].find(({ asked }) => asked !== null && asked.token === answer.token);
    if (!frozen?.asked || frozen.asked.answered) return;
    const { asked } = frozen;
    const back = this.absent;
    this.absent = false;
    clearTimeout(asked.timer);
    if (answer.type === "freezing") {
      asked.silent = 0;
      asked.timer = setTimeout(() => this.remind(frozen), ANSWERS_MS);
      if (back) this.around.changed();
      return;
    }
    asked.answered = true;
    if (answer.type === "stem" && answer.tiles) return void this.arrive(frozen, asked, answer.tiles, answer.frames ?? 0);
    this.settle(frozen);
    if (answer.type === "stem") Object.assign(this.latency, answer.latency);
    else this.fail(frozen, asked, answer.text ?? "", answer.insert ?? "");
    this.around.changed();
  };

  /** Ask whether the kernel is still at it. */
  private remind(frozen: Frozen): void {
    if (!frozen.asked) return;
    frozen.asked.timer = setTimeout(() => this.missing(frozen), ANSWERS_MS);
    this.tell(frozen, { type: "frozen?", token: frozen.asked.token });
  }

  private fail(frozen: Frozen, asked: Asked, text: string, insert: string): void {
    if (asked.graph.nodes.some((node) => node.id === insert)) this.failures.set(insert, { key: this.partOf(asked.graph, insert), text });
    else {
      frozen.trouble = { key: asked.key, text };
      this.dropStem(frozen);
    }
  }

  /** Play a stem in place of the one before, once its first samples are at hand. */
  private async arrive(frozen: Frozen, asked: Asked, tiles: string[], frames: number): Promise<void> {
    const { key, graph } = asked;
    const media = `frozen/${frozen.insert}/${asked.token}`;
    const source = new TileSource(tiles, frames, graph.sample_rate, (tile) => this.around.address(tile));
    this.sources.set(media, source);
    let problem = "";
    try {
      await this.around.preload(media, source);
    } catch (error) {
      problem = `${error instanceof Error ? error.message : String(error)} when asked for what the kernel rendered. ${SERVER}`;
    }
    if (frozen.asked !== asked) {
      this.sources.delete(media);
      return;
    }
    this.settle(frozen);
    this.dropStem(frozen);
    if (problem === "") frozen.stem = { key, stem: { media, start: graph.latency, frames }, source };
    else frozen.trouble = { key, text: problem };
    this.around.changed();
  }
}

const NO_KERNEL = "no kernel answers. Run the notebook's cells again, so that a kernel with this plugin shows the studio.";
const SERVER = "Install Max Booster where the Jupyter server runs, and give both the same MAXBOOSTER_CACHE.";

