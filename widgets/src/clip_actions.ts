// What cutting and copying a clip write into the session.
import { type Laid, split } from "./clip_edits";
import { below, newId } from "./controls";
import type { SharedSession } from "./document";
import { withDefaults } from "./schema";

/** Cut a clip at `at` seconds; nothing happens where the cut would not fall inside it. */
export function splitClip(session: SharedSession, track: string, laid: Laid, at: number): void {
  const parts = split(laid, at, session.snapshot().sample_rate);
  if (!parts) return;
  const { clip } = laid;
  const clips = below(["tracks"], track, "clips");
  const id = newId("clip");
  session.edit((edit) => {
    for (const [name, value] of Object.entries(parts.left)) edit.set(below(clips, clip.id), name, value);
    edit.put(clips, "clip", id, withDefaults("clip", { id, media: clip.media, sha256: clip.sha256, ...parts.right }));
  });
}

/** Put a copy of a clip right behind it. */
export function duplicateClip(session: SharedSession, track: string, { clip, duration }: Laid): void {
  const id = newId("clip");
  const copy = { ...clip, id, start_s: clip.start_s + duration };
  session.edit((edit) => edit.put(below(["tracks"], track, "clips"), "clip", id, copy));
}
