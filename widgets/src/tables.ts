// The session as tables: tracks, clips, markers and comments, edited in place. The browser's half of widgets/tables.py.
import type { Model } from "./anywidget";
import type { Edit, Path } from "./document";
import { h, put } from "./dom";
import type { Clip, Comment, Marker, Snapshot, Track } from "./model";
import { dbToGain, FADER_FLOOR_DB, FADER_TOP_DB, gainToDb } from "./scale";
import { field } from "./schema";
import { leaveSeat, type Seat, takeSeat } from "./seat";
import { baseUrl } from "./server";
import { type Column, Sheet } from "./sheet";

interface Placed {
  clip: Clip;
  track: Track;
}

const NAMES = ["Tracks", "Clips", "Markers", "Comments"] as const;
type Name = (typeof NAMES)[number];

export class Tables {
  readonly element: HTMLElement;
  readonly seat: Seat;
  private readonly sheets: { Tracks: Sheet<Track>; Clips: Sheet<Placed>; Markers: Sheet<Marker>; Comments: Sheet<Comment> };
  private readonly tabs = new Map<Name, HTMLButtonElement>();
  private readonly add: HTMLButtonElement;
  private readonly copies: HTMLElement[];
  private readonly place = h("div", { class: "mb-sheet-place" });
  private readonly stops: (() => void)[] = [];
  private shown: Name = "Tracks";

  constructor(private readonly model: Model) {
    const base = baseUrl(String(model.get("base_url") ?? ""));
    const [room = "", sessionId = "", path = ""] = ["room", "session_id", "path"].map((name) => String(model.get(name) ?? ""));
    this.seat = takeSeat(base, { room, sessionId, path }, model);
    const { session, link } = this.seat;
    this.sheets = {
      Tracks: new Sheet<Track>(session, {
        title: "Tracks",
        columns: this.trackColumns(),
        key: (track) => track.id,
        name: (track) => track.name,
        remove: (edit, track) => edit.remove(["tracks"], track.id),
        empty: "No tracks yet: add one in the studio, or with session.tracks.add().",
      }),
      Clips: new Sheet<Placed>(session, {
        title: "Clips",
        columns: clipColumns(),
        key: ({ track, clip }) => `${track.id}/${clip.id}`,
        name: ({ track, clip }) => `${track.name} ${clip.id}`,
        remove: (edit, { track, clip }) => edit.remove(["tracks", track.id, "clips"], clip.id),
        empty: "No clips yet: drop an audio file on the studio's timeline.",
      }),
      Markers: new Sheet<Marker>(session, {
        title: "Markers",
        columns: markerColumns(),
        key: (marker) => marker.id,
        name: (marker) => marker.name,
        remove: (edit, marker) => edit.remove(["markers"], marker.id),
        empty: "No markers yet: Add marker sets one at the playhead.",
      }),
      Comments: new Sheet<Comment>(session, {
        title: "Comments",
        columns: this.commentColumns(),
        key: (comment) => comment.id,
        name: (comment) => `Comment by ${comment.author}`,
        remove: (edit, comment) => edit.remove(["comments"], comment.id),
        empty: "No comments yet: they are written in the studio's Comments panel.",
      }),
    };
    const copy = (form: "tsv" | "csv", title: string): HTMLElement => {
      const button = h("button", { type: "button", class: "mb-act", title }, `Copy as ${form.toUpperCase()}`);
      button.addEventListener("click", () => void this.copyRows(form));
      return button;
    };
    this.copies = [copy("tsv", "Copy the rows, with tabs between cells: for a spreadsheet"), copy("csv", "Copy the rows, with commas between cells: for a file")];
    this.add = h("button", { type: "button", class: "mb-send" }, "Add marker");
    this.add.addEventListener("click", () => this.addMarker());
    const bar = h("div", { class: "mb-sheet-bar", role: "tablist", "aria-label": "Tables" }, ...NAMES.map((name) => this.tab(name)));
    this.element = h("div", { class: "mb-studio mb-tables", "data-lm-suppress-shortcuts": "true" }, bar, this.place, h("div", { class: "mb-sheet-foot" }, this.add, ...this.copies));
    this.stops.push(session.watch(() => this.update()), link.watch(() => this.update()));
    this.element.addEventListener("keydown", (event) => this.onKey(event));
    this.show("Tracks");
  }

