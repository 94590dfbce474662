// The timeline: ruler, lanes, scrollbar, playhead, and where the others' playheads are. How clips lie is worked out in
// places.ts, what a hand catches in snap.ts; the tools beside the ruler are timeline_tools.ts, the range is range.ts.
import type { Model } from "./anywidget";
import { heardStrips } from "./audible";
import type { ClipPlace } from "./clip_view";
import type { SharedSession } from "./document";
import { h, keyed } from "./dom";
import { type Brought, dropTarget } from "./drop";
import { type EmptyActions, EmptyView } from "./empty";
import type { Engine } from "./engine";
import { Ghosts } from "./ghosts";
import { beatSeconds } from "./grid";
import type { Landing } from "./importing";
import { type Hands, LaneView } from "./lane";
import { LaneHeights } from "./lane_heights";
import { SWITCH_ROW } from "./lane_switches";
import { addMarker } from "./markers";
import type { Snapshot, Track } from "./model";
import { Overviews } from "./overview";
import { PeakGatherer } from "./peaks";
import type { Person } from "./people";
import { Places, type Span } from "./places";
import { Playheads } from "./playheads";
import type { TimeRange } from "./range";
import { openName } from "./rename";
import { reorderable } from "./reorder";
import { roveRows } from "./roving";
import { rubberBand } from "./rubber";
import { RulerView } from "./ruler";
import { ScrollbarView } from "./scrollbar";
import type { Selection } from "./selection";
import { Snapper } from "./snap";
import { placeStrip, renameStrip } from "./strip_actions";
import { TimelineTools } from "./timeline_tools";
import { Viewport } from "./viewport";
import { wheeled } from "./wheel";

export interface TimelineActions {
  selection: Selection;
  range: TimeRange;
  openComment(id: string): void;
  touch(place: string | null): void;
  readonly(): boolean;
  /** What an empty session offers to begin with. */
  begin: EmptyActions;
  /** Take in files that were dropped. */
  importFiles(files: Brought[], landing: Landing): void;
}

/** However small the window, so much of the lanes is seen, in pixels: two and a part of the third, or what an empty session says. */
const LEAST_HEIGHT = 118;
const EMPTY_HEIGHT = 172;

export class TimelineView {
  readonly element: HTMLElement;
  /** What stands above and below the lanes. */
  readonly bars: readonly [HTMLElement, HTMLElement];
  /** How many pixels of lanes there must be room for. */
  least = EMPTY_HEIGHT;
  readonly view = new Viewport();
  readonly places: Places;
  readonly tools: TimelineTools;
  readonly heights = new LaneHeights(() => this.invalidate());
  private readonly ruler: RulerView;
  private readonly scrollbar: ScrollbarView;
  private readonly snapper: Snapper;
  private readonly lanes = h("div", { class: "mb-lanes" });
  private readonly restSwitches = roveRows(this.lanes, SWITCH_ROW);
  private readonly empty: EmptyView;
  private readonly scroll = h("div", { class: "mb-lane-scroll", "data-lm-dragscroll": "true" }, this.lanes);
  private readonly laneViews = new Map<string, Updated>();
  private readonly heads = new Playheads(this.view);
  private readonly ghosts = new Ghosts(this.view, (track, lanes) => this.bodyOf(this.laneBelow(track, lanes)));
  private readonly gatherer: PeakGatherer;
  private readonly overviews: Overviews;
  private readonly resized: ResizeObserver;
  private readonly scrolled: IntersectionObserver;
  private readonly hands: Hands;
  private heard: ReturnType<typeof heardStrips> = new Map();
  private laid = new Map<string, ClipPlace[]>();
  private dirty = true;
  /** The track to bring into view when the lanes are drawn next. */
  private sought: string | null = null;

