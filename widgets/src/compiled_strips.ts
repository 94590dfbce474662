// What tracks compiled to last, so that a graph that follows another one is made at the price of what changed, and holds the
// same objects where nothing did: whoever gets it looks only at the others.
import type { GraphNode, MediaShape } from "./compile";
import type { Strip, Track } from "./model";

/** What a track compiled to: its nodes with their latency, their latency without inserts, and their channels. */
export interface Section {
  from: readonly unknown[];
  nodes: readonly (readonly [GraphNode, latency: number, plain: number, channels: number])[];
  tap: string;
  feeds: readonly (readonly [target: string, node: string])[];
}

export class CompiledStrips {
  private sections = new Map<string, Section>();

  /** What a strip's nodes follow from; null where they follow from other strips too, or from latencies found while playing. */
  needs(strip: Strip, around: readonly unknown[], media: Readonly<Record<string, MediaShape>>): readonly unknown[] | null {
    const { clips } = strip as Partial<Track>;
    if (!clips || strip.inserts.length > 0 || strip.compressor?.key != null) return null;
    const shapes = clips.flatMap((clip) => [media[clip.media]?.frames, media[clip.media]?.channels]);
    return [strip, ...around, ...shapes];
  }

  find(id: string, from: readonly unknown[]): Section | null {
    const known = this.sections.get(id);
    return known && known.from.length === from.length && known.from.every((item, index) => item === from[index]) ? known : null;
  }

  keep(id: string, section: Section): void {
    this.sections.set(id, section);
  }

  /** Forget strips that are gone. */
  prune(ids: ReadonlySet<string>): void {
    for (const id of this.sections.keys()) if (!ids.has(id)) this.sections.delete(id);
  }
}