  close(): void {
    for (const stop of this.stops) stop();
    this.element.remove();
    leaveSeat(this.seat, this.model);
  }

  private tab(name: Name): HTMLButtonElement {
    const button = h("button", { type: "button", class: "mb-tab", role: "tab" }, name);
    button.addEventListener("click", () => this.show(name));
    button.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const next = NAMES[(NAMES.indexOf(name) + step + NAMES.length) % NAMES.length] as Name;
      this.show(next);
      this.tabs.get(next)?.focus();
    });
    this.tabs.set(name, button);
    return button;
  }

  private show(name: Name): void {
    this.shown = name;
    this.place.replaceChildren(this.sheets[name].element);
    for (const [other, button] of this.tabs) {
      put(button, "aria-selected", other === name);
      button.tabIndex = other === name ? 0 : -1;
    }
    this.add.hidden = name !== "Markers";
    this.update();
  }

  private update(): void {
    const { session, link } = this.seat;
    put(this.element, "data-status", link.status);
    if (!session.loaded) return;
    const snapshot = session.snapshot();
    const readonly = link.role === "viewer" || link.status === "refused";
    for (const sheet of Object.values(this.sheets)) sheet.readonly = readonly;
    this.add.disabled = readonly;
    if (this.shown === "Tracks") this.sheets.Tracks.update(snapshot.tracks);
    else if (this.shown === "Clips") this.sheets.Clips.update(clipsOf(snapshot));
    else if (this.shown === "Markers") this.sheets.Markers.update(snapshot.markers);
    else this.sheets.Comments.update(snapshot.comments);
  }

  private async copyRows(form: "tsv" | "csv"): Promise<void> {
    const sheet = this.sheets[this.shown];
    const text = sheet[form]();
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      copyOldWay(text); // a page without https may not use the clipboard otherwise
    }
    sheet.say(`Copied ${sheet.count} row${sheet.count === 1 ? "" : "s"}`);
  }

  private commentColumns(): Column<Comment>[] {
    const at = (comment: Comment): Path => ["comments", comment.id];
    const named = (comment: Comment): string => {
      const { tracks, buses } = this.seat.session.snapshot();
      return [...tracks, ...buses].find(({ id }) => id === comment.track)?.name ?? comment.track ?? "";
    };
    return [
      numbers("Time (s)", "comment", "time_s", 0.1, (comment: Comment) => comment.time_s, at),
      { title: "Track", kind: "shown", value: named },
      { title: "Author", kind: "shown", value: (comment) => comment.author },
      { title: "Text", kind: "text", value: (comment) => comment.text, write: (edit, comment, value) => edit.set(at(comment), "text", value) },
      { title: "Resolved", kind: "check", value: (comment) => comment.resolved, write: (edit, comment, value) => edit.set(at(comment), "resolved", value === true) },
    ];
  }

  private trackColumns(): Column<Track>[] {
    const at = (track: Track): Path => ["tracks", track.id];
    const switched = (title: string, name: "mute" | "solo"): Column<Track> => ({
      title,
      kind: "check",
      value: (track) => track[name],
      write: (edit, track, value) => edit.set(at(track), name, value === true),
    });
    const outputs = () => {
      const buses = this.seat.session.snapshot().buses;
      return [{ value: "master", text: "Master" }, ...buses.map(({ id, name }) => ({ value: id, text: name }))];
    };
    return [
      { title: "Color", kind: "color", value: (track) => track.color, write: (edit, track, value) => edit.set(at(track), "color", value) },
      { title: "Name", kind: "text", value: (track) => track.name, write: (edit, track, value) => edit.set(at(track), "name", value) },
      gainColumn((track) => track.gain, at),
      numbers("Pan", "track", "pan", 0.05, (track: Track) => track.pan, at),
      switched("Mute", "mute"),
      switched("Solo", "solo"),
      { title: "Output", kind: "choice", choices: outputs, value: (track) => track.output, write: (edit, track, value) => edit.set(at(track), "output", value) },
    ];
  }

  private addMarker(): void {
    const { session, engine } = this.seat;
    const id = `marker-${Math.random().toString(36).slice(2, 10)}`;
    const time = Math.round(engine.player.position() * 1000) / 1000;
    const name = `Marker ${session.snapshot().markers.length + 1}`;
    session.edit((edit) => edit.put(["markers"], "marker", id, { time_s: time, name }));
  }

  private onKey(event: KeyboardEvent): void {
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || (key !== "z" && key !== "y")) return;
    const { value, dataset } = event.target as HTMLInputElement;
    // What is typed and not yet written is the field's own to undo.
    if (dataset["shown"] !== undefined && dataset["shown"] !== value) return;
    event.preventDefault();
    event.stopPropagation();
    if (key === "y" || event.shiftKey) this.seat.session.redo();
    else this.seat.session.undo();
  }
}