  constructor(
    private readonly session: SharedSession,
    private readonly engine: Engine,
    private readonly actions: TimelineActions,
    model: Model,
  ) {
    const redraw = (): void => this.invalidate();
    const { player } = engine;
    const { range } = actions;
    const seek = (seconds: number): void => player.seek(seconds);
    this.places = new Places(session, engine, actions.selection);
    this.tools = new TimelineTools({
      zoom: (factor) => this.zoom(factor),
      fit: () => this.fit(),
      addMarker: () => addMarker(session, player.position()),
      scaleLanes: (factor) => this.heights.scale(factor),
    });
    this.snapper = new Snapper(this.view, {
      mode: () => this.tools.snapMode,
      meter: () => session.snapshot(),
      magnets: () => this.magnets(),
    });
    this.overviews = new Overviews(model, (media, levels) => this.gatherer.overview(media, levels));
    this.gatherer = new PeakGatherer((media) => engine.source(media), (media) => this.overviews.ask(media), redraw);
    this.hands = this.makeHands();
    const { snap, beat } = this.hands;
    this.ruler = new RulerView(this.view, {
      seek,
      range,
      snap,
      beat,
      openComment: (id) => actions.openComment(id),
      markers: { session, seek, snap, readonly: () => actions.readonly() },
    });
    this.scrollbar = new ScrollbarView(this.view, redraw);
    this.heads.element.append(this.snapper.guide);
    this.bars = [
      h("div", { class: "mb-ruler-row" }, this.tools.element, this.ruler.element),
      h("div", { class: "mb-scrollbar-row" }, this.scrollbar.element),
    ];
    const scroll = this.scroll;
    this.empty = new EmptyView(actions.begin);
    scroll.append(this.empty.element);
    this.element = h(
      "div",
      { class: "mb-timeline" },
      this.bars[0],
      scroll,
      this.bars[1],
      this.heads.element,
    );
    dropTarget(this.element, (event) => this.landing(event), actions.importFiles);
    this.element.addEventListener("wheel", this.onWheel, { passive: false });
    const hold = (held: boolean) => (): void => {
      this.snapper.held = held;
      this.invalidate();
    };
    this.element.addEventListener("pointerdown", hold(true), { capture: true });
    for (const event of ["pointerup", "pointercancel"]) this.element.addEventListener(event, hold(false));
    rubberBand(this.lanes, {
      within: (from, to, tracks) => this.places.within({ from, to }, tracks),
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

  /** Zoom by a factor around the playhead. */
  zoom(factor: number): void {
    this.view.zoom(factor, this.engine.player.position());
    this.invalidate();
  }

  fit(): void {
    this.view.fit();
    this.invalidate();
  }

  /** Show a stretch as large as it can be. */
  zoomTo({ from, to }: Span): void {
    this.view.show(from, to);
    this.invalidate();
  }

  /** Draw what changed; called once per animation frame. */
  draw(session: Snapshot): void {
    if (!this.dirty) return;
    this.dirty = false;
    const { view, engine } = this;
    this.heights.belongTo(session.uuid);
    const natural = session.tracks.reduce((sum, { id }) => sum + this.heights.of(id), 0);
    this.least = natural === 0 ? EMPTY_HEIGHT : Math.min(natural, LEAST_HEIGHT);
    view.width = Math.max(1, this.ruler.element.clientWidth);
    // While a hand holds something, the view stands still under it.
    if (!this.snapper.held) view.setLength(engine.player.length);
    this.tools.readonly = this.actions.readonly();
    this.empty.update(session.tracks.length === 0, this.actions.readonly());
    this.ruler.update(session);
    this.scrollbar.update();
    this.heard = heardStrips([...session.tracks, ...session.buses]);
    this.laid = new Map(session.tracks.map((track) => [track.id, this.places.of(track)]));
    const make = (track: Track): Updated => {
      const lane = new LaneView(track.id, view, this.hands, this.gatherer, () => this.reveal(track.id));
      this.scrolled.observe(lane.element);
      const update = (item: Track): void => {
        const heard = this.heard.get(item.id)?.heard ?? true;
        lane.update(item, this.session.snapshot(), this.laid.get(item.id) ?? [], heard, this.actions.selection.strip === item.id);
      };
      return { lane, element: lane.element, update, close: () => this.scrolled.unobserve(lane.element) };
    };
    keyed(this.lanes, this.laneViews, session.tracks, (track) => track.id, make);
    this.restSwitches();
    if (this.sought !== null) this.scrollTo(this.sought);
    this.sought = null;
    this.gatherer.want([...this.laneViews].flatMap(([id, { lane }]) => lane.inView(this.laid.get(id) ?? [], session.sample_rate)));
  }

  /** Move the playheads; cheap, for every animation frame. */
  move(persons: readonly Person[], now: number): void {
    const { player } = this.engine;
    const position = player.position();
    if (this.tools.following && !this.snapper.held && player.state === "playing" && this.view.reveal(position)) this.invalidate();
    this.heads.move(position, persons, now);
  }

  private makeHands(): Hands {
    const { session, engine, actions } = this;
    return {
      session,
      view: this.view,
      selection: actions.selection,
      snap: (seconds) => this.snapper.at(seconds),
      beat: () => beatSeconds(session.snapshot()),
      held: () => this.places.held(),
      lane: (track, lanes) => this.laneBelow(track, lanes),
      ghost: (held, by, lanes) => this.ghosts.show(held, by, lanes),
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
  private secondsAt(clientX: number): number {
    const left = this.ruler.element.getBoundingClientRect().left;
    return Math.max(0, this.snapper.at(this.view.seconds(Math.max(0, clientX - left))));
  }

  /** Take a clip in hand by its element; one of several in hand leaves them all there. */
  pickClip(element: Element): void {
    const { selection } = this.actions;
    for (const [track, { lane }] of this.laneViews) {
      const clip = lane.clipAt(element);
      if (clip !== null && !selection.has(track, clip)) selection.pick(track, clip);
    }
  }

  /** Bring a track's lane into view among the others, unless a hand holds something there. */
  reveal(track: string | null): void {
    if (this.snapper.held) return;
    this.sought = track;
    this.invalidate();
  }

  private scrollTo(track: string): void {
    const { scroll } = this;
    const lane = this.laneViews.get(track)?.lane.element;
    if (!lane) return;
    const [top, bottom] = [lane.offsetTop, lane.offsetTop + lane.offsetHeight];
    if (top < scroll.scrollTop || lane.offsetHeight > scroll.clientHeight) scroll.scrollTop = top;
    else if (bottom > scroll.scrollTop + scroll.clientHeight) scroll.scrollTop = bottom - scroll.clientHeight;
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

  /** The track `lanes` lanes further down, or null where there is none. */
  private laneBelow(track: string, lanes: number): string | null {
    const { tracks } = this.session.snapshot();
    const at = tracks.findIndex((item) => item.id === track);
    return at < 0 ? null : (tracks[at + lanes]?.id ?? null);
  }

  private bodyOf(track: string | null): Element | null {
    return this.laneViews.get(track ?? "")?.element.querySelector(".mb-lane-body") ?? null;
  }

  private onScroll(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const lane = this.laneViews.get(target.getAttribute("data-lane") ?? "")?.lane;
      if (!lane || lane.seen === isIntersecting) continue;
      lane.seen = isIntersecting;
      this.invalidate();
    }
  }

  /** What a magnetic drag may catch besides beats: edges of clips not in hand, markers, the range, the playhead. */
  private magnets(): number[] {
    const { span } = this.actions.range;
    const markers = this.session.snapshot().markers.map((marker) => marker.time_s);
    return [...this.places.edges(), ...markers, ...(span ? [span.from, span.to] : []), this.engine.player.position()];
  }

  private readonly onWheel = (event: WheelEvent): void => {
    const turn = wheeled(event);
    if (!turn) return;
    event.preventDefault();
    const x = event.clientX - this.ruler.element.getBoundingClientRect().left;
    if (turn.kind === "scroll") this.view.scroll(turn.pixels / this.view.pixelsPerSecond);
    else this.view.zoom(turn.factor, this.view.seconds(Math.max(0, x)));
    this.invalidate();
  };
}

interface Updated {
  lane: LaneView;
  element: Element;
  update(track: Track): void;
  close(): void;
}
