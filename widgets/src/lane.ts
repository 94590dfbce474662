// A track's lane: its header, its clips with waveforms, the automation of one parameter.
import { AutomationLane, type LaneHands } from "./automation_lane";
import { type ClipHands, type ClipPlace, ClipView } from "./clip_view";
import { h, keyed, put, write } from "./dom";
import type { Snapshot, Track } from "./model";
import type { PeakGatherer, Wanted } from "./peaks";
import { sized } from "./ruler";
import { type Target, targetsOf } from "./targets";
import { gridLines, type Viewport } from "./viewport";

export const LANE_HEIGHT = 46;
/** Waveforms are drawn on a root scale, so that soft stems are seen too. */
const shownHeight = (sample: number): number => Math.sign(sample) * Math.sqrt(Math.min(1, Math.abs(sample)));

export type Hands = ClipHands & LaneHands;

export class LaneView {
  readonly element: HTMLElement;
  private readonly canvas = h("canvas", { "aria-hidden": "true" });
  private readonly clips = h("div", { class: "mb-clips" });
  private readonly clipViews = new Map<string, ClipView>();
  private readonly automation: AutomationLane;
  private readonly name = h("button", { type: "button", class: "mb-name" });
  private readonly choice = h("select", { class: "mb-choice" });
  private readonly body: HTMLElement;
  private shown = "";
  /** What the canvas shows now; drawing costs milliseconds, and most edits change none of it. */
  private drawn = "";
  private track: Track | null = null;

  constructor(
    id: string,
    private readonly view: Viewport,
    private readonly hands: Hands,
    private readonly gatherer: PeakGatherer,
    private readonly onChange: () => void,
  ) {
    this.automation = new AutomationLane(hands);
    this.body = h("div", { class: "mb-lane-body" }, this.canvas, this.clips);
    this.body.append(this.automation.element);
    this.element = h(
      "div",
      { class: "mb-lane", "data-lane": id },
      h("div", { class: "mb-lane-head" }, this.name, this.choice),
      this.body,
    );
    this.name.addEventListener("click", () => hands.select(id, null));
    this.choice.addEventListener("change", () => {
      this.shown = this.choice.value;
      this.onChange();
    });
  }

  update(track: Track, session: Snapshot, places: ClipPlace[], heard: boolean, selected: boolean): void {
    this.track = track;
    this.element.style.setProperty("--mb-color", track.color);
    this.element.classList.toggle("mb-silent", !heard);
    this.element.classList.toggle("mb-selected", selected);
    this.element.classList.toggle("mb-editing", this.shown !== "");
    write(this.name, track.name);
    put(this.choice, "aria-label", `${track.name} automation`);
    const target = this.choose(targetsOf(track, session.buses), session);
    keyed(this.clips, this.clipViews, places, (place) => place.clip.id, () => new ClipView(this.hands));
    const points = target ? (session.automation[target.path] ?? []) : [];
    this.automation.update(target, points, track.name, LANE_HEIGHT);
    this.draw(places, session);
  }

  /** What of the files is in view, for the gatherer of peaks. */
  inView(places: ClipPlace[], sampleRate: number): Wanted[] {
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
    const { view } = this;
    const seen = JSON.stringify([view.from, view.span, view.width, this.track?.color, places, document.body.dataset["jpThemeLight"]]);
    const grid = `${session.tempo_bpm} ${session.time_signature} ${session.sample_rate} ${this.gatherer.revision}`;
    if (this.drawn === seen + grid) return;
    this.drawn = seen + grid;
    const context = sized(this.canvas, view.width, LANE_HEIGHT);
    const style = getComputedStyle(this.element);
    context.fillStyle = style.getPropertyValue("--mb-line");
    for (const line of gridLines(view, session.tempo_bpm, session.time_signature)) {
      context.globalAlpha = line.strong ? 1 : 0.45;
      context.fillRect(Math.round(view.x(line.seconds)), 0, 1, LANE_HEIGHT);
    }
    context.globalAlpha = 1;
    const color = this.track?.color ?? "#888";
    for (const place of places) this.wave(context, place, session.sample_rate, color);
  }

  private wave(context: CanvasRenderingContext2D, place: ClipPlace, sampleRate: number, color: string): void {
    const { view } = this;
    const { clip, duration } = place;
    const first = Math.max(0, Math.floor(view.x(clip.start_s)));
    const last = Math.min(view.width, Math.ceil(view.x(clip.start_s + duration)));
    if (last <= first) return;
    context.fillStyle = color;
    context.globalAlpha = 0.14;
    context.fillRect(first, 0, last - first, LANE_HEIGHT);
    context.globalAlpha = 0.9;
    const peaks = this.gatherer.of(clip.media);
    if (!peaks) return;
    const top = 14;
    const half = (LANE_HEIGHT - top) / 2;
    const middle = top + half;
    const frameAt = (x: number): number => (view.seconds(x) - clip.start_s + clip.offset_s) * sampleRate;
    for (let x = first; x < last; x++) {
      const range = peaks.range(frameAt(x), frameAt(x + 1));
      if (!range) continue;
      const gain = clip.gain * fadeAt(place, view.seconds(x));
      const [low, high] = range.map((value) => shownHeight(value * gain)) as [number, number];
      context.fillRect(x, middle - high * half, 1, Math.max(1, (high - low) * half));
    }
    context.globalAlpha = 1;
  }
}

function fadeAt({ clip, duration }: ClipPlace, seconds: number): number {
  const at = seconds - clip.start_s;
  const rise = clip.fade_in_s > 0 ? Math.min(1, at / clip.fade_in_s) : 1;
  const fall = clip.fade_out_s > 0 ? Math.min(1, (duration - at) / clip.fade_out_s) : 1;
  return Math.max(0, Math.min(rise, fall));
}
