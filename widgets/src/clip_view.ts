// A clip on its lane: dragged to move, also to another lane; its edges dragged to trim, its corners to fade; keys for all.
import { duplicateClip, splitClip } from "./clip_actions";
import { type ClipChange, fade, type Laid, trimEnd, trimStart } from "./clip_edits";
import { below, newId } from "./controls";
import type { SharedSession } from "./document";
import { h, put, write } from "./dom";
import { Gesture } from "./gesture";
import type { Clip } from "./model";
import { formatTime } from "./scale";
import type { Viewport } from "./viewport";

export interface ClipPlace extends Laid {
  track: string;
  trackName: string;
  color: string;
  problem: string | null;
}

export interface ClipHands {
  session: SharedSession;
  view: Viewport;
  snap: (seconds: number) => number;
  beat: () => number;
  /** Where the playhead is, in seconds. */
  position: () => number;
  /** Take a clip in hand. */
  select: (track: string, clip: string | null) => void;
  readonly: () => boolean;
}

export class ClipView {
  readonly element: HTMLElement;
  private place: ClipPlace | null = null;
  private readonly gesture: Gesture;
  private readonly title = h("span", { class: "mb-clip-name" });

  constructor(private readonly hands: ClipHands) {
    this.gesture = new Gesture(hands.session);
    const [left, right] = ["left", "right"].map((side) => h("span", { class: `mb-clip-edge mb-${side}` }));
    const [rise, fall] = ["in", "out"].map((side) => h("span", { class: `mb-fade mb-fade-${side}`, title: `Fade ${side}` }));
    this.element = h(
      "div",
      { class: "mb-clip", role: "button", tabindex: 0, "aria-roledescription": "clip" },
      this.title,
      left,
      right,
      rise,
      fall,
    );
    this.element.addEventListener("keydown", this.onKey);
    this.element.addEventListener("keyup", () => this.gesture.end());
    this.element.addEventListener("pointerdown", (event) => {
      const { snap } = hands;
      if (event.target === left) this.drag(event, (was, by) => trimStart(was, snap(was.clip.start_s + by)));
      else if (event.target === right) this.drag(event, (was, by) => trimEnd(was, snap(was.clip.start_s + was.duration + by)));
      else if (event.target === rise) this.drag(event, (was, by) => fade(was, "in", was.clip.fade_in_s + by));
      else if (event.target === fall) this.drag(event, (was, by) => fade(was, "out", was.clip.fade_out_s - by));
      else this.drag(event, (was, by) => ({ start_s: Math.max(0, snap(was.clip.start_s + by)) }), true);
    });
    this.element.addEventListener("focus", () => {
      if (this.place) hands.select(this.place.track, this.place.clip.id);
    });
  }

  update(place: ClipPlace): void {
    this.place = place;
    const { clip, duration } = place;
    const { view } = this.hands;
    const name = clip.media.split("/").at(-1) ?? clip.media;
    this.element.style.left = `${view.x(clip.start_s)}px`;
    this.element.style.width = `${Math.max(3, duration * view.pixelsPerSecond)}px`;
    this.element.style.setProperty("--mb-color", place.color);
    write(this.title, place.problem ?? name);
    this.element.classList.toggle("mb-clip-broken", place.problem !== null);
    put(this.element, "aria-label", `${place.trackName} clip ${name} at ${formatTime(clip.start_s)}`);
    this.element.style.setProperty("--mb-fade-in", `${clip.fade_in_s * view.pixelsPerSecond}px`);
    this.element.style.setProperty("--mb-fade-out", `${clip.fade_out_s * view.pixelsPerSecond}px`);
  }

  private set(change: ClipChange): void {
    const { track, clip } = this.place as ClipPlace;
    this.gesture.move((edit) => {
      for (const [name, value] of Object.entries(change)) edit.set(["tracks", track, "clips", clip.id], name, value);
    });
  }

  /** Follow the pointer; `change` gets the clip as it was and how far the pointer has gone, in seconds. */
  private drag(event: PointerEvent, change: (was: Laid, by: number) => ClipChange, lanes = false): void {
    if (event.button !== 0 || !this.place || this.hands.readonly()) return;
    event.preventDefault();
    event.stopPropagation();
    this.element.focus({ preventScroll: true });
    this.element.setPointerCapture(event.pointerId);
    const was = this.place;
    const origin = event.clientX;
    let last: ClipChange = {};
    const onMove = (move: PointerEvent): void => {
      last = change(was, (move.clientX - origin) / this.hands.view.pixelsPerSecond);
      this.set(last);
    };
    const onUp = (up: PointerEvent): void => {
      this.element.removeEventListener("pointermove", onMove);
      this.element.removeEventListener("pointerup", onUp);
      this.element.removeEventListener("pointercancel", onUp);
      const lane = lanes ? laneAt(up) : null;
      if (lane !== null && lane !== was.track) this.moveTo(lane, { ...was.clip, ...last });
      this.gesture.end();
    };
    this.element.addEventListener("pointermove", onMove);
    this.element.addEventListener("pointerup", onUp);
    this.element.addEventListener("pointercancel", onUp);
  }

  /** Put the clip on another track, as the end of the gesture. */
  private moveTo(lane: string, clip: Clip): void {
    const { track } = this.place as ClipPlace;
    const id = newId("clip"); // its own name may be taken there
    this.gesture.move((edit) => {
      edit.remove(["tracks", track, "clips"], clip.id);
      edit.put(below(["tracks"], lane, "clips"), "clip", id, { ...clip, id });
    });
    this.hands.select(lane, id);
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (!this.place || this.hands.readonly()) return;
    const { clip, track } = this.place;
    const { session } = this.hands;
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    const step = event.shiftKey ? 0.01 : this.hands.beat();
    if (command && key === "d") duplicateClip(session, track, this.place);
    else if (command) return;
    else if (key === "arrowleft") this.set({ start_s: Math.max(0, clip.start_s - step) });
    else if (key === "arrowright") this.set({ start_s: clip.start_s + step });
    else if (key === "s") splitClip(session, track, this.place, this.hands.position());
    else if (key === "delete" || key === "backspace") session.edit((edit) => edit.remove(["tracks", track, "clips"], clip.id));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
}

/** The track of the lane under the pointer. */
function laneAt(event: PointerEvent): string | null {
  const under = document.elementsFromPoint(event.clientX, event.clientY).map((element) => element.closest("[data-lane]"));
  return under.find((lane) => lane !== null)?.getAttribute("data-lane") ?? null;
}
