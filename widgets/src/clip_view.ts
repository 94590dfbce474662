// A clip on its lane: dragged to move, with all that are in hand, also to other lanes; its edges dragged to trim, its
// corners to fade, its middle's handle to set its gain; arrow keys move it.
import { change, type Held, reachable, shift, shiftLanes } from "./clip_actions";
import { type ClipChange, fade, type Laid, trimEnd, trimStart } from "./clip_edits";
import type { SharedSession } from "./document";
import { h, paint, put, write } from "./dom";
import { drag } from "./drag";
import { Gesture } from "./gesture";
import { dbToGain, FADER_TOP_DB, formatDb, formatTime, gainToDb } from "./scale";
import type { Selection } from "./selection";
import type { Viewport } from "./viewport";

/** How far a pixel moves a clip's gain, and with Shift. */
const PIXEL_DB = 0.25;
const FINE_DB = 0.05;

export interface ClipPlace extends Laid {
  track: string;
  trackName: string;
  color: string;
  problem: string | null;
}

export interface ClipHands {
  session: SharedSession;
  view: Viewport;
  selection: Selection;
  snap: (seconds: number) => number;
  beat: () => number;
  /** The clips in hand as they lie now. */
  held: () => Held[];
  /** The track `lanes` lanes further down, or null where there is none. */
  lane: (track: string, lanes: number) => string | null;
  /** Show where clips would land while they are dragged; null lanes show nothing. */
  ghost: (held: readonly Held[] | null, by: number, lanes: number) => void;
  readonly: () => boolean;
}

export class ClipView {
  readonly element: HTMLElement;
  private place: ClipPlace | null = null;
  private readonly gesture: Gesture;
  private readonly title = h("span", { class: "mb-clip-name" });
  private pointing = false;

  constructor(private readonly hands: ClipHands) {
    this.gesture = new Gesture(hands.session);
    const [left, right] = ["left", "right"].map((side) => h("span", { class: `mb-clip-edge mb-${side}` }));
    const level = h("span", { class: "mb-fade mb-clip-level", title: "Clip gain: drag up or down, double click for 0 dB" });
    const [rise, fall] = ["in", "out"].map((side) => h("span", { class: `mb-fade mb-fade-${side}`, title: `Fade ${side}` }));
    this.element = h(
      "div",
      { class: "mb-clip", role: "button", tabindex: 0, "aria-roledescription": "clip" },
      this.title,
      left,
      right,
      rise,
      fall,
      level,
    );
    level.addEventListener("dblclick", (event) => {
      event.stopPropagation();
      if (this.place && !hands.readonly()) this.set({ gain: 1 });
      this.gesture.end();
    });
    this.element.addEventListener("keydown", this.onKey);
    this.element.addEventListener("keyup", () => this.gesture.end());
    this.element.addEventListener("pointerdown", (event) => {
      const { snap } = hands;
      if (event.target === left) this.drag(event, (was, by) => trimStart(was, snap(was.clip.start_s + by)));
      else if (event.target === right) this.drag(event, (was, by) => trimEnd(was, snap(was.clip.start_s + was.duration + by)));
      else if (event.target === rise) this.drag(event, (was, by) => fade(was, "in", was.clip.fade_in_s + by));
      else if (event.target === fall) this.drag(event, (was, by) => fade(was, "out", was.clip.fade_out_s - by));
      else if (event.target === level) this.level(event);
      else this.move(event);
    });
    this.element.addEventListener("focus", () => {
      const { place } = this;
      if (place && !this.pointing && !hands.selection.has(place.track, place.clip.id)) hands.selection.pick(place.track, place.clip.id);
    });
  }

  update(place: ClipPlace): void {
    this.place = place;
    const { clip, duration } = place;
    const { view, selection } = this.hands;
    const { element } = this;
    const { style } = element;
    const name = clip.media.split("/").at(-1) ?? clip.media;
    const left = view.x(clip.start_s);
    const width = Math.max(3, duration * view.pixelsPerSecond);
    style.left = `${left.toFixed(2)}px`;
    style.width = `${width.toFixed(2)}px`;
    paint(element, "--mb-color", place.color);
    // A clip that begins before the view still shows its name.
    this.title.style.paddingLeft = left < 0 && left + width > 20 ? `${(5 - left).toFixed(0)}px` : "";
    const level = clip.gain === 1 ? "" : `  ${formatDb(gainToDb(clip.gain))} dB`;
    write(this.title, width < 18 ? "" : (place.problem ?? name + level));
    this.element.classList.toggle("mb-clip-broken", place.problem !== null);
    this.element.classList.toggle("mb-clip-narrow", width < 48);
    const held = selection.has(place.track, clip.id);
    this.element.classList.toggle("mb-clip-held", held);
    put(this.element, "aria-pressed", held);
    put(this.element, "title", `${place.problem ?? name}, ${formatTime(clip.start_s)}, ${duration.toFixed(2)} s${level}`);
    put(this.element, "aria-label", `${place.trackName} clip ${name} at ${formatTime(clip.start_s)}`);
    paint(element, "--mb-fade-in", `${clip.fade_in_s * view.pixelsPerSecond}px`);
    paint(element, "--mb-fade-out", `${clip.fade_out_s * view.pixelsPerSecond}px`);
  }

