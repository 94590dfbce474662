// What cutting, copying, moving and deleting clips, one or many, write into the session: each is one edit.
import { type ClipChange, type Laid, split } from "./clip_edits";
import { below, newId } from "./controls";
import type { Edit, SharedSession } from "./document";
import type { Clip } from "./model";
import { withDefaults } from "./schema";
import type { ClipRef } from "./selection";

/** A clip in hand, as it lies on its track. */
export interface Held {
  track: string;
  laid: Laid;
}

/** Clips that were copied, with the times and tracks they had. */
export type Clipboard = readonly Held[];

const clipsOf = (track: string) => below(["tracks"], track, "clips");

/** Cut clips at `at` seconds; those the cut would not fall inside stay whole. Returns the right-hand parts. */
export function splitClips(session: SharedSession, held: readonly Held[], at: number): ClipRef[] {
  const rate = session.snapshot().sample_rate;
  const cuts = held.flatMap(({ track, laid }) => {
    const parts = split(laid, at, rate);
    return parts ? [{ track, clip: laid.clip, parts, id: newId("clip") }] : [];
  });
  if (cuts.length === 0) return [];
  session.edit((edit) => {
    for (const { track, clip, parts, id } of cuts) {
      const { media, sha256 } = clip;
      for (const [name, value] of Object.entries(parts.left)) edit.set(below(clipsOf(track), clip.id), name, value);
      edit.put(clipsOf(track), "clip", id, withDefaults("clip", { id, media, sha256, ...parts.right }));
    }
  });
  return cuts.map(({ track, id }) => ({ track, clip: id }));
}

/** Put copies right behind what is in hand, as far apart as the clips themselves. */
export function duplicateClips(session: SharedSession, held: readonly Held[]): ClipRef[] {
  const start = Math.min(...held.map(({ laid }) => laid.clip.start_s));
  const end = Math.max(...held.map(({ laid }) => laid.clip.start_s + laid.duration));
  return put(session, held.map(({ track, laid }) => ({ track, clip: { ...laid.clip, start_s: laid.clip.start_s + end - start } })));
}

/** Put copied clips at `at` seconds: on `track` when they came from one track, else on the tracks they came from. */
export function pasteClips(session: SharedSession, copied: Clipboard, at: number, track: string | null): ClipRef[] {
  if (copied.length === 0) return [];
  const { tracks } = session.snapshot();
  const exists = (id: string | null): id is string => tracks.some((item) => item.id === id);
  const origin = Math.min(...copied.map(({ laid }) => laid.clip.start_s));
  const single = new Set(copied.map((held) => held.track)).size === 1;
  const wanted = copied.map((held) => ({
    track: single && exists(track) ? track : held.track,
    clip: { ...held.laid.clip, start_s: at + held.laid.clip.start_s - origin },
  }));
  return put(session, wanted.filter((item) => exists(item.track)));
}

export function removeClips(session: SharedSession, clips: readonly ClipRef[]): void {
  if (clips.length === 0) return;
  session.edit((edit) => {
    for (const { track, clip } of clips) edit.remove(clipsOf(track), clip);
  });
}

/** How far clips can move by `by` seconds without leaving the session. */
export function reachable(held: readonly Held[], by: number): number {
  return Math.max(by, -Math.min(...held.map(({ laid }) => laid.clip.start_s)));
}

/** Write, within a gesture, where clips are that began at `held` and have moved by `by` seconds. */
export function shift(edit: Edit, held: readonly Held[], by: number): void {
  for (const { track, laid } of held) edit.set(below(clipsOf(track), laid.clip.id), "start_s", round(laid.clip.start_s + by));
}

/** Write, within a gesture, clips onto the tracks `lane` gives; where it gives none or the same, they only move. */
export function shiftLanes(edit: Edit, held: readonly Held[], by: number, lane: (track: string) => string | null): ClipRef[] {
  return held.map(({ track, laid }) => {
    const to = lane(track) ?? track;
    const start = round(laid.clip.start_s + by);
    if (to === track) {
      edit.set(below(clipsOf(track), laid.clip.id), "start_s", start);
      return { track, clip: laid.clip.id };
    }
    const id = newId("clip"); // its own name may be taken there
    edit.remove(clipsOf(track), laid.clip.id);
    edit.put(clipsOf(to), "clip", id, { ...laid.clip, id, start_s: start });
    return { track: to, clip: id };
  });
}

/** Set fields of one clip, within a gesture. */
export function change(edit: Edit, track: string, clip: string, fields: ClipChange): void {
  for (const [name, value] of Object.entries(fields)) edit.set(below(clipsOf(track), clip), name, value);
}

function put(session: SharedSession, wanted: { track: string; clip: Clip }[]): ClipRef[] {
  const made = wanted.map(({ track, clip }) => ({ track, data: { ...clip, id: newId("clip"), start_s: round(Math.max(0, clip.start_s)) } }));
  session.edit((edit) => {
    for (const { track, data } of made) edit.put(clipsOf(track), "clip", data.id, data);
  });
  return made.map(({ track, data }) => ({ track, clip: data.id }));
}

/** Times are kept to the nanosecond: sums of grid steps meet again. */
function round(seconds: number): number {
  return Math.max(0, Math.round(seconds * 1e9) / 1e9);
}
