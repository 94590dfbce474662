// The studio of one session: transport, timeline, mixer and panels over one seat.
import type { Model } from "./anywidget";
import { CommentsView } from "./comments";
import { newId } from "./controls";
import { DetailsView } from "./details";
import { h } from "./dom";
import { HistoryView } from "./history";
import { Follow } from "./follow";
import { MixerView } from "./mixer";
import { NotesView } from "./notes";
import { PanelsView } from "./panels";
import { Rider } from "./ride";
import { Safety } from "./safety";
import { people, PeopleView, type Person, type User } from "./people";
import { withDefaults } from "./schema";
import { leaveSeat, type Seat, takeSeat } from "./seat";
import { baseUrl, listAudio, whoAmI } from "./server";
import type { Desk } from "./strip";
import { TimelineView } from "./timeline";
import { TransportView } from "./transport";
import { Versions } from "./versions";

export class Studio {
  readonly element: HTMLElement;
  readonly seat: Seat;
  private readonly mixer: MixerView;
  private readonly timeline: TimelineView;
  private readonly transport: TransportView;
  private readonly details: DetailsView;
  private readonly comments: CommentsView;
  private readonly notes: NotesView;
  /** Null where no server keeps versions. */
  private readonly history: HistoryView | null;
  private readonly panels: PanelsView;
  private readonly peopleView: PeopleView;
  private readonly follow: Follow;
  private readonly rider: Rider;
  private readonly stops: (() => void)[] = [];
  private readonly desk: Desk;
  private readonly safety: Safety;
  private persons: Person[] = [];
  private selected: string | null = null;
  private clip: string | null = null;
  private told = "";
  private frame = 0;
  private dirty = true;

  constructor(private readonly model: Model) {
    const base = baseUrl(String(model.get("base_url") ?? ""));
    const [room, sessionId, path] = ["room", "session_id", "path"].map((name) => String(model.get(name) ?? ""));
    this.seat = takeSeat(base, { room: room ?? "", sessionId: sessionId ?? "", path: path ?? "" }, model);
    this.safety = new Safety(this.seat.link, this.seat.session);
    const { link, session, engine } = this.seat;
    const { player } = engine;
    const touch = (place: string | null): void => link.awareness.setLocalStateField("touched", place);
    this.rider = new Rider(session, player, () => this.invalidate());
    this.desk = {
      session,
      rider: this.rider,
      readonly: false,
      touch,
      select: (strip) => this.select(strip, this.selected === strip ? this.clip : null),
      listAudio: () => listAudio(base, path ?? ""),
      position: () => player.position(),
    };
    this.follow = new Follow(player, () => engine.play(), () => {
      link.awareness.setLocalStateField("follows", this.follow.client);
      this.invalidate();
    });
    this.mixer = new MixerView(this.desk);
    this.details = new DetailsView(this.desk, (track, clip) => this.timeline.lay(track, clip));
    this.notes = new NotesView(session);
    this.comments = new CommentsView(session, {
      seek: (seconds) => this.mine(() => player.seek(seconds)),
      position: () => player.position(),
      author: () => this.persons.find((person) => person.self)?.name ?? "",
      track: () => this.selected,
      readonly: () => this.desk.readonly,
    });
    const hands = { author: () => this.persons.find((person) => person.self)?.name ?? "", readonly: () => this.desk.readonly };
    this.history = room ? new HistoryView(session, new Versions(base, path ?? ""), hands) : null;
    this.panels = new PanelsView([
      { name: "Strip", icon: "sliders", element: this.details.element },
      { name: "Comments", icon: "comment", element: this.comments.element },
      { name: "Notes", icon: "notes", element: this.notes.element },
      ...(this.history ? [{ name: "History", icon: "history" as const, element: this.history.element }] : []),
    ]);
    const actions = {
      select: (track: string, clip: string | null) => this.select(track, clip),
      openComment: (id: string) => {
        this.panels.show("Comments");
        this.comments.open(id);
      },
      touch,
      readonly: () => this.desk.readonly,
    };
    this.timeline = new TimelineView(session, engine, actions, model);
    this.peopleView = new PeopleView((person) => this.follow.toggle(person.client));
    this.transport = new TransportView({
      play: () => this.mine(() => void engine.play()),
      pause: () => this.mine(() => player.pause()),
      stop: () => this.mine(() => player.stop()),
      toggleLoop: () => this.mine(() => player.setLoop(player.looping ? null : { from: 0, to: player.length })),
      toggleRecording: () => this.rider.toggle(),
      undo: () => session.undo(),
      redo: () => session.redo(),
      addTrack: () => this.add("tracks"),
      addBus: () => this.add("buses"),
    });
    this.transport.people.append(this.peopleView.element);
    this.transport.tools.append(this.panels.tabs);
    this.element = h(
      "div",
      { class: "mb-studio", "data-lm-suppress-shortcuts": "true", "data-status": link.status },
      this.transport.element,
      this.timeline.element,
      this.mixer.element,
      this.panels.element,
    );
    this.listen();
    link.awareness.setLocalState({ ...link.awareness.getLocalState(), kind: "browser" });
    void this.introduce(base, model.get("user") as User | null);
    this.frame = requestAnimationFrame(this.onFrame);
  }

  close(): void {
    cancelAnimationFrame(this.frame);
    this.rider.release();
    for (const stop of this.stops) stop();
    this.notes.close();
    this.timeline.close();
    this.element.remove();
    leaveSeat(this.seat, this.model);
  }