  private set(fields: ClipChange): void {
    const { track, clip } = this.place as ClipPlace;
    this.gesture.move((edit) => change(edit, track, clip.id, fields));
  }

  /** Take the pointer; returns the clip as it was, or null where there is nothing to drag. */
  private grasp(event: PointerEvent): ClipPlace | null {
    const { place, hands } = this;
    if (event.button !== 0 || !place) return null;
    event.preventDefault();
    event.stopPropagation();
    this.pointing = true;
    this.element.focus({ preventScroll: true });
    this.pointing = false;
    const { selection } = hands;
    if (event.shiftKey || event.ctrlKey || event.metaKey) selection.toggle(place.track, place.clip.id);
    else if (!selection.has(place.track, place.clip.id)) selection.pick(place.track, place.clip.id);
    else selection.set([...selection.clips.filter((ref) => ref.clip !== place.clip.id || ref.track !== place.track), { track: place.track, clip: place.clip.id }]);
    return hands.readonly() ? null : place;
  }

  /** Follow the pointer; `make` gets the clip as it was and how far the pointer has gone, in seconds. */
  private drag(event: PointerEvent, make: (was: Laid, by: number) => ClipChange): void {
    const was = this.grasp(event);
    if (!was) return;
    this.follow(event, (move) => this.set(make(was, (move.clientX - event.clientX) / this.hands.view.pixelsPerSecond)));
  }

  /** Follow the pointer up and down with the clip's gain. */
  private level(event: PointerEvent): void {
    const was = this.grasp(event);
    if (!was) return;
    const before = gainToDb(was.clip.gain);
    this.follow(event, (move) => {
      const by = (event.clientY - move.clientY) * (move.shiftKey ? FINE_DB : PIXEL_DB);
      this.set({ gain: dbToGain(Math.min(FADER_TOP_DB, Math.round((before + by) * 10) / 10)) });
    });
  }

  /** Move what is in hand: along the lane at once, to other lanes when it is let go. */
  private move(event: PointerEvent): void {
    const was = this.grasp(event);
    if (!was || !this.hands.selection.has(was.track, was.clip.id)) return;
    const { hands } = this;
    const held = hands.held();
    let [by, lanes] = [0, 0];
    const onMove = (move: PointerEvent): void => {
      const free = (move.clientX - event.clientX) / hands.view.pixelsPerSecond;
      const start = was.clip.start_s;
      by = reachable(held, move.altKey ? free : snapEither(hands.snap, start, start + was.duration, free));
      lanes = lanesBetween(was.track, move);
      if (!held.every(({ track }) => hands.lane(track, lanes) !== null)) lanes = 0;
      hands.ghost(lanes === 0 ? null : held, by, lanes);
      this.gesture.move((edit) => shift(edit, held, by));
    };
    this.follow(event, onMove, () => {
      hands.ghost(null, 0, 0);
      if (lanes === 0) return;
      let landed = hands.selection.clips;
      this.gesture.move((edit) => {
        landed = shiftLanes(edit, held, by, (track) => hands.lane(track, lanes));
      });
      this.gesture.end();
      hands.selection.set(landed);
    });
  }

  private follow(event: PointerEvent, onMove: (move: PointerEvent) => void, onEnd: () => void = () => undefined): void {
    const { element } = this;
    element.classList.add("mb-dragging");
    // What was pressed keeps the pointer, so that its double click is its own.
    drag(event.target as HTMLElement, event, onMove, () => {
      element.classList.remove("mb-dragging");
      onEnd();
      this.gesture.end();
    });
  }

  /** Arrow keys move what is in hand by a beat, with Shift by a hundredth of a second. */
  private readonly onKey = (event: KeyboardEvent): void => {
    const { place, hands } = this;
    if (!place || hands.readonly() || event.ctrlKey || event.metaKey || event.altKey) return;
    const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (direction === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const held = hands.held();
    const by = reachable(held, direction * (event.shiftKey ? 0.01 : hands.beat()));
    if (held.length > 0) this.gesture.move((edit) => shift(edit, held, by));
  };
}

/** Snap a clip by its start, or by its end where only that has something to snap to. */
export function snapEither(snap: (seconds: number) => number, start: number, end: number, by: number): number {
  const atStart = snap(start + by);
  if (atStart !== start + by) return atStart - start;
  return snap(end + by) - end;
}

/** How many lanes down from a track's the pointer is. */
function lanesBetween(track: string, event: PointerEvent): number {
  const under = document.elementsFromPoint(event.clientX, event.clientY).map((element) => element.closest("[data-lane]"));
  const lane = under.find((element) => element !== null);
  const siblings = [...(lane?.parentElement?.children ?? [])];
  const own = siblings.findIndex((element) => element.getAttribute("data-lane") === track);
  return lane && own >= 0 ? siblings.indexOf(lane) - own : 0;
}
