// What may be said of an edit's safety: on its way, stored by the server, written to the file, or only here.
import type { SharedSession } from "./document";
import type { Link } from "./room";

export interface Said {
  text: string;
  kind: "good" | "busy" | "warning";
}

export class Safety {
  /** How many edits the page had made when the server had stored them all. */
  private stored = 0;

  constructor(
    private readonly link: Pick<Link, "doc" | "status" | "unstored">,
    private readonly session: Pick<SharedSession, "edits">,
  ) {}

  /** Edits of this page that the server may not have. */
  get kept(): number {
    if (!this.link.unstored) this.stored = this.session.edits;
    return this.session.edits - this.stored;
  }

  /** The truth in a few words. */
  say(): Said {
    const { kept, link } = this;
    if (link.status === "connecting") return { text: "Connecting", kind: "busy" };
    if (link.status !== "synced") return { text: offline(kept), kind: "warning" };
    const behind = link.unstored || link.doc.getMap("state").get("dirty") === true;
    return behind ? { text: "Saving…", kind: "busy" } : { text: "Saved", kind: "good" };
  }
}

function offline(kept: number): string {
  if (kept === 0) return "Offline: trying to reach the server";
  return `Offline: ${kept} edit${kept === 1 ? "" : "s"} kept here`;
}
