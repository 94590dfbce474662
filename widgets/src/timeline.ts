// The timeline: ruler, lanes, playhead, and where the others' playheads are.
import type { Model } from "./anywidget";
import { heardStrips } from "./audible";
import type { Laid } from "./clip_edits";
import type { ClipPlace } from "./clip_view";
import type { SharedSession } from "./document";
import { h, keyed } from "./dom";
import type { Engine } from "./engine";
import { type Hands, LaneView } from "./lane";
import { addMarker } from "./markers";
import type { Snapshot, Track } from "./model";
import { Overviews } from "./overview";
import { PeakGatherer } from "./peaks";
import type { Person } from "./people";
import { RulerView } from "./ruler";
import { button } from "./transport";
import { snapped, Viewport } from "./viewport";

export interface TimelineActions {
  select(track: string, clip: string | null): void;
  openComment(id: string): void;
  touch(place: string | null): void;
  readonly(): boolean;
}

export class TimelineView {
  readonly element: HTMLElement;
  readonly view = new Viewport();
  private readonly ruler: RulerView;
  private readonly marker: HTMLButtonElement;
  private readonly lanes = h("div", { class: "mb-lanes" });
  private readonly laneViews = new Map<string, Updated>();
  private heard: ReturnType<typeof heardStrips> = new Map();
  private selected: string | null = null;
  private readonly heads = h("div", { class: "mb-heads", "aria-hidden": "true" });
  private readonly playhead = h("div", { class: "mb-playhead" });
  private readonly others = new Map<number, HTMLElement>();
  private readonly gatherer: PeakGatherer;
  private readonly overviews: Overviews;
  private readonly observer: ResizeObserver;
  private dirty = true;
  private held = false;

  constructor(
    private readonly session: SharedSession,
    private readonly engine: Engine,
    private readonly actions: TimelineActions,
    model: Model,
  ) {
    const redraw = (): void => this.invalidate();
    this.overviews = new Overviews(model, (media, levels) => this.gatherer.overview(media, levels));
    this.gatherer = new PeakGatherer((media) => engine.source(media), (media) => this.overviews.ask(media), redraw);
    this.ruler = new RulerView(
      this.view,
      {
        seek: (seconds) => engine.player.seek(seconds),
        setLoop: (from, to) => engine.player.setLoop({ from, to }),
        openComment: (id) => actions.openComment(id),
        markers: {
          session,
          seek: (seconds) => engine.player.seek(seconds),
          snap: (seconds) => this.snap(seconds),
          readonly: () => actions.readonly(),
        },
      },
      (seconds) => this.snap(seconds),
    );
    this.marker = button("Add marker", "flag", () => addMarker(session, engine.player.position()));
    const zoomed = (factor: number) => (): void => {
      this.view.zoom(factor, this.engine.player.position());
      this.invalidate();
    };
    this.heads.append(this.playhead);
    this.element = h(
      "div",
      { class: "mb-timeline" },
      h(
        "div",
        { class: "mb-ruler-row" },
        h("div", { class: "mb-zoom" }, button("Zoom out", "minus", zoomed(1 / 1.6)), button("Zoom in", "plus", zoomed(1.6)), this.marker),
        this.ruler.element,
      ),
      h("div", { class: "mb-lane-scroll" }, this.lanes),
      this.heads,
    );
    this.element.addEventListener("wheel", this.onWheel, { passive: false });
    const hold = (held: boolean) => (): void => {
      this.held = held;
      this.invalidate();
    };
    this.element.addEventListener("pointerdown", hold(true), { capture: true });
    for (const event of ["pointerup", "pointercancel"]) this.element.addEventListener(event, hold(false));
    this.observer = new ResizeObserver(redraw);
    this.observer.observe(this.element);
  }

  invalidate(): void {
    this.dirty = true;
  }

  close(): void {
    this.observer.disconnect();
    this.overviews.close();
  }

