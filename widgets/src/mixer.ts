// The row of channel strips, with meters while it sounds and colours of the hands of others.
import { h, keyed } from "./dom";
import type { LiveGraph } from "./graph";
import { PeakTap } from "./meter";
import { valueAt } from "./automation";
import type { Snapshot, Strip } from "./model";
import type { Person } from "./people";
import type { Player } from "./player";
import { reorderable } from "./reorder";
import { type Desk, masterShown, StripView } from "./strip";
import { placeStrip, stripOf } from "./strip_actions";

export class MixerView {
  readonly element: HTMLElement;
  private readonly tracks = h("div", { class: "mb-strips", role: "group", "aria-label": "Tracks" });
  private readonly buses = h("div", { class: "mb-strips mb-strips-buses", role: "group", "aria-label": "Buses" });
  private readonly trackViews = new Map<string, StripView>();
  private readonly busViews = new Map<string, StripView>();
  private readonly master: StripView;
  private readonly scroll: HTMLElement;
  private readonly scrolled: IntersectionObserver;
  private readonly taps = new Map<string, { node: AudioNode; tap: PeakTap }>();
  private following = false;
  private touched = new Map<string, { name: string; color: string }>();

  constructor(private readonly desk: Desk) {
    this.master = new StripView("master", "master", desk);
    this.scroll = h("div", { class: "mb-scroll" }, this.tracks, this.buses);
    this.element = h("div", { class: "mb-mixer", role: "group", "aria-label": "Mixer" }, this.scroll, this.master.element);
    for (const list of [this.tracks, this.buses])
      reorderable(list, {
        axis: "x",
        handle: ".mb-strip > header",
        id: "data-strip",
        scroll: this.scroll,
        move: (id, before) => placeStrip(desk.session, id, before),
        allowed: () => !desk.readonly,
      });
    this.scrolled = new IntersectionObserver((entries) => this.onScroll(entries), { root: this.scroll, rootMargin: "0px 100px" });
  }

  close(): void {
    this.scrolled.disconnect();
  }

  update(session: Snapshot, selected: string | null): void {
    const make = (kind: "tracks" | "buses") => (strip: Strip) => {
      const view = new StripView(strip.id, kind, this.desk);
      this.scrolled.observe(view.element);
      return Object.assign(view, { close: () => this.scrolled.unobserve(view.element) });
    };
    keyed(this.tracks, this.trackViews, session.tracks, (strip) => strip.id, make("tracks"));
    keyed(this.buses, this.busViews, session.buses, (strip) => strip.id, make("buses"));
    this.buses.hidden = session.buses.length === 0;
    this.master.update(masterShown(session.master));
    for (const strip of [...session.tracks, ...session.buses]) this.viewOf(strip.id)?.route(strip, session);
    for (const view of this.views()) view.selected = view.id === selected;
  }

  /**
   * Measure all strips, and move the meters of those in view; a tap looks back 40 ms, so it is called as often at least.
   * @param reduction How much a compressor turns down; null to measure and draw nothing.
   */
  meter(graph: LiveGraph | null, master: string, reduction: ((node: string) => number) | null, now: number): void {
    for (const view of this.views()) {
      const node = graph?.tap(view.id === "master" ? master : `${view.id}/output`) ?? null;
      view.meter.take(this.tapOf(view.id, node)?.peaks() ?? [0, 0], now, reduction !== null);
      if (reduction && view.meter.seen) view.reduce(reduction(`${view.id}/compressor`));
    }
    if (reduction) this.master.reductions?.meter((stage) => reduction(`master/${stage}`));
    for (const [id, { tap }] of this.taps) {
      if (this.viewOf(id)) continue;
      tap.close();
      this.taps.delete(id);
    }
  }

  /** While it plays, show the faders where automation has them. */
  showAutomation(session: Snapshot, player: Player): void {
    const playing = player.state === "playing";
    if (!playing && !this.following) return;
    this.following = playing;
    const frame = player.position() * player.sampleRate;
    for (const view of this.views()) {
      if (!session.automation[`${view.id}/gain`]?.length) continue;
      const strip = view.id === "master" ? session.master : stripOf(session, view.id);
      const events = player.events(`${view.id}/gain`);
      if (strip && events) view.follow(playing ? valueAt({ value: strip.gain, events }, frame, player.sampleRate) : null);
    }
  }

  /** Colour the controls under the hands of others. */
  showHands(persons: readonly Person[]): void {
    const hands = new Map(
      persons.filter((person) => !person.self && person.touched).map((person) => [person.touched as string, person]),
    );
    for (const place of this.touched.keys()) if (!hands.has(place)) this.colour(place, null);
    for (const [place, person] of hands) this.colour(place, person);
    this.touched = hands;
  }

  private onScroll(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const view = this.viewOf(target.getAttribute("data-strip") ?? "");
      if (view) view.meter.seen = isIntersecting;
    }
  }

  /** Let a strip's name be typed over it. */
  rename(id: string): void {
    this.viewOf(id)?.rename();
  }

  /** Scroll a strip into view. */
  reveal(id: string): void {
    const { scroll } = this;
    const strip = id === "master" ? null : this.viewOf(id)?.element;
    if (!strip) return;
    const [box, around] = [strip.getBoundingClientRect(), scroll.getBoundingClientRect()];
    if (box.left < around.left) scroll.scrollLeft -= around.left - box.left;
    else if (box.right > around.right) scroll.scrollLeft += box.right - around.right;
  }

  private colour(place: string, who: { name: string; color: string } | null): void {
    const slash = place.indexOf("/");
    this.viewOf(place.slice(0, slash))?.touched(place.slice(slash + 1), who);
  }

  private tapOf(id: string, node: AudioNode | null): PeakTap | null {
    const known = this.taps.get(id);
    if (known?.node === node) return known.tap;
    known?.tap.close();
    this.taps.delete(id);
    if (!node) return null;
    const tap = new PeakTap(node);
    this.taps.set(id, { node, tap });
    return tap;
  }

  private viewOf(id: string): StripView | undefined {
    return id === "master" ? this.master : (this.trackViews.get(id) ?? this.busViews.get(id));
  }

  private *views(): Iterable<StripView> {
    yield* this.trackViews.values();
    yield* this.busViews.values();
    yield this.master;
  }
}