function copyOldWay(text: string): void {
  const area = h("textarea", { class: "mb-hidden" });
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

function clipsOf(snapshot: Snapshot): Placed[] {
  return snapshot.tracks.flatMap((track) => track.clips.map((clip) => ({ clip, track })));
}

function clipColumns(): Column<Placed>[] {
  const at = ({ track, clip }: Placed): Path => ["tracks", track.id, "clips", clip.id];
  const seconds = (title: string, name: "start_s" | "offset_s" | "duration_s" | "fade_in_s" | "fade_out_s") =>
    numbers(title, "clip", name, 0.1, ({ clip }: Placed) => clip[name], at);
  return [
    { title: "Track", kind: "shown", value: ({ track }) => track.name },
    { title: "File", kind: "shown", value: ({ clip }) => clip.media },
    seconds("Start (s)", "start_s"),
    seconds("Offset (s)", "offset_s"),
    seconds("Length (s)", "duration_s"),
    gainColumn(({ clip }) => clip.gain, at),
    seconds("Fade in (s)", "fade_in_s"),
    seconds("Fade out (s)", "fade_out_s"),
  ];
}

function markerColumns(): Column<Marker>[] {
  const at = (marker: Marker): Path => ["markers", marker.id];
  return [
    numbers("Time (s)", "marker", "time_s", 0.1, (marker: Marker) => marker.time_s, at),
    { title: "Name", kind: "text", value: (marker) => marker.name, write: (edit, marker, value) => edit.set(at(marker), "name", value) },
  ];
}

function numbers<T>(
  title: string,
  record: string,
  name: string,
  step: number,
  value: (item: T) => number | null,
  at: (item: T) => Path,
): Column<T> {
  const { minimum, maximum, nullable = false } = field(record, name);
  return {
    title,
    kind: "number",
    range: { minimum, maximum, step, empty: nullable },
    value: (item) => shownNumber(value(item)),
    write: (edit: Edit, item, text) => edit.set(at(item), name, text === "" ? null : Number(text)),
  };
}

function gainColumn<T>(value: (item: T) => number, at: (item: T) => Path): Column<T> {
  return {
    title: "Gain (dB)",
    kind: "number",
    range: { minimum: FADER_FLOOR_DB, maximum: FADER_TOP_DB, step: 0.5 },
    value: (item) => (value(item) > 0 ? shownNumber(Math.round(gainToDb(value(item)) * 100) / 100) : "-∞"),
    write: (edit, item, text) => edit.set(at(item), "gain", dbToGain(Number(text))),
  };
}

const shownNumber = (value: number | null): string => (value === null ? "" : String(Math.round(value * 1e6) / 1e6));
