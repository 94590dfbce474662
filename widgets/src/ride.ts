// Recording automation: while it plays and recording is armed, a hand on a control writes that parameter's points.
// A ride replaces the points it passes over, and where it ends the parameter glides back to what was there before.
import { valueAt } from "./automation";
import { fineEvent, FINE } from "./automation_lane";
import type { Edit, SharedSession } from "./document";
import { Gesture } from "./gesture";
import type { Point } from "./model";
import type { Player } from "./player";
import { masterTarget, type Target, targetsOf } from "./targets";
import { type Sample, Thinning } from "./thinning";

/** The time of the glide back. */
const GLIDE_S = 0.1;
/** The time of the step where a hand takes hold at another value than was there. */
const STEP_S = 0.001;
/** How far the playhead may be from where it is expected before the ride is cut in two. */
const JUMP_S = 0.5;

type Clock = Pick<Player, "state" | "position">;

export class Rider {
  /** Whether a hand on a control is recorded while it plays. */
  armed = false;
  private ride: Ride | null = null;
  private frame = 0;

  constructor(
    private readonly session: SharedSession,
    private readonly player: Clock,
    private readonly onChange: () => void,
  ) {}

  get riding(): boolean {
    return this.ride !== null;
  }

  toggle(): void {
    this.armed = !this.armed;
    if (!this.armed) this.release();
    this.onChange();
  }

  /** A hand takes hold of a control that stands at a value; nothing happens unless that is recorded. */
  touch(place: string, value: number): void {
    this.release();
    const target = this.armed && this.player.state === "playing" ? this.targetOf(place) : null;
    if (!target) return;
    this.ride = new Ride(this.session, target, { time: this.player.position(), value });
    this.frame = requestAnimationFrame(this.onFrame);
    this.onChange();
  }

  /** The hand moves; returns whether that is recorded. */
  move(place: string, value: number): boolean {
    if (this.ride?.target.path !== place) return false;
    this.ride.value = value;
    return true;
  }

  /** The hand lets go; returns whether it was recorded. */
  release(): boolean {
    if (!this.ride) return false;
    cancelAnimationFrame(this.frame);
    this.ride.end();
    this.ride = null;
    this.onChange();
    return true;
  }

  private readonly onFrame = (): void => {
    const { ride } = this;
    if (!ride) return;
    const time = this.player.position();
    if (this.player.state !== "playing") return void this.release();
    if (time < ride.last || time > ride.last + JUMP_S) {
      this.release();
      return this.touch(ride.target.path, ride.value);
    }
    ride.pass(time);
    this.frame = requestAnimationFrame(this.onFrame);
  };

  private targetOf(place: string): Target | null {
    const snapshot = this.session.snapshot();
    if (place === "master/gain") return masterTarget(snapshot);
    const strip = [...snapshot.tracks, ...snapshot.buses].find(({ id }) => place.startsWith(`${id}/`));
    return (strip && targetsOf(strip).find(({ path }) => path === place)) ?? null;
  }
}

/** One ride of one control, one undo step. */
export class Ride {
  value: number;
  last: number;
  private readonly gesture: Gesture;
  private readonly thinning: Thinning;
  private readonly ids: string[] = [];
  private readonly old: readonly Point[];
  private readonly wasAt: (seconds: number) => number;
  private dirty = 0;

  constructor(session: SharedSession, readonly target: Target, { time, value }: Sample, gesture = new Gesture(session)) {
    this.gesture = gesture;
    this.value = value;
    this.last = time;
    this.old = session.snapshot().automation[target.path] ?? [];
    const parameter = { value: target.value, events: this.old.map(fineEvent) };
    this.wasAt = (seconds) => valueAt(parameter, seconds * FINE, FINE);
    const was = this.wasAt(time);
    this.thinning = new Thinning({ time, value: this.old.length > 0 ? was : value }, target.toPosition);
    if (this.old.length > 0 && was !== value) this.thinning.add({ time: time + STEP_S, value });
    this.last = this.thinning.points.at(-1)?.time ?? time;
    this.write();
  }

  /** The playhead passes a time with the hand where it is. */
  pass(time: number): void {
    if (time <= this.last) return;
    this.last = time;
    const changed = this.thinning.add({ time, value: this.value });
    this.dirty = Math.min(this.dirty, changed);
    this.write();
  }

  /** The hand lets go. */
  end(): void {
    const back = this.last + GLIDE_S;
    if (this.old.length > 0) this.gesture.move((edit) => this.glide(edit, back));
    this.gesture.end();
  }

  private write(): void {
    this.gesture.move((edit) => this.flush(edit, this.last));
  }

  /** Bring the document in step: the points that changed, and nothing old up to a time. */
  private flush(edit: Edit, until: number): void {
    const { points } = this.thinning;
    const first = points[0] as Sample;
    for (const point of this.old)
      if (point.time_s >= first.time && point.time_s <= until) edit.remove(["automation", this.target.path], point.id);
    for (let index = this.dirty; index < points.length; index++) this.place(edit, index, points[index] as Sample);
    this.dirty = points.length - 1;
  }

  private place(edit: Edit, index: number, { time, value }: Sample): void {
    const { path } = this.target;
    const id = this.ids[index];
    const time_s = rounded(time);
    if (id !== undefined) {
      edit.set(["automation", path, id], "time_s", time_s);
      edit.set(["automation", path, id], "value", value);
    } else {
      this.ids[index] = newId();
      const curve = index === 0 ? this.inherited(time) : "linear";
      edit.put(["automation", path], "point", this.ids[index], { time_s, value, curve });
    }
  }

  /** How the first point is reached: as the old point after it was, so that what lies before it sounds the same. */
  private inherited(time: number): Point["curve"] {
    const next = this.old.find((point) => point.time_s >= time)?.curve;
    return next === "linear" || next === "exponential" ? next : "set";
  }

  /** Go back to the old automation, which runs on from there as it would have. */
  private glide(edit: Edit, back: number): void {
    this.flush(edit, back);
    const before = this.old.findLast((point) => point.time_s <= back);
    const value = this.wasAt(back);
    const { path } = this.target;
    edit.put(["automation", path], "point", newId(), { time_s: rounded(back), value, curve: "linear" });
    if (before?.curve !== "target") return;
    const { time_constant_s = 0.1 } = before;
    const rest = { time_s: rounded(back + STEP_S), value: before.value, curve: "target", time_constant_s };
    edit.put(["automation", path], "point", newId(), rest);
  }
}

const rounded = (seconds: number): number => Math.round(seconds * 1e6) / 1e6;
const newId = (): string => `point-${Math.random().toString(36).slice(2, 10)}`;
