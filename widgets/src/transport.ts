// Play, Pause, Stop, Loop, the clock, the tempo, the metronome.
import { h, pick, put, write } from "./dom";
import { openEntry } from "./entry";
import { icon, type IconName } from "./icons";
import type { Snapshot } from "./model";
import { VIEW_ONLY } from "./notice";
import type { Player } from "./player";
import { openName } from "./rename";
import { CLICK_LEVEL } from "./metronome";
import { formatBars, formatTime } from "./scale";
import { Slider } from "./slider";

export interface TransportActions {
  play(): void;
  pause(): void;
  stop(): void;
  toggleLoop(): void;
  toggleRecording(): void;
  toggleMetronome(): void;
  setMetronomeLevel(db: number): void;
  undo(): void;
  redo(): void;
  addTrack(): void;
  addBus(): void;
  importFiles(): void;
  render(): void;
  help(): void;
  setName(name: string): void;
  setTempo(bpm: number): void;
  setSignature(signature: [number, number]): void;
}

const SIGNATURES = ["2/4", "3/4", "4/4", "5/4", "6/8", "7/8", "9/8", "12/8"];

export class TransportView {
  readonly element: HTMLElement;
  readonly people = h("div", { class: "mb-people-slot" });
  readonly tools = h("div", { class: "mb-tools" });
  private readonly play: HTMLButtonElement;
  private readonly loop: HTMLButtonElement;
  private readonly record: HTMLButtonElement;
  private readonly add: HTMLButtonElement;
  private readonly addBus: HTMLButtonElement;
  private readonly bring: HTMLButtonElement;
  private readonly render: HTMLButtonElement;
  private readonly undo: HTMLButtonElement;
  private readonly redo: HTMLButtonElement;
  private readonly clock = h("span", { class: "mb-clock", role: "timer", "aria-label": "Position", "aria-live": "off" });
  private readonly bars = h("span", { class: "mb-bars", "aria-hidden": "true" });
  private readonly tempo = h("button", { type: "button", class: "mb-tempo", title: "Click to type the tempo" });
  private readonly signature = h("select", { class: "mb-tempo", "aria-label": "Time signature", title: "Time signature" });
  private readonly click: HTMLButtonElement;
  private readonly clickLevel = h("span", { class: "mb-tempo mb-click-level", title: "Metronome level: drag up or down, double click for -12 dB, Enter to type" });
  private readonly clickSlider: Slider;
  private readonly title = h("button", { type: "button", class: "mb-title", title: "Double click to rename the session" });
  private readonly status = h("span", { class: "mb-status", role: "status" });

