// A clip on its lane: dragged to move, its edges dragged to trim, moved and removed by keys.
import type { SharedSession } from "./document";
import { h, put, write } from "./dom";
import { Gesture } from "./gesture";
import type { Clip } from "./model";
import { formatTime } from "./scale";
import type { Viewport } from "./viewport";

export interface ClipPlace {
  clip: Clip;
  track: string;
  trackName: string;
  color: string;
  /** Length in seconds after cutting it to its media. */
  duration: number;
  problem: string | null;
}

export interface ClipHands {
  session: SharedSession;
  view: Viewport;
  snap: (seconds: number) => number;
  beat: () => number;
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
    this.element = h(
      "div",
      { class: "mb-clip", role: "button", tabindex: 0, "aria-roledescription": "clip" },
      this.title,
      left,
      right,
    );
    this.element.addEventListener("keydown", this.onKey);
    this.element.addEventListener("keyup", () => this.gesture.end());
    this.element.addEventListener("pointerdown", (event) => {
      if (event.target === left) this.drag(event, (seconds) => this.trimStart(seconds));
      else if (event.target === right) this.drag(event, (seconds) => this.trimEnd(seconds));
      else this.drag(event, (seconds) => this.move(seconds));
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

  private set(change: Partial<Pick<Clip, "start_s" | "offset_s" | "duration_s">>): void {
    const place = this.place as ClipPlace;
    const path = ["tracks", place.track, "clips", place.clip.id] as const;
    this.gesture.move((edit) => {
      for (const [name, value] of Object.entries(change)) edit.set(path, name, value);
    });
  }

  private move(seconds: number): void {
    this.set({ start_s: Math.max(0, this.hands.snap(seconds)) });
  }

  private trimStart(seconds: number): void {
    const { clip, duration } = this.before as { clip: Clip; duration: number };
    const earliest = clip.start_s - clip.offset_s;
    const at = Math.min(Math.max(0, earliest, this.hands.snap(seconds)), clip.start_s + duration - 0.01);
    const shift = at - clip.start_s;
    this.set({ start_s: at, offset_s: clip.offset_s + shift, duration_s: duration - shift });
  }

  private trimEnd(seconds: number): void {
    const { clip, duration } = this.before as { clip: Clip; duration: number };
    const end = this.hands.snap(seconds + duration);
    this.set({ duration_s: Math.max(0.01, end - clip.start_s) });
  }

  /** The clip as it was when the drag began. */
  private before: { clip: Clip; duration: number } | null = null;

  /** Follow the pointer; `apply` gets where the clip's start would be. */
  private drag(event: PointerEvent, apply: (seconds: number) => void): void {
    if (event.button !== 0 || !this.place || this.hands.readonly()) return;
    event.preventDefault();
    event.stopPropagation();
    this.element.focus({ preventScroll: true });
    this.element.setPointerCapture(event.pointerId);
    const { clip, duration } = this.place;
    this.before = { clip, duration };
    const origin = event.clientX;
    const onMove = (move: PointerEvent): void =>
      apply(clip.start_s + (move.clientX - origin) / this.hands.view.pixelsPerSecond);
    const onUp = (): void => {
      this.element.removeEventListener("pointermove", onMove);
      this.element.removeEventListener("pointerup", onUp);
      this.element.removeEventListener("pointercancel", onUp);
      this.gesture.end();
    };
    this.element.addEventListener("pointermove", onMove);
    this.element.addEventListener("pointerup", onUp);
    this.element.addEventListener("pointercancel", onUp);
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (!this.place || this.hands.readonly() || event.ctrlKey || event.metaKey) return;
    const { clip, track } = this.place;
    const step = event.shiftKey ? 0.01 : this.hands.beat();
    if (event.key === "ArrowLeft") this.set({ start_s: Math.max(0, clip.start_s - step) });
    else if (event.key === "ArrowRight") this.set({ start_s: clip.start_s + step });
    else if (event.key === "Delete" || event.key === "Backspace")
      this.hands.session.edit((edit) => edit.remove(["tracks", track, "clips"], clip.id));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
}