  /** Draw what changed; called once per animation frame. */
  draw(session: Snapshot, selected: string | null): void {
    if (!this.dirty) return;
    this.dirty = false;
    const { view, engine } = this;
    view.width = Math.max(1, this.ruler.element.clientWidth);
    // While a hand holds something, the view stands still under it.
    if (!this.held) view.setLength(engine.player.length);
    this.marker.disabled = this.actions.readonly();
    this.ruler.update(session, engine.player.looping, session.sample_rate);
    this.heard = heardStrips([...session.tracks, ...session.buses]);
    this.selected = selected;
    const hands: Hands = {
      session: this.session,
      view,
      snap: (seconds) => this.snap(seconds),
      beat: () => (60 / session.tempo_bpm) * (4 / session.time_signature[1]),
      readonly: () => this.actions.readonly(),
      touch: (place) => this.actions.touch(place),
      position: () => engine.player.position(),
      select: (track, clip) => this.actions.select(track, clip),
    };
    const make = (track: Track): Updated =>
      updated(new LaneView(track.id, view, hands, this.gatherer, () => this.invalidate()), (lane, item) => {
        const heard = this.heard.get(item.id)?.heard ?? true;
        lane.update(item, this.session.snapshot(), this.placesOf(item), heard, this.selected === item.id);
      });
    keyed(this.lanes, this.laneViews, session.tracks, (track) => track.id, make);
    this.gatherer.want(
      session.tracks.flatMap(
        (track) => this.laneViews.get(track.id)?.lane.inView(this.placesOf(track), session.sample_rate) ?? [],
      ),
    );
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
    if (player.state === "playing" && this.view.reveal(position)) this.invalidate();
    put(this.playhead, this.view, position);
    const seen = new Set<number>();
    for (const person of persons) {
      if (person.self || !person.transport) continue;
      seen.add(person.client);
      let head = this.others.get(person.client);
      if (!head) {
        head = h("div", { class: "mb-playhead mb-other" });
        this.others.set(person.client, head);
        this.heads.append(head);
      }
      head.style.setProperty("--mb-peer", person.color);
      head.dataset["peer"] = person.name;
      put(head, this.view, positionOf(person, now));
    }
    for (const [client, head] of this.others) {
      if (seen.has(client)) continue;
      head.remove();
      this.others.delete(client);
    }
  }

  private placesOf(track: Track): ClipPlace[] {
    const nodes = new Map((this.engine.graph?.nodes ?? []).map((node) => [node.id, node]));
    return track.clips.map((clip) => {
      const node = nodes.get(`${track.id}/clips/${clip.id}`);
      const known = node?.type === "clip" ? node.duration / this.engine.player.sampleRate : 0;
      const problem = this.engine.problems.has(clip.media) ? `${clip.media} is missing or unusable` : null;
      const duration = known || (clip.duration_s ?? 1);
      return { clip, track: track.id, trackName: track.name, color: track.color, duration, problem };
    });
  }

  private snap(seconds: number): number {
    const { tempo_bpm, time_signature } = this.session.snapshot();
    return snapped(this.view, seconds, tempo_bpm, time_signature);
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
}

function updated(lane: LaneView, update: (lane: LaneView, track: Track) => void): Updated {
  return { lane, element: lane.element, update: (track) => update(lane, track) };
}

function put(head: HTMLElement, view: Viewport, seconds: number): void {
  const x = view.x(seconds);
  head.hidden = x < -1 || x > view.width + 1;
  head.style.transform = `translateX(${x.toFixed(1)}px)`;
}

/** Where a person's playhead is at a Unix time in milliseconds. */
export function positionOf(person: Person, now: number): number {
  const { playing, position_s, at, loop } = person.transport as NonNullable<Person["transport"]>;
  const position = playing ? position_s + Math.max(0, now / 1000 - at) : position_s;
  if (!loop || position < loop.to || position_s >= loop.to) return position;
  return loop.from + ((position - loop.from) % (loop.to - loop.from));
}