  constructor(actions: TransportActions) {
    this.play = button("Play", "play", actions.play);
    this.loop = button("Loop", "loop", actions.toggleLoop);
    this.record = button("Record automation", "record", actions.toggleRecording);
    this.add = button("Add track", "plus", actions.addTrack);
    this.undo = button("Undo", "undo", actions.undo);
    this.redo = button("Redo", "redo", actions.redo);
    this.add.append(h("span", { "aria-hidden": "true" }, "Track"));
    this.addBus = button("Add bus", "plus", actions.addBus);
    this.bring = button("Import audio", "upload", actions.importFiles);
    this.render = button("Render to a file", "download", actions.render);
    this.addBus.append(h("span", { "aria-hidden": "true" }, "Bus"));
    this.click = button("Metronome", "metronome", actions.toggleMetronome);
    this.click.title = "Metronome, for you alone (C)";
    const options = { ...CLICK_LEVEL, label: "Metronome level", unit: "dB" as const, format: (db: number) => `${db.toFixed(0)} dB`, travel: 120 };
    const onInput = (db: number): void => actions.setMetronomeLevel(db);
    this.clickSlider = new Slider(this.clickLevel, { ...options, onInput, onEnd: () => undefined }, (_, text) => write(this.clickLevel, text));
    this.tempo.addEventListener("click", () => {
      openEntry(this.tempo, "Tempo", this.tempo.dataset["bpm"] ?? "", "number", (bpm) => actions.setTempo(bpm)).select();
    });
    const rename = (): void => void openName(this.title, "Session name", this.title.textContent ?? "", (name) => actions.setName(name));
    this.title.addEventListener("dblclick", rename);
    this.title.addEventListener("keydown", (event) => {
      if (event.key === "F2" || event.key === "Enter") rename();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    this.signature.addEventListener("change", () => actions.setSignature(this.signature.value.split("/").map(Number) as [number, number]));
    this.element = h(
      "div",
      { class: "mb-transport", role: "toolbar", "aria-label": "Transport" },
      h(
        "div",
        { class: "mb-group" },
        this.play,
        button("Pause", "pause", actions.pause),
        button("Stop", "stop", actions.stop),
        this.loop,
        this.record,
      ),
      h("div", { class: "mb-display" }, this.clock, this.bars, this.tempo, this.signature, this.click, this.clickLevel),
      h("div", { class: "mb-group" }, this.undo, this.redo, this.add, this.addBus, this.bring, this.render),
      h("div", { class: "mb-names" }, this.title, this.status),
      this.tools,
      button("Keyboard shortcuts", "keys", actions.help),
      this.people,
    );
  }

  showPlayer(player: Player, session: Snapshot): void {
    const position = player.position();
    write(this.clock, formatTime(position));
    write(this.bars, formatBars(position, session.tempo_bpm, session.time_signature));
    put(this.play, "aria-pressed", player.state === "playing" || player.state === "loading");
    put(this.loop, "aria-pressed", player.looping !== null);
    this.play.classList.toggle("mb-loading", player.state === "loading");
    put(this.click, "aria-pressed", player.metronome.on);
    this.clickLevel.hidden = !player.metronome.on;
    this.clickSlider.update(player.metronome.levelDb);
  }

  /** Show whether hands are recorded, and whether one is on a control right now. */
  showRecording(armed: boolean, riding: boolean): void {
    put(this.record, "aria-pressed", armed);
    this.record.classList.toggle("mb-loading", riding);
  }

  showSession(
    session: Snapshot,
    status: { text: string; kind: string },
    readonly: boolean,
    history: { undo: string | null; redo: string | null },
  ): void {
    write(this.title, session.name);
    const bpm = String(Number(session.tempo_bpm.toFixed(2)));
    write(this.tempo, `${bpm} BPM`);
    this.tempo.dataset["bpm"] = bpm;
    put(this.tempo, "aria-label", `Tempo ${bpm} BPM`);
    this.showSignature(session.time_signature.join("/"));
    this.tempo.disabled = this.signature.disabled = readonly;
    write(this.status, status.text);
    put(this.status, "title", readonly ? "Whoever owns this session may let you edit: maxbooster session share FILE USER editor" : "");
    put(this.status, "data-kind", status.kind);
    this.title.disabled = readonly;
    for (const control of [this.add, this.addBus, this.bring, this.render, this.record]) lock(control, readonly);
    for (const [control, step] of [[this.undo, history.undo], [this.redo, history.redo]] as const) {
      lock(control, readonly, step ?? "");
      control.disabled ||= step === null;
    }
  }

  private showSignature(now: string): void {
    const offered = SIGNATURES.includes(now) ? SIGNATURES : [...SIGNATURES, now];
    const key = offered.join(" ");
    if (this.signature.dataset["key"] !== key) this.signature.replaceChildren(...offered.map((text) => h("option", { value: text }, text)));
    this.signature.dataset["key"] = key;
    pick(this.signature, now);
  }
}

/** Take a button from who may only look, and say why. */
function lock(control: HTMLButtonElement, readonly: boolean, what = ""): void {
  control.disabled = readonly;
  const label = control.getAttribute("aria-label") ?? "";
  put(control, "title", [label, readonly ? VIEW_ONLY : what].filter(Boolean).join(": "));
}

export function button(label: string, name: IconName, onClick: () => void): HTMLButtonElement {
  const element = h(
    "button",
    { type: "button", role: "button", class: "mb-button", "aria-label": label, title: label },
    icon(name),
  );
  element.addEventListener("click", onClick);
  return element;
}
