// What the studio says of itself: what is wrong and what to do about it, and in a few words how safe edits are.
import type { Engine } from "./engine";
import { insertNotice, mediaNotice, type Notice } from "./notice";
import type { Safety } from "./safety";
import type { Seat } from "./seat";

const REFUSED = "The server refuses this session: ask its owner for a role in it, then reload the page.";
const OFFLINE = "The server does not answer: go on working, edits are kept here and sent when it is back. Do not close this page.";
export const NO_SERVER = "In this kernel only; save it with session.save()";

/** What is wrong and what to do about it, or null. */
export function problemOf({ link, engine, session }: Seat): Notice | null {
  if (link.status === "refused") return { kind: "error", text: REFUSED };
  if (link.status === "offline") return { kind: "warning", text: OFFLINE };
  const doubt = link.doc.getMap("state").get("problem");
  if (typeof doubt === "string" && doubt !== "") return { kind: "error", text: doubt };
  return mediaNotice(engine.problems) ?? insertNotice(engine.freezer.problems, session.snapshot());
}

export interface Standing {
  link: Pick<Seat["link"], "status">;
  engine: Pick<Engine, "problems">;
  safety: Safety;
  readonly: boolean;
  /** Whether the session is in a server's room. */
  shared: boolean;
}

/** How things stand, in a few words. */
export function statusOf({ link, engine, safety, readonly, shared }: Standing): { text: string; kind: string } {
  if (link.status === "refused") return { text: "The server refuses this session", kind: "error" };
  if (link.status !== "synced") return safety.say();
  if (engine.problems.size > 0) return { text: "Files are missing", kind: "error" };
  if (readonly) return { text: "View only", kind: "warning" };
  if (!shared) return { text: NO_SERVER, kind: "warning" };
  return safety.say();
}