  private listen(): void {
    const { link, session, engine } = this.seat;
    this.element.addEventListener("keydown", this.onKey);
    // A first touch wakes the sound up, so that Play finds compressors settled.
    for (const event of ["pointerdown", "keydown"])
      this.element.addEventListener(event, () => void engine.prepare(), { once: true, capture: true });
    const invalidate = (): void => this.invalidate();
    this.stops.push(session.watch(invalidate), engine.watch(invalidate), link.watch(invalidate));
    this.stops.push(engine.player.watch(() => this.tellTransport()));
    link.awareness.on("change", invalidate);
    this.stops.push(() => link.awareness.off("change", invalidate));
  }

  private async introduce(base: string, given: User | null): Promise<void> {
    const user = (await whoAmI(base)) ?? given ?? {};
    this.seat.link.awareness.setLocalStateField("user", user);
  }

  private invalidate(): void {
    this.dirty = true;
    this.timeline.invalidate();
  }

  /** Move the transport by this page's own hand, which ends following. */
  private mine(action: () => void): void {
    this.follow.stop();
    action();
  }

  private select(strip: string, clip: string | null): void {
    if (this.selected === strip && this.clip === clip) return;
    this.selected = strip;
    this.clip = clip;
    this.seat.link.awareness.setLocalStateField("selection", { track: strip, clips: clip === null ? [] : [clip] });
    this.invalidate();
  }

  private readonly onFrame = (now: number): void => {
    this.frame = requestAnimationFrame(this.onFrame);
    const { session, engine, link } = this.seat;
    if (this.dirty) this.refresh();
    if (!session.loaded) return;
    const snapshot = session.snapshot();
    this.timeline.draw(snapshot, this.selected);
    this.timeline.move(this.persons, Date.now());
    this.transport.showPlayer(engine.player, snapshot);
    this.mixer.meter(engine.live, engine.graph?.output ?? "", now);
    this.mixer.showAutomation(snapshot, engine.player);
    if (this.panels.shown === "Strip") this.details.meter((node) => engine.live?.reduction(node) ?? 0);
    if (this.panels.shown === "History") this.history?.refresh(now);
    this.follow.update(this.persons, Date.now());
    this.element.dataset["status"] = link.status;
  };

  private refresh(): void {
    this.dirty = false;
    const { session, link } = this.seat;
    this.desk.readonly = link.role === "viewer" || link.status === "refused";
    this.element.classList.toggle("mb-readonly", this.desk.readonly);
    this.persons = people(link.awareness);
    this.peopleView.update(this.persons, this.follow.client);
    this.mixer.showHands(this.persons);
    if (!session.loaded) return;
    const snapshot = session.snapshot();
    this.mixer.update(snapshot, this.selected);
    this.transport.showRecording(this.rider.armed, this.rider.riding);
    this.transport.showSession(snapshot, this.statusText(), this.desk.readonly, session.history);
    this.details.update(snapshot, this.selected, this.clip);
    this.comments.update(snapshot);
    this.notes.readonly = this.desk.readonly;
  }

  private statusText(): { text: string; kind: string } {
    const { link, engine } = this.seat;
    if (link.status === "refused") return { text: "The server refuses this session", kind: "error" };
    if (link.status !== "synced") return this.safety.say();
    const problem = [...engine.problems.values()][0];
    if (problem) return { text: problem, kind: "error" };
    if (this.desk.readonly) return { text: "View only", kind: "warning" };
    if (!this.model.get("room")) return { text: "In this kernel only; save it with session.save()", kind: "warning" };
    return this.safety.say();
  }

  /** Tell the others where the playhead is, when it does something they cannot work out. */
  private tellTransport(): void {
    const { player } = this.seat.engine;
    const playing = player.state === "playing";
    const loop = player.loopSeconds;
    const origin = player.origin;
    const key = JSON.stringify([playing, loop, playing ? origin : player.position()]);
    if (key === this.told) return;
    this.told = key;
    const state = { playing, position_s: player.position(), at: Date.now() / 1000, loop };
    this.seat.link.awareness.setLocalStateField("transport", state);
    this.invalidate();
  }

  private add(kind: "tracks" | "buses"): void {
    const { session } = this.seat;
    const { tracks, buses } = session.snapshot();
    const [record, title] = kind === "tracks" ? ["track", "Track"] : ["bus", "Bus"];
    const id = newId(record as string);
    const number = (kind === "tracks" ? tracks : buses).length + 1;
    const strip = withDefaults(record as string, { id, name: `${title} ${number}` }, tracks.length + buses.length);
    session.edit((edit) => edit.put([kind], record as string, id, strip));
    this.select(id, null);
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const target = event.target as HTMLElement;
    if (target.closest("input, textarea, select, [contenteditable]")) return;
    const { engine, session } = this.seat;
    const key = event.key.toLowerCase();
    if (key === " " && !target.closest("button")) {
      event.preventDefault();
      this.mine(() => (engine.player.state === "playing" ? engine.player.pause() : void engine.play()));
    } else if ((event.ctrlKey || event.metaKey) && (key === "z" || key === "y") && !this.desk.readonly) {
      event.preventDefault();
      event.stopPropagation();
      if (key === "y" || event.shiftKey) session.redo();
      else session.undo();
    }
  };
}
