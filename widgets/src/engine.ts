// From the session to sound: media are opened, the session is compiled, and the graph runs once someone presses Play.
import { Arrivals } from "./arrivals";
import { compileGraph, type MediaShape } from "./compile";
import { CompiledStrips } from "./compiled_strips";
import type { SharedSession } from "./document";
import { Freezer } from "./freezer";
import type { PlayedGraph } from "./frozen";
import { LiveGraph } from "./graph";
import { CHUNK_FRAMES, ChunkCache, type MediaSource, openMedia } from "./media_source";
import type { Snapshot } from "./model";
import { type Loop, Player } from "./player";
import compressorCode from "./compressor?worklet";
import { nativeCompressorIsOurs } from "./null_check";
import { Sleep } from "./sleep";
import { Twins } from "./twins";
import type { Voice } from "./voices";
import { addWorklet } from "./worklets";

interface Sound {
  context: AudioContext;
  sleep: Sleep;
}

/** One AudioContext per page and sample rate. */
const sounds = new Map<number, Sound>();

function soundAt(sampleRate: number): Sound {
  let sound = sounds.get(sampleRate);
  if (!sound || sound.context.state === "closed") {
    const context = new AudioContext({ sampleRate, latencyHint: "interactive" });
    sound = { context, sleep: new Sleep(context) };
    sounds.set(sampleRate, sound);
  }
  return sound;
}

const NOTHING: MediaShape = { frames: 0, channels: 1 };

export class Engine {
  readonly player = new Player();
  graph: PlayedGraph | null = null;
  live: LiveGraph | null = null;
  /** What is wrong with a media file, by its path. */
  readonly problems = new Map<string, string>();
  /** The stems of strips that only a kernel can render. */
  readonly freezer: Freezer;
  private readonly sources = new Map<string, MediaSource>();
  private readonly opening = new Set<string>();
  private readonly chunks = new ChunkCache();
  private readonly known = new CompiledStrips();
  private readonly watchers = new Set<() => void>();
  private readonly unwatch: () => void;
  private building: (Sound & { live: Promise<LiveGraph> }) | null = null;
  private arrivals: Arrivals<Voice> | null = null;

  /**
   * @param address Where a media file is served.
   * @param tileAddress Where a tile of what a kernel rendered is served.
   */
  constructor(
    private readonly session: SharedSession,
    private readonly address: (media: string) => string,
    tileAddress: (tile: string) => string,
  ) {
    this.freezer = new Freezer({
      changed: () => this.update(),
      address: tileAddress,
      preload: (media, source) => this.preload(media, source),
    });
    this.unwatch = session.watch(() => this.update());
    this.player.watch(() => this.building?.sleep.keepAwake(this, this.isPlaying));
    this.update();
  }

  /** Call `watcher` when the graph or the media changed; returns how to stop. */
  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  source(media: string): MediaSource | null {
    return this.sources.get(media) ?? null;
  }

  /** Chunks shared with whoever draws waveforms. */
  chunk(media: string, index: number): Promise<Float32Array<ArrayBuffer>[]> {
    return this.chunks.get(media, this.need(media), index);
  }

  get context(): BaseAudioContext | null {
    return this.live?.context ?? null;
  }

  /** Start to play, or play a stretch once; must be called from a click or a key press the first time. */
  async play(once: Loop | null = null): Promise<void> {
    this.player.expect();
    await this.prepare();
    await this.player.play(once);
  }

  /** Build the running graph; must be called from a click or a key press the first time. */
  prepare(): Promise<LiveGraph> {
    const sound = soundAt(this.session.snapshot().sample_rate);
    void sound.context.resume();
    if (this.building?.context !== sound.context) {
      this.building?.sleep.keepAwake(this, false);
      this.building = { ...sound, live: this.build(sound.context) };
    }
    sound.sleep.stir();
    sound.sleep.keepAwake(this, this.isPlaying);
    return this.building.live;
  }

  private async build(context: AudioContext): Promise<LiveGraph> {
    const [native, arrivals] = await Promise.all([
      nativeCompressorIsOurs(),
      Arrivals.on<Voice>(context, (voice) => this.player.late(voice)),
      addWorklet(context, compressorCode),
      context.resume(),
    ]);
    this.live?.dispose();
    this.arrivals?.close();
    this.arrivals = arrivals;
    const live = new LiveGraph(context, new Twins(native));
    live.output.connect(context.destination);
    this.live = live;
    this.player.setStage({ context, graph: live, media: (name) => this.need(name), chunks: this.chunks, arrivals });
    return live;
  }

  close(): void {
    this.unwatch();
    this.freezer.close();
    this.player.setStage(null);
    this.live?.dispose();
    this.live = null;
    this.arrivals?.close();
    this.building?.sleep.keepAwake(this, false);
    this.watchers.clear();
  }

  private get isPlaying(): boolean {
    return this.player.state === "playing" || this.player.state === "loading";
  }

  private need(media: string): MediaSource {
    const source = this.sources.get(media) ?? this.freezer.source(media);
    if (!source) throw new Error(`${media} is not open`);
    return source;
  }

  private update(): void {
    if (!this.session.loaded) return;
    const snapshot = this.session.snapshot();
    for (const media of mediaOf(snapshot)) if (!this.sources.has(media) && !this.opening.has(media)) void this.open(media);
    this.compile(snapshot);
  }

  private compile(snapshot: Snapshot): void {
    const shapes = Object.fromEntries(
      mediaOf(snapshot).map((media) => [media, this.sources.get(media)?.shape ?? NOTHING] as const),
    );
    this.known.prune(new Set(snapshot.tracks.map(({ id }) => id)));
    const graph = compileGraph(snapshot, shapes, { insert_latency: this.freezer.latency, known: this.known });
    this.graph = this.freezer.played(graph, (media) => this.sources.has(media) || this.problems.has(media));
    this.player.setGraph(this.graph);
    this.building?.sleep.stir(); // what an edit makes settles, and what it moves glides, before anyone plays
    this.player.metronome.follow(snapshot);
    for (const watcher of [...this.watchers]) watcher();
  }

  /** Have at hand what plays next of something new. */
  private preload(media: string, source: MediaSource): Promise<unknown> {
    const frame = Math.min(this.player.position() * source.sampleRate, source.shape.frames - 1);
    const index = Math.max(0, Math.floor(frame / CHUNK_FRAMES));
    return Promise.all([index, index + 1].map((number) => this.chunks.get(media, source, number)));
  }

  private async open(media: string): Promise<void> {
    const rate = this.session.snapshot().sample_rate;
    this.opening.add(media);
    try {
      const source = await openMedia(this.address(media), (bytes) =>
        new OfflineAudioContext(1, 1, rate).decodeAudioData(bytes),
      );
      if (source.sampleRate !== rate)
        throw new Error(`${media}: expected ${rate} Hz, got ${source.sampleRate} Hz; convert the file`);
      if (source.shape.channels > 2)
        throw new Error(`${media}: expected mono or stereo, got ${source.shape.channels} channels; split the file`);
      this.sources.set(media, source);
      this.problems.delete(media);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.problems.set(media, message.replaceAll(this.address(media), media));
    }
    this.compile(this.session.snapshot());
  }
}

function mediaOf(snapshot: Snapshot): string[] {
  return [...new Set(snapshot.tracks.flatMap((track) => track.clips.map((clip) => clip.media)))];
}
