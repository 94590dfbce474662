// A track's lane: its header, its clips with waveforms, the automation of one parameter.
import { AutomationLane, type LaneHands } from "./automation_lane";
import { type ClipHands, type ClipPlace, ClipView } from "./clip_view";
import { h, keyed, paint, put, svg, write } from "./dom";
import { gridLines } from "./grid";
import { LaneEdge } from "./lane_edge";
import type { LaneHeights } from "./lane_heights";
import { LaneSwitches } from "./lane_switches";
import type { Snapshot, Track } from "./model";
import type { PeakGatherer, Wanted } from "./peaks";
import { type Target, targetsOf } from "./targets";
import type { Viewport } from "./viewport";
import { wavePath } from "./wave";

/** A lane that shows automation has room for it. */
const EDITING_HEIGHT = 92;
/** Below this height a lane's head has one line. */
const TWO_LINES = 42;
const NAME_HEIGHT = 14;

export interface Hands extends ClipHands, LaneHands {
  heights: LaneHeights;
  /** Let a track's name be typed over its head. */
  rename: (track: string, over: HTMLElement) => void;
}

export class LaneView {
  readonly element: HTMLElement;
  /** Whether it is scrolled into view; what nobody sees is not drawn. */
  seen = true;
  private readonly canvas = svg("svg", { class: "mb-wave", "aria-hidden": "true" });
  private readonly grid = [false, true].map((strong) => svg("path", { class: strong ? "mb-grid mb-grid-strong" : "mb-grid" }));
  private readonly waves = svg("g");
  private readonly clips = h("div", { class: "mb-clips" });
  private readonly clipViews = new Map<string, ClipView>();
  private readonly automation: AutomationLane;
  private readonly name = h("button", { type: "button", class: "mb-name" });
  private readonly choice = h("select", { class: "mb-choice" });
  private readonly body: HTMLElement;
  private readonly edge: LaneEdge;
  private readonly switches: LaneSwitches;
  private height = 0;
  private shown = "";
  /** What the drawing shows now; drawing costs milliseconds, and most edits change none of it. */
  private drawn = "";
  private drawnGrid = "";
  /** What it was last updated with: most edits are of other tracks. */
  private known: readonly unknown[] = [];

  constructor(
    readonly id: string,
    private readonly view: Viewport,
    private readonly hands: Hands,
    private readonly gatherer: PeakGatherer,
    private readonly onChange: () => void,
  ) {
    this.automation = new AutomationLane(hands);
    this.canvas.append(...this.grid, this.waves);
    this.body = h("div", { class: "mb-lane-body" });
    this.body.append(this.canvas, this.clips, this.automation.element);
    this.edge = new LaneEdge(id, hands.heights);
    this.switches = new LaneSwitches(id, hands);
    this.element = h(
      "div",
      { class: "mb-lane", "data-lane": id },
      h("div", { class: "mb-lane-head" }, this.name, h("div", { class: "mb-lane-row" }, this.choice, this.switches.element), this.automation.tools),
      this.body,
      this.edge.element,
    );
    this.name.addEventListener("click", () => hands.selection.pick(id, null));
    this.name.addEventListener("dblclick", () => hands.rename(id, this.name));
    this.choice.addEventListener("change", () => {
      this.shown = this.choice.value;
      this.onChange();
    });
  }

  update(track: Track, session: Snapshot, places: ClipPlace[], heard: boolean, selected: boolean): void {
    if (this.knows(track, session, [heard, selected, ...places.flatMap(({ duration, problem }) => [duration, problem])])) return;
    const { element } = this;
    paint(element, "--mb-color", track.color);
    element.classList.toggle("mb-silent", !heard);
    element.classList.toggle("mb-selected", selected);
    element.classList.toggle("mb-editing", this.shown !== "");
    this.resize(track.name);
    write(this.name, track.name);
    put(this.name, "title", track.name);
    put(this.name, "aria-pressed", selected);
    put(this.choice, "aria-label", `${track.name} automation`);
    this.switches.update(track, this.hands.readonly());
    const target = this.choose(targetsOf(track, session.buses), session);
    keyed(this.clips, this.clipViews, places, (place) => place.clip.id, () => new ClipView(this.hands));
    const points = target ? (session.automation[target.path] ?? []) : [];
    this.automation.update(target, points, track.name, this.height);
    if (this.seen) this.draw(places, session);
  }

