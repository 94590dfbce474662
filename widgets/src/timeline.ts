// The timeline: ruler, lanes, scrollbar, playhead, and where the others' playheads are.
import type { Model } from "./anywidget";
import { heardStrips } from "./audible";
import type { Held } from "./clip_actions";
import type { Laid } from "./clip_edits";
import type { ClipPlace } from "./clip_view";
import type { GraphNode } from "./compile";
import type { SharedSession } from "./document";
import { h, keyed } from "./dom";
import { type EmptyActions, EmptyView } from "./empty";
import type { Engine } from "./engine";
import { beatSeconds, SNAP_MODES, type SnapMode, snapped } from "./grid";
import { dropTarget, type Landing } from "./importing";
import { type Hands, LaneView } from "./lane";
import { LaneHeights } from "./lane_heights";
import { addMarker } from "./markers";
import type { Snapshot, Track } from "./model";
import { Overviews } from "./overview";
import { PeakGatherer } from "./peaks";
import type { Person } from "./people";
import { Playheads } from "./playheads";
import { openName } from "./rename";
import { reorderable } from "./reorder";
import { rubberBand } from "./rubber";
import { RulerView } from "./ruler";
import { ScrollbarView } from "./scrollbar";
import type { ClipRef, Selection } from "./selection";
import { placeStrip, renameStrip } from "./strip_actions";
import { button } from "./transport";
import { Viewport } from "./viewport";

export interface TimelineActions {
  selection: Selection;
  openComment(id: string): void;
  touch(place: string | null): void;
  readonly(): boolean;
  /** What an empty session offers to begin with. */
  begin: EmptyActions;
  /** Take in files that were dropped. */
  importFiles(files: File[], landing: Landing): void;
}

export class TimelineView {
  readonly element: HTMLElement;
  readonly view = new Viewport();
  private readonly ruler: RulerView;
  private readonly scrollbar: ScrollbarView;
  private readonly marker: HTMLButtonElement;
  private readonly follow: HTMLButtonElement;
  private readonly grid: HTMLSelectElement;
  private readonly lanes = h("div", { class: "mb-lanes" });
  private readonly empty: EmptyView;
  private readonly scroll = h("div", { class: "mb-lane-scroll" }, this.lanes);
  private readonly laneViews = new Map<string, Updated>();
  readonly heights = new LaneHeights(() => this.invalidate());
  private readonly heads = new Playheads(this.view);
  /** The line a drag has snapped to. */
  private readonly guide = h("div", { class: "mb-guide" });
  private ghosts: HTMLElement[] = [];
  private readonly gatherer: PeakGatherer;
  private readonly overviews: Overviews;
  private readonly resized: ResizeObserver;
  private readonly scrolled: IntersectionObserver;
  private readonly hands: Hands;
  private nodes = new Map<string, GraphNode>();
  private heard: ReturnType<typeof heardStrips> = new Map();
  private dirty = true;
  private held = false;

