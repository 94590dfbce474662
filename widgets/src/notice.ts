// What is wrong, in one readable line with what to do about it; and short messages that go by themselves.
import { h, write } from "./dom";
import { stripOf } from "./frozen";
import { icon } from "./icons";
import type { Snapshot } from "./model";

export interface Notice {
  kind: "error" | "warning";
  text: string;
}

/** Said to a viewer whose hand is on something that edits. */
export const VIEW_ONLY = "View only: you may look and listen, not edit";
const GOES_AFTER_MS = 2500;

export class NoticeView {
  readonly element: HTMLElement;
  private readonly text = h("span", { class: "mb-notice-text" });
  /** Said aside, for a moment. */
  readonly aside = h("div", { class: "mb-aside", role: "status", hidden: true });
  private dismissed = "";
  private shown = "";
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    const close = h("button", { type: "button", class: "mb-small", "aria-label": "Dismiss", title: "Dismiss" }, icon("close"));
    close.addEventListener("click", () => {
      this.dismissed = this.shown;
      this.element.hidden = true;
    });
    this.element = h("div", { class: "mb-notice", role: "alert", hidden: true }, icon("warning"), this.text, close);
  }

  /** Show what is wrong now; the same thing, once dismissed, is not said again. */
  show(notice: Notice | null): void {
    this.shown = notice?.text ?? "";
    if (!notice) this.dismissed = "";
    this.element.hidden = !notice || this.dismissed === this.shown;
    if (!notice || this.element.hidden) return;
    write(this.text, notice.text);
    this.element.dataset["kind"] = notice.kind;
  }

  say(text: string): void {
    write(this.aside, text);
    this.aside.hidden = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.aside.hidden = true;
    }, GOES_AFTER_MS);
  }
}

/** The problems of media files as one line: the first in full, the others counted. */
export function mediaNotice(problems: ReadonlyMap<string, string>): Notice | null {
  const [first, ...others] = [...problems];
  if (!first) return null;
  const [media, message] = first;
  const more = others.length === 0 ? "" : ` ${others.length} more file${others.length === 1 ? "" : "s"} cannot be played.`;
  return { kind: "error", text: `${advice(media, message)}${more}` };
}

/** The inserts that are not heard as one line: the first in full, the others counted. */
export function insertNotice(problems: ReadonlyMap<string, string>, session: Pick<Snapshot, "tracks" | "buses">): Notice | null {
  const [first, ...others] = [...problems];
  if (!first) return null;
  const strip = stripOf(first[0]);
  const name = [...session.tracks, ...session.buses].find(({ id }) => id === strip)?.name ?? "Master";
  const more = others.length === 0 ? "" : ` So ${others.length === 1 ? "is one more insert" : `are ${others.length} more inserts`}.`;
  return { kind: "warning", text: `${name}: ${first[1]}${first[1].endsWith(".") ? "" : "."}${more}` };
}

/** What is wrong with a file, and what to do. */
export function advice(media: string, message: string): string {
  const status = /the server answered (\d+)/.exec(message)?.[1];
  if (status === "404") return `${media} is not there: put the file back beside the session, or delete its clips.`;
  if (status === "401" || status === "403") return `${media} may not be read (${status}): log in again and reload the page.`;
  if (status !== undefined) return `${media} cannot be read: the server answered ${status}. Reload the page; if it stays, look at the server's log.`;
  if (/decode/i.test(message)) return `${media} cannot be decoded by this browser: export it as WAV or FLAC and replace the file.`;
  if (/fetch|network/i.test(message)) return `${media} cannot be reached: is the Jupyter server running? It is tried again on reload.`;
  return message.endsWith(".") ? message : `${message}.`;
}
