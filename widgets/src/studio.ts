// The studio of one session: transport, timeline, mixer and panels over one seat.
import type { Model } from "./anywidget";
import { CommentsView } from "./comments";
import { type Parts, commandsOf, meant } from "./commands";
import { newId } from "./controls";
import { DetailsView } from "./details";
import { h } from "./dom";
import type { Brought } from "./drop";
import { FitView } from "./fit";
import { HelpView } from "./help";
import { HistoryView } from "./history";
import { Follow } from "./follow";
import { ImportView, type Landing } from "./importing";
import { attachMenu } from "./menu";
import { MixerView } from "./mixer";
import { NoticeView, VIEW_ONLY } from "./notice";
import { NotesView } from "./notes";
import { Pace } from "./pace";
import { PanelsView } from "./panels";
import { TimeRange } from "./range";
import { RenderView } from "./rendering";
import { Rider } from "./ride";
import { Safety } from "./safety";
import { people, PeopleView, type Person, type User } from "./people";
import { Presence } from "./presence";
import { withDefaults } from "./schema";
import { leaveSeat, type Seat, takeSeat } from "./seat";
import { Selection } from "./selection";
import { baseUrl, listAudio } from "./server";
import { type Command, commandFor, isTyping } from "./shortcuts";
import type { Desk } from "./strip";
import { recolorStrip } from "./strip_actions";
import { NO_SERVER, problemOf, statusOf } from "./status";
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
  private readonly presence: Presence;
  private persons: Person[] = [];
  private readonly selection = new Selection(() => this.onSelection());
  private readonly notice = new NoticeView();
  private readonly help: HelpView;
  private readonly importing: ImportView;
  private readonly rendering: RenderView;
  private readonly commands: readonly Command[];
  private readonly range: TimeRange;
  private readonly fit: FitView;
  private frame = 0;
  private readonly pace = new Pace();
  private heard = false;
  private dirty = true;

  constructor(private readonly model: Model) {
    const base = baseUrl(String(model.get("base_url") ?? ""));
    const [room, sessionId, path] = ["room", "session_id", "path"].map((name) => String(model.get(name) ?? ""));
    this.seat = takeSeat(base, { room: room ?? "", sessionId: sessionId ?? "", path: path ?? "" }, model);
    this.safety = new Safety(this.seat.link, this.seat.session);
    const { link, session, engine } = this.seat;
    const { player } = engine;
    this.presence = new Presence(link.awareness);
    const touch = (place: string | null): void => this.presence.touch(place);
    this.rider = new Rider(session, player, () => this.invalidate());
    this.desk = {
      session,
      rider: this.rider,
      readonly: false,
      touch,
      select: (strip) => this.selection.pickStrip(strip),
      open: (strip) => {
        this.selection.pickStrip(strip);
        this.panels.show("Strip");
      },
      channels: (strip) => {
        const node = engine.graph?.nodes.find(({ id }) => id === `${strip}/gain`);
        return node?.type === "gain" ? node.channels : 2;
      },
      heard: (insert) => engine.freezer.heard(insert),
      listAudio: () => listAudio(base, path ?? ""),
      position: () => player.position(),
    };
    this.follow = new Follow(player, () => engine.play(), () => {
      this.presence.follow(this.follow.client);
      this.invalidate();
    });
    this.mixer = new MixerView(this.desk);
    this.details = new DetailsView(this.desk, (track, clip) => this.timeline.places.lay(track, clip));
    this.notes = new NotesView(session);
    this.comments = new CommentsView(session, {
      seek: (seconds) => this.mine(() => player.seek(seconds)),
      position: () => player.position(),
      author: () => this.persons.find((person) => person.self)?.name ?? "",
      track: () => this.selection.strip,
      readonly: () => this.desk.readonly,
    });
    const hands = { author: () => this.persons.find((person) => person.self)?.name ?? "", readonly: () => this.desk.readonly };
    this.history = room ? new HistoryView(session, new Versions(base, path ?? ""), hands) : null;
    this.panels = new PanelsView([
      { name: "Strip", icon: "sliders", element: this.details.element },
      { name: "Comments", icon: "comment", element: this.comments.element },
      { name: "Notes", icon: "notes", element: this.notes.element },
      ...(this.history ? [{ name: "History", icon: "history" as const, element: this.history.element }] : []),
    ], () => {
      this.dirty = true;
    });
    this.range = new TimeRange(player, () => this.invalidate());
    const actions = {
      selection: this.selection,
      range: this.range,
      openComment: (id: string) => {
        this.panels.show("Comments");
        this.comments.open(id);
      },
      touch,
      readonly: () => this.desk.readonly,
      begin: { importFiles: () => this.importing.choose(0), addTrack: () => this.add("tracks"), help: () => this.help.toggle() },
      importFiles: (files: Brought[], landing: Landing) => void this.importing.take(files, landing),
    };
    this.importing = new ImportView({
      session,
      base,
      path: room ? (path ?? "") : "",
      readonly: () => this.desk.readonly,
      say: (text) => this.notice.say(text),
      pick: (strip) => this.selection.pick(strip, null),
    });
    this.timeline = new TimelineView(session, engine, actions, model);
    this.rendering = new RenderView({
      session,
      model,
      base,
      path: path ?? "",
      meant: () => meant({ timeline: this.timeline, range: this.range }),
      length: () => player.length,
      readonly: () => this.desk.readonly,
    });
    this.peopleView = new PeopleView((person) => this.follow.toggle(person.client));
    this.transport = new TransportView({
      play: () => this.mine(() => void engine.play()),
      pause: () => this.mine(() => player.pause()),
      stop: () => this.mine(() => player.stop()),
      toggleLoop: () => this.mine(() => this.range.toggle()),
      toggleRecording: () => this.rider.toggle(),
      toggleMetronome: () => {
        player.metronome.on = !player.metronome.on;
      },
      setMetronomeLevel: (db) => {
        player.metronome.levelDb = db;
      },
      undo: () => session.undo(),
      redo: () => session.redo(),
      addTrack: () => this.add("tracks"),
      addBus: () => this.add("buses"),
      importFiles: () => this.importing.choose(player.position()),
      render: () => this.rendering.open(),
      help: () => this.help.toggle(),
      setName: (name) => session.edit((edit) => edit.set(["meta"], "name", name)),
      setTempo: (bpm) => session.edit((edit) => edit.set(["meta"], "tempo_bpm", Math.min(1000, Math.max(1, bpm)))),
      setSignature: (signature) => session.edit((edit) => edit.set(["meta"], "time_signature", signature)),
    });
    this.commands = commandsOf(this.parts());
    this.help = new HelpView(this.commands);
    this.transport.people.append(this.peopleView.element);
    this.transport.tools.append(this.panels.tabs);
    this.element = h(
      "div",
      { class: "mb-studio", "data-lm-suppress-shortcuts": "true", "data-status": link.status, tabindex: -1 },
      this.transport.element,
      this.notice.element,
      this.importing.element,
      this.rendering.line.element,
      this.timeline.element,
      this.mixer.element,
      this.panels.element,
      this.notice.aside,
      this.help.element,
      this.rendering.element,
    );
    const around = [this.transport.element, this.notice.element, this.importing.element, this.rendering.line.element, ...this.timeline.bars];
    this.fit = new FitView(this.element, around, () => ({ lanes: this.timeline.least, panel: this.panels.shown !== null }), () => this.timeline.reveal(this.selection.strip));
    attachMenu(this.element, {
      commands: this.commands,
      readonly: () => this.desk.readonly,
      pickStrip: (strip) => this.selection.pickStrip(strip),
      pickClip: (clip) => this.timeline.pickClip(clip),
      setColor: (strip, value) => recolorStrip(session, strip, value),
    });
    this.listen();
    void this.presence.introduce(base, model.get("user") as User | null);
    this.frame = requestAnimationFrame(this.onFrame);
  }

  close(): void {
    cancelAnimationFrame(this.frame);
    this.rider.release();
    this.importing.cancel();
    for (const stop of this.stops) stop();
    this.notes.close();
    this.range.close();
    this.rendering.close();
    this.fit.close();
    this.timeline.close();
    this.mixer.close();
    this.element.remove();
    leaveSeat(this.seat, this.model);
  }

  private listen(): void {
    const { link, session, engine } = this.seat;
    this.element.addEventListener("keydown", this.onKey);
    // A click anywhere in the studio brings the keyboard here, though drags keep the browser from moving the focus.
    this.element.addEventListener("pointerdown", () => {
      if (!this.element.contains(document.activeElement)) this.element.focus({ preventScroll: true });
    });
    // What is taken from a viewer says why.
    this.element.addEventListener("pointerdown", (event) => {
      if (this.desk.readonly && (event.target as Element).closest(":disabled, [aria-disabled=true]")) this.notice.say(VIEW_ONLY);
    }, { capture: true });
    // A first touch wakes the sound up, so that Play finds compressors settled.
    for (const event of ["pointerdown", "keydown"])
      this.element.addEventListener(event, () => void engine.prepare(), { once: true, capture: true });
    const invalidate = (): void => this.invalidate();
    this.stops.push(session.watch(invalidate), engine.watch(invalidate), link.watch(invalidate));
    this.stops.push(engine.player.watch(() => {
      if (this.presence.move(engine.player)) this.invalidate();
    }));
    link.awareness.on("change", invalidate);
    this.stops.push(() => link.awareness.off("change", invalidate));
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

  private onSelection(): void {
    const { strip, clips } = this.selection;
    this.presence.select(strip, clips);
    if (strip !== null) this.mixer.reveal(strip);
    this.timeline.reveal(strip);
    this.invalidate();
  }

  private parts(): Parts {
    const { session, engine } = this.seat;
    return {
      session,
      player: engine.player,
      selection: this.selection,
      timeline: this.timeline,
      range: this.range,
      mine: (action) => this.mine(action),
      play: (once) => void engine.play(once),
      arm: () => this.rider.toggle(),
      add: (kind) => this.add(kind),
      panel: (name) => this.panels.toggle(name),
      keepVersion: () => this.keepVersion(),
      help: () => this.help.toggle(),
      importFiles: () => this.importing.choose(engine.player.position()),
      render: () => this.rendering.open(),
      rename: (strip) => {
        if (!this.timeline.rename(strip)) this.mixer.rename(strip);
      },
      say: (text) => this.notice.say(text),
    };
  }

  private keepVersion(): void {
    if (!this.history) return this.notice.say(NO_SERVER);
    this.panels.show("History");
    this.history.focus();
  }

  private readonly onFrame = (now: number): void => {
    this.frame = requestAnimationFrame(this.onFrame);
    const { session, link } = this.seat;
    const { measure, draw } = this.pace.frame(now, this.dirty);
    if (this.dirty) this.refresh();
    this.fit.check();
    if (!session.loaded) return;
    const snapshot = session.snapshot();
    this.timeline.draw(snapshot);
    this.timeline.move(this.persons, Date.now());
    if (measure) this.showNumbers(now, draw);
    if (this.panels.shown === "History") this.history?.refresh(now);
    this.follow.update(this.persons, Date.now());
    this.element.dataset["status"] = link.status;
  };

  /** Clock, meters, faders that move by themselves: all in one frame, so that in others nothing is painted but playheads. */
  private showNumbers(now: number, draw: boolean): void {
    const { session, engine } = this.seat;
    const snapshot = session.snapshot();
    // Compressors begin closed, and have settled when the first sound comes: until then they say what nobody hears.
    this.heard ||= engine.player.state === "playing";
    const reduction = (node: string): number => (this.heard ? (engine.live?.reduction(node) ?? 0) : 0);
    this.mixer.meter(engine.live, engine.graph?.output ?? "", draw ? reduction : null, now);
    if (!draw) return;
    this.transport.showPlayer(engine.player, snapshot);
    this.mixer.showAutomation(snapshot, engine.player);
    if (this.panels.shown === "Strip") this.details.meter(reduction);
  }

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
    this.selection.prune(snapshot);
    this.mixer.update(snapshot, this.selection.strip);
    this.notice.show(problemOf(this.seat));
    this.transport.showRecording(this.rider.armed, this.rider.riding);
    const { readonly } = this.desk;
    const status = statusOf({ ...this.seat, safety: this.safety, readonly, shared: Boolean(this.model.get("room")) });
    this.transport.showSession(snapshot, status, readonly, session.history);
    if (this.panels.shown === "Strip") this.details.update(snapshot, this.selection.strip, this.selection.clip);
    this.comments.update(snapshot);
    this.notes.readonly = this.desk.readonly;
  }

  private add(kind: "tracks" | "buses"): void {
    const { session } = this.seat;
    const { tracks, buses } = session.snapshot();
    const [record, title] = kind === "tracks" ? ["track", "Track"] : ["bus", "Bus"];
    const id = newId(record as string);
    const number = (kind === "tracks" ? tracks : buses).length + 1;
    const strip = withDefaults(record as string, { id, name: `${title} ${number}` }, tracks.length + buses.length);
    session.edit((edit) => edit.put([kind], record as string, id, strip));
    this.selection.pick(id, null);
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || isTyping(event.target as Element, event.key)) return;
    const command = commandFor(event, this.commands);
    if (!command) return;
    event.preventDefault();
    event.stopPropagation();
    if (command.edits && this.desk.readonly) return this.notice.say(VIEW_ONLY);
    command.run();
  };
}
