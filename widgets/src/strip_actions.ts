// What moving, copying, naming and deleting tracks and buses write into the session: each is one edit.
import { below, newId } from "./controls";
import type { Edit, Path, SharedSession } from "./document";
import type { Point, Snapshot, Strip } from "./model";
import type { PlainRecord } from "./schema";

export type Kind = "tracks" | "buses";

/** Which list a strip is in; null for the master and for what is gone. */
export function kindOf(session: Snapshot, id: string | null): Kind | null {
  return (["tracks", "buses"] as const).find((kind) => session[kind].some((strip) => strip.id === id)) ?? null;
}

export function stripOf(session: Snapshot, id: string | null): Strip | null {
  const kind = kindOf(session, id);
  return kind ? ((session[kind] as Strip[]).find((strip) => strip.id === id) ?? null) : null;
}

/** Mute or solo a strip, or no longer. */
export function toggleStrip(session: SharedSession, id: string, field: "mute" | "solo"): void {
  const snapshot = session.snapshot();
  const kind = kindOf(snapshot, id);
  const on = stripOf(snapshot, id)?.[field] ?? false;
  if (kind) session.edit((edit) => edit.set(below([kind], id), field, !on));
}

/** Put a strip before another of its list, or behind all; returns its new place, counted from 1, or null where nothing moves. */
export function placeStrip(session: SharedSession, id: string, before: string | null): number | null {
  const snapshot = session.snapshot();
  const kind = kindOf(snapshot, id);
  if (!kind) return null;
  const now = snapshot[kind].map((strip) => strip.id);
  const rest = now.filter((name) => name !== id);
  const at = before === null ? rest.length : rest.indexOf(before);
  if (at < 0 || now[at] === id) return null;
  session.edit((edit) => edit.order([kind], [...rest.slice(0, at), id, ...rest.slice(at)], id));
  return at + 1;
}

/** Move a strip by one place; returns its new place, counted from 1, or null at the end of its list. */
export function moveStrip(session: SharedSession, id: string, step: 1 | -1): number | null {
  const snapshot = session.snapshot();
  const kind = kindOf(snapshot, id);
  if (!kind) return null;
  const names = snapshot[kind].map((strip) => strip.id);
  const at = names.indexOf(id);
  if (at + step < 0 || at + step >= names.length) return null;
  return placeStrip(session, id, (step < 0 ? names[at - 1] : names[at + 2]) ?? null);
}

/** Put a copy of a strip, with its clips and its automation, right behind it; returns the copy's id. */
export function duplicateStrip(session: SharedSession, id: string): string | null {
  const snapshot = session.snapshot();
  const kind = kindOf(snapshot, id);
  const strip = stripOf(snapshot, id);
  if (!kind || !strip) return null;
  const all = [...snapshot.tracks, ...snapshot.buses];
  const copy = newId(kind === "tracks" ? "track" : "bus");
  const data = { ...strip, id: copy, name: copyName(strip.name, all.map(({ name }) => name)) } as unknown as PlainRecord;
  const names = snapshot[kind].map((other) => other.id);
  session.edit((edit) => {
    edit.put([kind], kind === "tracks" ? "track" : "bus", copy, data);
    edit.order([kind], names.flatMap((name) => (name === id ? [name, copy] : [name])), copy);
    for (const [target, points] of Object.entries(snapshot.automation))
      if (target.startsWith(`${id}/`)) copyPoints(edit, `${copy}${target.slice(id.length)}`, points);
  });
  return copy;
}

/** Delete a strip; what automates it counts as absent from then on. */
export function removeStrip(session: SharedSession, id: string): void {
  const kind = kindOf(session.snapshot(), id);
  if (kind) session.edit((edit) => edit.remove([kind], id));
}

export function renameStrip(session: SharedSession, id: string, name: string): void {
  const kind = kindOf(session.snapshot(), id);
  if (kind) session.edit((edit) => edit.set(below([kind], id), "name", name));
}

export function recolorStrip(session: SharedSession, id: string, color: string): void {
  const kind = kindOf(session.snapshot(), id);
  if (kind) session.edit((edit) => edit.set(below([kind], id), "color", color));
}

function copyPoints(edit: Edit, target: string, points: readonly Point[]): void {
  const path: Path = ["automation", target];
  for (const point of points) {
    const { id: _, ...data } = point;
    edit.put(path, "point", newId("point"), data as unknown as PlainRecord);
  }
}

/** `Drums copy`, `Drums copy 2`. */
export function copyName(name: string, taken: readonly string[]): string {
  const base = `${name.replace(/ copy( \d+)?$/, "")} copy`;
  for (let number = 1; ; number++) {
    const found = number === 1 ? base : `${base} ${number}`;
    if (!taken.includes(found)) return found;
  }
}
