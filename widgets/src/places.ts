// Where every clip lies: what the document says, with the lengths that the compiled graph knows.
import type { Held } from "./clip_actions";
import type { Laid } from "./clip_edits";
import type { ClipPlace } from "./clip_view";
import type { GraphNode } from "./compile";
import type { SharedSession } from "./document";
import type { PlayedGraph } from "./frozen";
import type { Snapshot, Track } from "./model";
import type { ClipRef, Selection } from "./selection";

/** A stretch of the session, in seconds. */
export interface Span {
  from: number;
  to: number;
}

/** What is known of the media beside the document. */
export interface Known {
  readonly graph: PlayedGraph | null;
  readonly problems: ReadonlyMap<string, string>;
}

export class Places {
  private nodes = new Map<string, GraphNode>();
  private graph: PlayedGraph | null = null;

  constructor(
    private readonly session: Pick<SharedSession, "snapshot">,
    private readonly known: Known,
    private readonly selection: Selection,
  ) {}

  /** How the clips of a track lie. */
  of(track: Track): ClipPlace[] {
    const { graph, problems } = this.known;
    if (this.graph !== graph) {
      this.graph = graph;
      this.nodes = new Map((graph?.nodes ?? []).filter((node) => node.type === "clip").map((node) => [node.id, node]));
    }
    return track.clips.map((clip) => {
      const node = this.nodes.get(`${track.id}/clips/${clip.id}`);
      const known = node?.type === "clip" && graph ? node.duration / graph.sample_rate : 0;
      const problem = problems.has(clip.media) ? `${clip.media} is missing or unusable` : null;
      const duration = known || (clip.duration_s ?? 1);
      return { clip, track: track.id, trackName: track.name, color: track.color, duration, problem };
    });
  }

  /** How a clip lies on its lane, or null when there is none. */
  lay(track: string, clip: string): Laid | null {
    const found = this.tracks.find((item) => item.id === track);
    return (found && this.of(found).find((place) => place.clip.id === clip)) ?? null;
  }

  /** The clips in hand as they lie now. */
  held(refs: readonly ClipRef[] = this.selection.clips): Held[] {
    return refs.flatMap(({ track, clip }) => {
      const laid = this.lay(track, clip);
      return laid ? [{ track, laid }] : [];
    });
  }

  /** From the first start to the last end of the clips in hand. */
  spanOfHeld(): Span | null {
    const held = this.held();
    if (held.length === 0) return null;
    const from = Math.min(...held.map(({ laid }) => laid.clip.start_s));
    return { from, to: Math.max(...held.map(({ laid }) => laid.clip.start_s + laid.duration)) };
  }

  /** The clips that reach into a stretch, on some tracks or on all. */
  within({ from, to }: Span, tracks: readonly string[] = this.tracks.map(({ id }) => id)): ClipRef[] {
    const among = this.tracks.filter((track) => tracks.includes(track.id));
    return among.flatMap((track) =>
      this.of(track)
        .filter(({ clip, duration }) => clip.start_s < to && clip.start_s + duration > from)
        .map(({ clip }) => ({ track: track.id, clip: clip.id })),
    );
  }

  /** Where clips that are not in hand begin and end. */
  edges(): number[] {
    return this.tracks.flatMap((track) =>
      this.of(track)
        .filter(({ clip }) => !this.selection.has(track.id, clip.id))
        .flatMap(({ clip, duration }) => [clip.start_s, clip.start_s + duration]),
    );
  }

  private get tracks(): Snapshot["tracks"] {
    return this.session.snapshot().tracks;
  }
}
