// Audio files brought into the session: dropped on the timeline or chosen, sent to the server unless it has them, then laid as
// clips in one edit.
import { below, newId } from "./controls";
import type { SharedSession } from "./document";
import type { Brought } from "./drop";
import { h, write } from "./dom";
import { icon } from "./icons";
import { VIEW_ONLY } from "./notice";
import { withDefaults } from "./schema";
import { ServerFile, serverFault } from "./server_file";
import { copyInto, faultOf, opened, upload } from "./upload";

/** Where files go when no clip says so. */
const FOLDER = "stems";

export interface ImportHands {
  session: SharedSession;
  base: string;
  /** The session's path on the server; empty where it is on none. */
  path: string;
  readonly(): boolean;
  say(text: string): void;
  /** Take a strip in hand. */
  pick(strip: string): void;
}

/** Where files were dropped: at a time, on a track or beside all of them. */
export interface Landing {
  seconds: number;
  track: string | null;
}

interface Stored {
  media: string;
  title: string;
}

export class ImportView {
  readonly element = h("div", { class: "mb-import", hidden: true });
  private readonly bar = h("progress", { max: 1, value: 0, "aria-label": "Import" });
  private readonly said = h("span", { role: "status" });
  private readonly faults = h("ul", { class: "mb-import-faults", role: "alert", hidden: true });
  private readonly close = h("button", { type: "button", class: "mb-small", "aria-label": "Cancel import", title: "Cancel" }, icon("close"));
  private readonly chooser = h("input", { type: "file", accept: "audio/*", multiple: true, hidden: true, "aria-label": "Audio files" });
  private running: AbortController | null = null;
  private landing: Landing = { seconds: 0, track: null };

  constructor(private readonly hands: ImportHands) {
    this.element.append(h("div", { class: "mb-import-line" }, this.bar, this.said, this.close), this.faults, this.chooser);
    this.close.addEventListener("click", () => {
      if (this.running) this.running.abort();
      else this.element.hidden = true;
    });
    this.chooser.addEventListener("change", () => void this.take([...(this.chooser.files ?? [])], this.landing));
  }

  /** Let files be chosen; they land at a time on new tracks. */
  choose(seconds: number): void {
    if (!this.allowed()) return;
    this.landing = { seconds, track: null };
    this.chooser.value = "";
    this.chooser.click();
  }

  /** Bring files in: one that fell on a track goes there, all others get tracks of their own. */
  async take(files: readonly Brought[], landing: Landing): Promise<void> {
    if (files.length === 0 || !this.allowed()) return;
    if (this.running) return this.hands.say("One import at a time: wait for the one that runs, or cancel it");
    this.running = new AbortController();
    this.begin();
    const [stored, faults]: [Stored[], string[]] = [[], []];
    try {
      for (const [index, file] of files.entries()) {
        write(this.said, `Importing ${file.name}${files.length > 1 ? ` (${index + 1} of ${files.length})` : ""}`);
        const { signal } = this.running;
        const fault = file instanceof ServerFile ? await serverFault(this.hands.base, file) : await faultOf(await opened(file));
        signal.throwIfAborted();
        if (fault !== null) faults.push(fault);
        else stored.push(await this.bring(file, (share) => (this.bar.value = (index + share) / files.length), signal));
      }
    } catch (error) {
      faults.push(this.running.signal.aborted ? "The import was cancelled." : error instanceof Error ? error.message : String(error));
    }
    this.running = null;
    if (stored.length > 0) this.lay(stored, landing);
    this.end(stored.length, faults);
  }

  /** Stop what is on its way. */
  cancel(): void {
    this.running?.abort();
  }

  private allowed(): boolean {
    const { hands } = this;
    if (hands.readonly()) hands.say(VIEW_ONLY);
    else if (hands.path === "") hands.say("This session is on no server: open it with Session.join() to bring in files");
    else return true;
    return false;
  }

  private async bring(file: Brought, onProgress: (share: number) => void, signal: AbortSignal): Promise<Stored> {
    const { path, session } = this.hands;
    const home = path.split("/").slice(0, -1);
    const used = session.snapshot().tracks.flatMap((track) => track.clips)[0]?.media.split("/").slice(0, -1) ?? [FOLDER];
    const folder = [...home, ...used].join("/");
    const beside = [...home, ""].join("/");
    const at = await this.place(file, folder, beside, onProgress, signal);
    return { media: at.slice(beside.length), title: file.name.replace(/\.[^.]*$/, "") };
  }

  /** Have a file where the session can play it; returns its path on the server. */
  private place(file: Brought, folder: string, beside: string, onProgress: (share: number) => void, signal: AbortSignal): Promise<string> {
    const { base } = this.hands;
    if (!(file instanceof ServerFile)) return upload(base, folder, file, { onProgress, signal });
    const local = file.local ?? "";
    return local.startsWith(beside) ? Promise.resolve(local) : copyInto(base, folder, local, signal);
  }

  private lay(stored: readonly Stored[], { seconds, track }: Landing): void {
    const { session } = this.hands;
    const { tracks, buses } = session.snapshot();
    const onto = stored.length === 1 ? tracks.find(({ id }) => id === track)?.id : undefined;
    const made: string[] = [];
    session.edit((edit) => {
      stored.forEach(({ media, title }, index) => {
        const id = onto ?? newId("track");
        const data = { id, name: title };
        if (!onto) edit.put(["tracks"], "track", id, withDefaults("track", data, tracks.length + buses.length + index));
        const clip = newId("clip");
        edit.put(below(["tracks"], id, "clips"), "clip", clip, withDefaults("clip", { id: clip, media, start_s: Math.max(0, seconds) }));
        made.push(id);
      });
    });
    if (made[0]) this.hands.pick(made[0]);
  }

  private begin(): void {
    this.element.hidden = false;
    this.faults.hidden = true;
    this.bar.hidden = false;
    this.bar.value = 0;
    this.close.title = "Cancel";
    this.close.setAttribute("aria-label", "Cancel import");
  }

  private end(stored: number, faults: readonly string[]): void {
    this.bar.hidden = true;
    write(this.said, stored === 0 ? "Nothing was imported." : `${stored} file${stored === 1 ? "" : "s"} imported.`);
    this.faults.replaceChildren(...faults.map((text) => h("li", {}, text)));
    this.faults.hidden = faults.length === 0;
    this.close.title = "Dismiss";
    this.close.setAttribute("aria-label", "Dismiss import");
    if (faults.length > 0) return;
    this.hands.say(this.said.textContent ?? "");
    this.element.hidden = true;
  }
}
