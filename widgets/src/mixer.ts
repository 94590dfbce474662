// The row of channel strips, with meters while it sounds and colours of the hands of others.
import { h, keyed } from "./dom";
import type { LiveGraph } from "./graph";
import { PeakTap } from "./meter";
import { valueAt } from "./automation";
import type { Snapshot, Strip } from "./model";
import type { Person } from "./people";
import type { Player } from "./player";
import { type Desk, masterShown, StripView } from "./strip";

export class MixerView {
  readonly element: HTMLElement;
  private readonly tracks = h("div", { class: "mb-strips", role: "group", "aria-label": "Tracks" });
  private readonly buses = h("div", { class: "mb-strips mb-strips-buses", role: "group", "aria-label": "Buses" });
  private readonly trackViews = new Map<string, StripView>();
  private readonly busViews = new Map<string, StripView>();
  private readonly master: StripView;
  private readonly taps = new Map<string, { node: AudioNode; tap: PeakTap }>();
  private following = false;
  private touched = new Map<string, { name: string; color: string }>();

  constructor(private readonly desk: Desk) {
    this.master = new StripView("master", "master", desk);
    this.element = h(
      "div",
      { class: "mb-mixer" },
      h("div", { class: "mb-scroll" }, this.tracks, this.buses),
      this.master.element,
    );
  }

  update(session: Snapshot, selected: string | null): void {
    const make = (kind: "tracks" | "buses") => (strip: Strip) => new StripView(strip.id, kind, this.desk);
    keyed(this.tracks, this.trackViews, session.tracks, (strip) => strip.id, make("tracks"));
    keyed(this.buses, this.busViews, session.buses, (strip) => strip.id, make("buses"));
    this.buses.hidden = session.buses.length === 0;
    this.master.update(masterShown(session.master));
    for (const view of this.views()) view.selected = view.id === selected;
  }

  /** Move the meters; called once per animation frame while the page is seen. */
  meter(graph: LiveGraph | null, master: string, now: number): void {
    for (const view of this.views()) {
      const node = graph?.tap(view.id === "master" ? master : `${view.id}/output`) ?? null;
      view.meter.take(this.tapOf(view.id, node)?.peaks() ?? [0, 0], now);
    }
    this.master.reductions?.meter((stage) => graph?.reduction(`master/${stage}`) ?? 0);
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
      const strip = view.id === "master" ? session.master : [...session.tracks, ...session.buses].find((s) => s.id === view.id);
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