  constructor(
    private readonly session: SharedSession,
    private readonly engine: Engine,
    private readonly actions: TimelineActions,
    model: Model,
  ) {
    const redraw = (): void => this.invalidate();
    const { player } = engine;
    this.overviews = new Overviews(model, (media, levels) => this.gatherer.overview(media, levels));
    this.gatherer = new PeakGatherer((media) => engine.source(media), (media) => this.overviews.ask(media), redraw);
    this.hands = this.makeHands();
    this.ruler = new RulerView(this.view, {
      seek: (seconds) => player.seek(seconds),
      setLoop: (loop) => player.setLoop(loop),
      snap: this.hands.snap,
      beat: this.hands.beat,
      openComment: (id) => actions.openComment(id),
      markers: { session, seek: (seconds) => player.seek(seconds), snap: this.hands.snap, readonly: () => actions.readonly() },
    });
    this.scrollbar = new ScrollbarView(this.view, redraw);
    this.marker = button("Add marker", "flag", () => addMarker(session, player.position()));
    this.follow = button("Follow playhead", "chase", () => this.toggleFollow());
    this.follow.setAttribute("aria-pressed", "true");
    this.grid = h("select", { class: "mb-choice", "aria-label": "Snap", title: "Snap to" }, ...SNAP_MODES.map(([value, text]) => h("option", { value }, text)));
    this.heads.element.append(this.guide);
    this.guide.hidden = true;
    const scroll = this.scroll;
    this.empty = new EmptyView(actions.begin);
    scroll.append(this.empty.element);
    this.element = h(
      "div",
      { class: "mb-timeline" },
      h("div", { class: "mb-ruler-row" }, this.tools(), this.ruler.element),
      scroll,
      h("div", { class: "mb-scrollbar-row" }, this.scrollbar.element),
      this.heads.element,
    );
    dropTarget(this.element, (event) => this.landing(event), actions.importFiles);
    this.element.addEventListener("wheel", this.onWheel, { passive: false });
    const hold = (held: boolean) => (): void => {
      this.held = held;
      this.guide.hidden = true;
      this.invalidate();
    };
    this.element.addEventListener("pointerdown", hold(true), { capture: true });
    for (const event of ["pointerup", "pointercancel"]) this.element.addEventListener(event, hold(false));
    rubberBand(this.lanes, {
      within: (from, to, tracks) => this.within(from, to, tracks),
      seconds: (x) => this.view.seconds(x),
      take: (clips, track) => actions.selection.set(clips, track),
      held: () => actions.selection.clips,
    });
    reorderable(this.lanes, {
      axis: "y",
      handle: ".mb-lane-head",
      id: "data-lane",
      scroll,
      move: (id, before) => placeStrip(session, id, before),
      allowed: () => !actions.readonly(),
    });
    this.resized = new ResizeObserver(redraw);
    this.resized.observe(this.element);
    this.scrolled = new IntersectionObserver((entries) => this.onScroll(entries), { root: scroll, rootMargin: "60px 0px" });
  }

  invalidate(): void {
    this.dirty = true;
  }

  close(): void {
    this.resized.disconnect();
    this.scrolled.disconnect();
    this.overviews.close();
  }

  get snapMode(): SnapMode {
    return this.grid.value as SnapMode;
  }

  /** Take the next kind of grid. */
  cycleSnap(): void {
    this.grid.selectedIndex = (this.grid.selectedIndex + 1) % this.grid.length;
  }

  /** Zoom by a factor around the playhead. */
  zoom(factor: number): void {
    this.view.zoom(factor, this.engine.player.position());
    this.invalidate();
  }

  fit(): void {
    this.view.fit();
    this.invalidate();
  }

  /** Show what is in hand, or the loop, as large as it can be. */
  zoomToSelection(): void {
    const span = this.spanOfHeld() ?? this.engine.player.loopSeconds;
    if (span) this.view.show(span.from, span.to);
    this.invalidate();
  }

  toggleFollow(): void {
    this.follow.setAttribute("aria-pressed", String(!this.following));
  }

  /** From the first start to the last end of the clips in hand. */
  spanOfHeld(): { from: number; to: number } | null {
    const held = this.heldClips();
    if (held.length === 0) return null;
    const from = Math.min(...held.map(({ laid }) => laid.clip.start_s));
    return { from, to: Math.max(...held.map(({ laid }) => laid.clip.start_s + laid.duration)) };
  }

  /** The clips in hand as they lie now. */
  heldClips(refs: readonly ClipRef[] = this.actions.selection.clips): Held[] {
    return refs.flatMap(({ track, clip }) => {
      const laid = this.lay(track, clip);
      return laid ? [{ track, laid }] : [];
    });
  }

