// The studio: the browser's half of widgets/console.py. The kernel passes handles; everything else is in the room.
import type { Model } from "./anywidget";
import css from "./console.css";
import { h } from "./dom";
import { MixerView } from "./mixer";
import { people, PeopleView, type User } from "./people";
import { withDefaults } from "./schema";
import { leaveSeat, type Seat, takeSeat } from "./seat";
import { baseUrl, whoAmI } from "./server";
import type { Desk } from "./strip";
import { TransportView } from "./transport";

const studios = new WeakMap<Element, Studio>();

function addStyle(): void {
  if (document.getElementById("mb-style")) return;
  const style = h("style", { id: "mb-style" }, css);
  document.head.append(style);
}

class Studio {
  readonly element: HTMLElement;
  readonly seat: Seat;
  private readonly mixer: MixerView;
  private readonly transport: TransportView;
  private readonly peopleView: PeopleView;
  private readonly stops: (() => void)[] = [];
  private selected: string | null = null;
  private frame = 0;
  private dirty = true;

  constructor(private readonly model: Model) {
    const base = baseUrl(String(model.get("base_url") ?? ""));
    const handles = {
      room: String(model.get("room")),
      sessionId: String(model.get("session_id")),
      path: String(model.get("path")),
    };
    this.seat = takeSeat(base, handles, model);
    const { link: room, session, engine } = this.seat;
    const desk: Desk = {
      session,
      readonly: false,
      touch: (place) => room.awareness.setLocalStateField("touched", place),
      select: (strip) => {
        if (this.selected === strip) return;
        this.selected = strip;
        room.awareness.setLocalStateField("selection", { track: strip, clips: [] });
        this.invalidate();
      },
    };
    this.mixer = new MixerView(desk);
    this.peopleView = new PeopleView(() => undefined);
    this.transport = new TransportView({
      play: () => void engine.play(),
      pause: () => engine.player.pause(),
      stop: () => engine.player.stop(),
      toggleLoop: () => engine.player.setLoop(engine.player.looping ? null : { from: 0, to: engine.player.length }),
      undo: () => session.undo(),
      redo: () => session.redo(),
      addTrack: () => this.addTrack(),
    });
    this.transport.people.append(this.peopleView.element);
    this.element = h(
      "div",
      { class: "mb-studio", "data-lm-suppress-shortcuts": "true", "data-status": room.status },
      this.transport.element,
      this.mixer.element,
    );
    this.element.addEventListener("keydown", this.onKey);
    // A first touch wakes the sound up, so that Play finds compressors settled.
    for (const event of ["pointerdown", "keydown"])
      this.element.addEventListener(event, () => void engine.prepare(), { once: true, capture: true });
    const invalidate = (): void => this.invalidate();
    this.stops.push(session.watch(invalidate), engine.watch(invalidate), room.watch(invalidate));
    this.stops.push(engine.player.watch(() => this.tellTransport()));
    room.awareness.on("change", invalidate);
    this.stops.push(() => room.awareness.off("change", invalidate));
    room.awareness.setLocalState({ ...room.awareness.getLocalState(), kind: "browser" });
    void this.introduce(base, model.get("user") as User | null);
    this.frame = requestAnimationFrame(this.onFrame);
  }

  close(): void {
    cancelAnimationFrame(this.frame);
    for (const stop of this.stops) stop();
    this.element.remove();
    leaveSeat(this.seat, this.model);
  }

  private async introduce(base: string, given: User | null): Promise<void> {
    const user = (await whoAmI(base)) ?? given ?? {};
    this.seat.link.awareness.setLocalStateField("user", user);
  }

  private invalidate(): void {
    this.dirty = true;
  }

  private readonly onFrame = (now: number): void => {
    this.frame = requestAnimationFrame(this.onFrame);
    const { session, engine, link: room } = this.seat;
    if (this.dirty) {
      this.dirty = false;
      this.element.dataset["status"] = room.status;
      const persons = people(room.awareness);
      this.peopleView.update(persons, null);
      if (session.loaded) {
        const snapshot = session.snapshot();
        this.mixer.update(snapshot, this.selected);
        this.transport.showSession(snapshot, this.statusText(), false);
      }
      this.mixer.showHands(persons);
    }
    if (!session.loaded) return;
    this.transport.showPlayer(engine.player, session.snapshot());
    this.mixer.meter(engine.live, engine.graph?.output ?? "", now);
  };

  private statusText(): { text: string; kind: string } {
    const { link: room, engine } = this.seat;
    if (room.status === "refused") return { text: "The server refuses this session", kind: "error" };
    if (room.status === "offline") return { text: "Offline: edits are kept and sent later", kind: "warning" };
    if (room.status === "connecting") return { text: "Connecting", kind: "busy" };
    const problem = [...engine.problems.values()][0];
    if (problem) return { text: problem, kind: "error" };
    const dirty = room.doc.getMap("state").get("dirty") === true;
    return dirty ? { text: "Saving", kind: "busy" } : { text: "Saved", kind: "good" };
  }

  private tellTransport(): void {
    this.invalidate();
  }

  private addTrack(): void {
    const { session } = this.seat;
    const number = session.snapshot().tracks.length + 1;
    const id = `track-${Math.random().toString(36).slice(2, 10)}`;
    const track = withDefaults("track", { id, name: `Track ${number}` }, number - 1);
    session.edit((edit) => edit.put(["tracks"], "track", id, track));
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const target = event.target as HTMLElement;
    if (target.closest("input, textarea, [contenteditable]")) return;
    const { engine, session } = this.seat;
    const key = event.key.toLowerCase();
    if (key === " " && !target.closest("button")) {
      event.preventDefault();
      if (engine.player.state === "playing") engine.player.pause();
      else void engine.play();
    } else if ((event.ctrlKey || event.metaKey) && (key === "z" || key === "y")) {
      event.preventDefault();
      event.stopPropagation();
      if (key === "y" || event.shiftKey) session.redo();
      else session.undo();
    }
  };
}

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  addStyle();
  const studio = new Studio(model);
  studios.set(studio.element, studio);
  el.append(studio.element);
  return () => studio.close();
}

/** The seat behind a studio's element, for scripts that drive or record it. */
export function seatOf(element: Element): Seat | null {
  return studios.get(element)?.seat ?? null;
}

export { Recorder } from "./recorder";
export default { render };
