// Where a path of the session lies in the shared document, for what has no map of its own there; session/flat.py says why.
import type { Plain, PlainRecord } from "./schema";

/** Says in the map of a stage that the strip does without it. */
export const LEFT_OUT = "left_out";
const LANE_DEPTH = 2;
const SEND_DEPTH = 4;

/** The keys of maps that lead to a path of the session. */
export function place(path: readonly string[]): readonly string[] {
  if (path[0] === "automation" && path.length > LANE_DEPTH) return [path[0], `${path[1]}/${path[2]}`, ...path.slice(3)];
  if (isInSend(path)) return [...path.slice(0, 3), path.slice(3).join("/")];
  return path;
}

/** The keys of a map, of those given, that together are what a path leads to. */
export function keysOf(path: readonly string[], names: Iterable<string>): string[] {
  const key = place(path).at(-1) as string;
  const wanted = (name: string): boolean => {
    if (path[0] === "automation" && path.length === LANE_DEPTH) return name === key || name.slice(0, name.lastIndexOf("/")) === key;
    return isSend(path) ? name.split("/", 1)[0] === key : name === key;
  };
  return [...names].filter(wanted);
}

/** The points by target and id, from the plain content of the root. */
export function points(plain: PlainRecord): Record<string, PlainRecord> {
  const found: Record<string, PlainRecord> = {};
  for (const [key, value] of Object.entries(plain)) {
    if (isNestedLane(value)) {
      found[key] = { ...value, ...found[key] };
      continue;
    }
    const at = key.lastIndexOf("/");
    const lane = (found[key.slice(0, Math.max(0, at))] ??= {});
    if (at < key.length - 1) lane[key.slice(at + 1)] = value;
  }
  return found;
}

/** The sends by bus, from the plain content of a strip's map of them. */
export function sends(plain: PlainRecord): Record<string, PlainRecord> {
  const found: Record<string, PlainRecord> = {};
  for (const [key, value] of Object.entries(plain))
    if (!key.includes("/")) found[key] = isRecord(value) ? { ...value } : { pos: value };
  for (const [key, value] of Object.entries(plain)) {
    const at = key.indexOf("/");
    const send = at < 0 ? undefined : found[key.slice(0, at)];
    if (send) send[key.slice(at + 1)] = value;
  }
  return found;
}

/** The path of the send a field belongs to; null for any other path. */
export function sendOf(path: readonly string[]): readonly string[] | null {
  return isInSend(path) ? path.slice(0, SEND_DEPTH) : null;
}

/** Whether a value of the root `automation` is a map of points, as it was in the shape before. */
function isNestedLane(value: Plain): value is PlainRecord {
  return isRecord(value) && Object.values(value).every(isRecord);
}

function isSend(path: readonly string[]): boolean {
  return path.length === SEND_DEPTH && (path[0] === "tracks" || path[0] === "buses") && path[2] === "sends";
}

function isInSend(path: readonly string[]): boolean {
  return path.length > SEND_DEPTH && isSend(path.slice(0, SEND_DEPTH));
}

function isRecord(value: Plain | undefined): value is PlainRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