  /** Whether nothing that is shown has changed; a lane with automation is drawn each time, for the point in hand. */
  private knows(track: Track, session: Snapshot, others: readonly unknown[]): boolean {
    const { buses, automation, tempo_bpm, time_signature, sample_rate } = session;
    const { view, hands, gatherer } = this;
    const shown = [this.shown, this.seen, view.from, view.span, view.width, hands.heights.of(this.id), hands.selection.clips, hands.readonly(), gatherer.revision];
    const now = [track, buses, automation, tempo_bpm, time_signature, sample_rate, ...shown, ...others];
    const known = this.shown === "" && now.length === this.known.length && now.every((item, index) => item === this.known[index]);
    this.known = now;
    return known;
  }

  /** What of the files is in view, for the gatherer of peaks. */
  inView(places: ClipPlace[], sampleRate: number): Wanted[] {
    if (!this.seen) return [];
    const framesPerPixel = sampleRate / this.view.pixelsPerSecond;
    return places.flatMap(({ clip, duration }) => {
      const from = Math.max(this.view.from, clip.start_s);
      const to = Math.min(this.view.from + this.view.span, clip.start_s + duration);
      if (to <= from) return [];
      const shift = clip.offset_s - clip.start_s;
      const [first, last] = [Math.floor((from + shift) * sampleRate), Math.ceil((to + shift) * sampleRate)];
      return [{ media: clip.media, from: first, to: last, framesPerPixel }];
    });
  }

  /** The id of the clip an element shows, or null when it is on another lane. */
  clipAt(element: Element): string | null {
    return [...this.clipViews].find(([, view]) => view.element === element)?.[0] ?? null;
  }

  private resize(name: string): void {
    const own = this.hands.heights.of(this.id);
    this.edge.update(name, own);
    const height = this.shown === "" ? own : Math.max(own, EDITING_HEIGHT);
    if (height === this.height) return;
    this.height = height;
    this.element.style.setProperty("--mb-lane-height", `${height}px`);
    this.element.classList.toggle("mb-lane-low", height < TWO_LINES);
  }

  private choose(targets: Target[], session: Snapshot): Target | null {
    const key = JSON.stringify(targets.map(({ path, title }) => [path, title, (session.automation[path]?.length ?? 0) > 0]));
    if (this.choice.dataset["key"] !== key) {
      this.choice.dataset["key"] = key;
      const option = (value: string, text: string): HTMLOptionElement => h("option", { value }, text);
      this.choice.replaceChildren(
        option("", "Clips"),
        ...targets.map(({ path, title }) => option(path, `${title}${session.automation[path]?.length ? " •" : ""}`)),
      );
      this.choice.value = this.shown;
    }
    return targets.find((target) => target.path === this.shown) ?? null;
  }

  private draw(places: ClipPlace[], session: Snapshot): void {
    const { view, height } = this;
    const span = `${view.from} ${view.span} ${view.width} ${height}`;
    const grid = `${span} ${session.tempo_bpm} ${session.time_signature}`;
    if (this.drawnGrid !== grid) {
      this.drawnGrid = grid;
      put(this.canvas, "width", view.width);
      put(this.canvas, "height", height);
      const lines = gridLines(view, session);
      this.grid.forEach((path, strong) => {
        const ours = lines.filter((line) => line.strong === (strong === 1));
        path.setAttribute("d", ours.map((line) => `M${Math.round(view.x(line.seconds)) + 0.5} 0V${height}`).join(""));
      });
    }
    const drawn = span + JSON.stringify(places.map(({ clip, duration }) => [clip, duration])) + this.gatherer.revision + session.sample_rate;
    if (this.drawn === drawn) return;
    this.drawn = drawn;
    const step = 1 / Math.min(2, Math.max(1, Math.round(globalThis.devicePixelRatio || 1)));
    while (this.waves.childElementCount > places.length) this.waves.lastElementChild?.remove();
    while (this.waves.childElementCount < places.length) this.waves.append(svg("path"));
    places.forEach((place, index) => {
      const peaks = this.gatherer.of(place.clip.media);
      const range = (from: number, to: number) => peaks?.range(from, to) ?? null;
      const path = wavePath(place, view, session.sample_rate, range, height < TWO_LINES ? 3 : NAME_HEIGHT, height - 2, step);
      put(this.waves.children[index] as Element, "d", path);
    });
  }
}