  /** Draw what changed; called once per animation frame. */
  draw(session: Snapshot): void {
    if (!this.dirty) return;
    this.dirty = false;
    const { view, engine } = this;
    this.heights.belongTo(session.uuid);
    const taller = String(Math.max(1, this.heights.share));
    if (this.scroll.style.getPropertyValue("--mb-taller") !== taller) this.scroll.style.setProperty("--mb-taller", taller);
    view.width = Math.max(1, this.ruler.element.clientWidth);
    // While a hand holds something, the view stands still under it.
    if (!this.held) view.setLength(engine.player.length);
    this.marker.disabled = this.actions.readonly();
    this.empty.update(session.tracks.length === 0, this.actions.readonly());
    this.ruler.update(session, engine.player.loopSeconds);
    this.scrollbar.update();
    this.heard = heardStrips([...session.tracks, ...session.buses]);
    this.nodes = new Map((engine.graph?.nodes ?? []).filter((node) => node.type === "clip").map((node) => [node.id, node]));
    const wanted = new Map(session.tracks.map((track) => [track.id, this.placesOf(track)]));
    const make = (track: Track): Updated => {
      const lane = new LaneView(track.id, view, this.hands, this.gatherer, redrawn(this));
      this.scrolled.observe(lane.element);
      const update = (item: Track): void =>
        lane.update(item, this.session.snapshot(), this.placesOf(item), this.heard.get(item.id)?.heard ?? true, this.actions.selection.strip === item.id);
      return { lane, element: lane.element, update, close: () => this.scrolled.unobserve(lane.element) };
    };
    keyed(this.lanes, this.laneViews, session.tracks, (track) => track.id, make);
    this.gatherer.want([...this.laneViews].flatMap(([id, { lane }]) => lane.inView(wanted.get(id) ?? [], session.sample_rate)));
  }

  /** How a clip lies on its lane, or null when there is none. */
  lay(track: string, clip: string): Laid | null {
    const found = this.session.snapshot().tracks.find((item) => item.id === track);
    return (found && this.placesOf(found).find((place) => place.clip.id === clip)) ?? null;
  }

  /** Move the playheads; cheap, for every animation frame. */
  move(persons: readonly Person[], now: number): void {
    const { player } = this.engine;
    const position = player.position();
    if (this.following && !this.held && player.state === "playing" && this.view.reveal(position)) this.invalidate();
    this.heads.move(position, persons, now);
  }

  private get following(): boolean {
    return this.follow.getAttribute("aria-pressed") === "true";
  }

  private tools(): HTMLElement {
    const zoomed = (factor: number) => (): void => this.zoom(factor);
    return h(
      "div",
      { class: "mb-zoom", role: "group", "aria-label": "View" },
      button("Zoom out", "minus", zoomed(1 / 1.6)),
      button("Zoom in", "plus", zoomed(1.6)),
      button("Zoom to fit", "fit", () => this.fit()),
      this.follow,
      this.marker,
      this.grid,
      button("Lower lanes", "lower", () => this.heights.scale(1 / 1.25)),
      button("Taller lanes", "taller", () => this.heights.scale(1.25)),
    );
  }

  private makeHands(): Hands {
    const { session, engine, actions } = this;
    return {
      session,
      view: this.view,
      selection: actions.selection,
      snap: (seconds) => this.snap(seconds),
      beat: () => beatSeconds(session.snapshot()),
      held: () => this.heldClips(),
      lane: (track, lanes) => {
        const { tracks } = session.snapshot();
        const at = tracks.findIndex((item) => item.id === track);
        return at < 0 ? null : (tracks[at + lanes]?.id ?? null);
      },
      ghost: (held, by, lanes) => this.showGhosts(held, by, lanes),
      readonly: () => actions.readonly(),
      touch: (place) => actions.touch(place),
      position: () => engine.player.position(),
      heights: this.heights,
      rename: (track, over) => this.rename(track, over),
    };
  }

  /** Where something falls that is dropped: at a time, on a track. */
  private landing(event: MouseEvent): Landing {
    const lane = (event.target as Element).closest("[data-lane]");
    return { seconds: this.secondsAt(event.clientX), track: lane?.getAttribute("data-lane") ?? null };
  }

  /** The time at a place of the page, snapped. */
  secondsAt(clientX: number): number {
    const left = this.ruler.element.getBoundingClientRect().left;
    return Math.max(0, this.snap(this.view.seconds(Math.max(0, clientX - left))));
  }

  /** Take a clip in hand by its element; one of several in hand leaves them all there. */
  pickClip(element: Element): void {
    const { selection } = this.actions;
    for (const [track, { lane }] of this.laneViews) {
      const clip = lane.clipAt(element);
      if (clip !== null && !selection.has(track, clip)) selection.pick(track, clip);
    }
  }

