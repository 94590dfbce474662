// What this page's hand is on: one strip, and any number of clips.
import type { Snapshot } from "./model";

export interface ClipRef {
  track: string;
  clip: string;
}

export class Selection {
  /** The strip whose details are shown. */
  strip: string | null = null;
  private refs: readonly ClipRef[] = [];

  constructor(private readonly onChange: () => void) {}

  get clips(): readonly ClipRef[] {
    return this.refs;
  }

  /** The clip taken last, when it is on the strip in hand. */
  get clip(): string | null {
    const last = this.refs.at(-1);
    return last && last.track === this.strip ? last.clip : null;
  }

  has(track: string, clip: string): boolean {
    return this.refs.some((ref) => ref.track === track && ref.clip === clip);
  }

  /** Take a strip, and of it one clip or none. */
  pick(strip: string, clip: string | null): void {
    this.set(clip === null ? [] : [{ track: strip, clip }], strip);
  }

  /** Take a strip in hand; clips stay in hand while it is the one they are on. */
  pickStrip(strip: string): void {
    if (this.strip !== strip) this.pick(strip, null);
  }

  /** Add a clip to those in hand, or let go of it. */
  toggle(track: string, clip: string): void {
    const rest = this.refs.filter((ref) => ref.track !== track || ref.clip !== clip);
    this.set(rest.length < this.refs.length ? rest : [...rest, { track, clip }], track);
  }

  set(clips: readonly ClipRef[], strip: string | null = clips.at(-1)?.track ?? this.strip): void {
    if (strip === this.strip && JSON.stringify(clips) === JSON.stringify(this.refs)) return;
    this.strip = strip;
    this.refs = clips;
    this.onChange();
  }

  /** Let go of what is gone from the session. */
  prune(session: Snapshot): void {
    if (this.refs.length === 0) return;
    const known = new Set(session.tracks.flatMap((track) => track.clips.map((clip) => `${track.id}/${clip.id}`)));
    const left = this.refs.filter(({ track, clip }) => known.has(`${track}/${clip}`));
    if (left.length < this.refs.length) this.set(left, this.strip);
  }
}

/** The strips above and below, tracks first, then buses, then the master. */
export function neighbour(session: Snapshot, strip: string | null, step: 1 | -1): string {
  const ids = [...session.tracks, ...session.buses].map(({ id }) => id).concat("master");
  const at = strip === null ? -1 : ids.indexOf(strip);
  const next = at < 0 ? (step > 0 ? 0 : ids.length - 1) : Math.min(ids.length - 1, Math.max(0, at + step));
  return ids[next] as string;
}