  /** Let a track's name be typed, over its lane's head or what is given. */
  rename(track: string, over = this.laneViews.get(track)?.element.querySelector<HTMLElement>(".mb-name") ?? null): boolean {
    const name = this.session.snapshot().tracks.find(({ id }) => id === track)?.name;
    if (!over || name === undefined || this.actions.readonly()) return false;
    openName(over, `${name} new name`, name, (typed) => renameStrip(this.session, track, typed));
    return true;
  }

  /** Make the lane of a track taller or lower; null gives it the height of all. */
  stretch(track: string | null, pixels: number | null): void {
    if (track !== null && this.laneViews.has(track)) this.heights.set(track, pixels && this.heights.of(track) + pixels);
  }

  /** Show where clips would land on other lanes. */
  private showGhosts(held: readonly Held[] | null, by: number, lanes: number): void {
    for (const ghost of this.ghosts) ghost.remove();
    this.ghosts = (held ?? []).flatMap(({ track, laid }) => {
      const lane = this.laneViews.get(this.hands.lane(track, lanes) ?? "")?.element.querySelector(".mb-lane-body");
      if (!lane) return [];
      const ghost = h("div", { class: "mb-ghost" });
      ghost.style.left = `${this.view.x(laid.clip.start_s + by)}px`;
      ghost.style.width = `${laid.duration * this.view.pixelsPerSecond}px`;
      lane.append(ghost);
      return [ghost];
    });
  }

  private within(from: number, to: number, tracks: readonly string[]): ClipRef[] {
    const among = this.session.snapshot().tracks.filter((track) => tracks.includes(track.id));
    return among.flatMap((track) =>
      this.placesOf(track)
        .filter(({ clip, duration }) => clip.start_s < to && clip.start_s + duration > from)
        .map(({ clip }) => ({ track: track.id, clip: clip.id })),
    );
  }

  private onScroll(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const lane = this.laneViews.get(target.getAttribute("data-lane") ?? "")?.lane;
      if (!lane || lane.seen === isIntersecting) continue;
      lane.seen = isIntersecting;
      this.invalidate();
    }
  }

  private placesOf(track: Track): ClipPlace[] {
    const { problems, player } = this.engine;
    return track.clips.map((clip) => {
      const node = this.nodes.get(`${track.id}/clips/${clip.id}`);
      const known = node?.type === "clip" ? node.duration / player.sampleRate : 0;
      const problem = problems.has(clip.media) ? `${clip.media} is missing or unusable` : null;
      const duration = known || (clip.duration_s ?? 1);
      return { clip, track: track.id, trackName: track.name, color: track.color, duration, problem };
    });
  }

  /** Where a place under the hand goes; while something is held, the line it has caught is shown. */
  private snap(seconds: number): number {
    const { view } = this;
    const session = this.session.snapshot();
    const mode = this.snapMode;
    const at = snapped(view, seconds, mode, session, mode === "magnet" ? this.magnets(session) : []);
    if (this.held) {
      const caught = mode !== "off" && (at !== seconds || mode !== "magnet");
      this.guide.hidden = !caught;
      if (caught) this.guide.style.transform = `translateX(${view.x(at).toFixed(1)}px)`;
    }
    return at;
  }

  /** What a magnetic drag may catch besides beats: edges of clips not in hand, markers, the playhead. */
  private magnets(session: Snapshot): number[] {
    const { selection } = this.actions;
    const edges = session.tracks.flatMap((track) =>
      this.placesOf(track)
        .filter(({ clip }) => !selection.has(track.id, clip.id))
        .flatMap(({ clip, duration }) => [clip.start_s, clip.start_s + duration]),
    );
    return [...edges, ...session.markers.map((marker) => marker.time_s), this.engine.player.position()];
  }

  private readonly onWheel = (event: WheelEvent): void => {
    const left = this.ruler.element.getBoundingClientRect().left;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      this.view.zoom(Math.exp(-event.deltaY / 300), this.view.seconds(event.clientX - left));
    } else if (event.deltaX !== 0 || event.shiftKey) {
      event.preventDefault();
      this.view.scroll((event.deltaX || event.deltaY) / this.view.pixelsPerSecond);
    } else return;
    this.invalidate();
  };
}

interface Updated {
  lane: LaneView;
  element: Element;
  update(track: Track): void;
  close(): void;
}

const redrawn = (timeline: TimelineView) => (): void => timeline.invalidate();
