// One channel strip: equalizer knobs, pan, mute, solo, fader, meter.
import type { Path, SharedSession } from "./document";
import { h, paint, put, write } from "./dom";
import { type FaderView, fader } from "./fader";
import type { HeardInsert } from "./freezer";
import { Gesture } from "./gesture";
import type { Rider } from "./ride";
import { InsertChips } from "./insert_chips";
import { StripExtras } from "./strip_extras";
import { type KnobView, knob } from "./knob";
import { MeterView } from "./meter";
import { Reductions } from "./reductions";
import type { Master, Snapshot, Strip } from "./model";
import { dbToGain, FADER_FLOOR_DB, formatDb, formatPan, gainToDb } from "./scale";
import { openName } from "./rename";
import type { SliderOptions } from "./slider";
import { renameStrip, toggleStrip } from "./strip_actions";

/** What the strips need of the studio around them. */
export interface Desk {
  session: SharedSession;
  /** Tell the others which control this page's hand is on. */
  touch(place: string | null): void;
  /** What records hands while it plays. */
  rider: Pick<Rider, "touch" | "move" | "release">;
  /** Show a strip's details. */
  select(strip: string): void;
  /** Open the panel with a strip's details. */
  open(strip: string): void;
  /** How many channels a strip has before its panner. */
  channels(strip: string): number;
  /** How an insert that only the kernel can render is heard; null for others. */
  heard(insert: string): HeardInsert | null;
  /** The audio files a clip may play. */
  listAudio(): Promise<string[]>;
  /** Where a new clip begins, in seconds. */
  position(): number;
  readonly: boolean;
}

export type StripKind = "tracks" | "buses" | "master";

const KNOBS = [
  ["low", "Lo"],
  ["mid", "Mid"],
  ["high", "Hi"],
] as const;

/** What a strip shows; the master has no pan, equalizer, mute or solo. */
type Shown = Pick<Strip, "name" | "color" | "gain"> & Partial<Omit<Strip, "name" | "color" | "gain">>;

export class StripView {
  readonly element: HTMLElement;
  readonly meter: MeterView;
  private readonly name = h("button", { class: "mb-name", type: "button" });
  private readonly gainText = h("span", { class: "mb-value", "aria-hidden": "true" });
  private readonly peakText = h("span", { class: "mb-held", title: "Highest peak, dBFS", "aria-hidden": "true" });
  private readonly fader: FaderView;
  private readonly knobs = new Map<string, KnobView>();
  private readonly pan: KnobView | null;
  private readonly mute: HTMLButtonElement | null;
  private readonly solo: HTMLButtonElement | null;
  /** How much the master's stages turn down; other strips show it among their details. */
  readonly reductions: Reductions | null;
  private readonly extras: StripExtras | null;
  /** The master's inserts; other strips have theirs among the extras. */
  private readonly inserts: InsertChips | null;
  private readonly reductionBar: HTMLElement | null;
  private shown: Shown | null = null;
  private locked = false;

  constructor(
    readonly id: string,
    readonly kind: StripKind,
    private readonly desk: Desk,
  ) {
    const master = kind === "master";
    const path = this.path();
    this.meter = new MeterView("", this.peakText);
    this.fader = fader("", this.gainText, this.hand(path, "gain", `${id}/gain`, dbToGain));
    if (!master)
      for (const [band, caption] of KNOBS) this.knobs.set(band, this.bandKnob(band, caption));
    this.pan = master ? null : knob({ ...this.hand(path, "pan", `${id}/pan`), ...PAN });
    this.mute = master ? null : this.button("M", "mute");
    this.solo = master ? null : this.button("S", "solo");
    this.reductions = master ? new Reductions([["compressor", "Comp"], ["limiter", "Limit"]]) : null;
    this.extras = master ? null : new StripExtras(id, kind, desk);
    this.inserts = master ? new InsertChips(id, path, desk) : null;
    this.reductionBar = master ? null : h("div", { class: "mb-strip-reduction", title: "Gain reduction, full at 12 dB", "aria-hidden": "true" });
    const pan = this.pan?.element;
    pan?.classList.add("mb-pan");
    pan?.addEventListener("pointerenter", () => put(pan, "title", panLaw(desk.channels(id))));
    this.element = h(
      "section",
      { class: `mb-strip mb-strip-${kind}`, "data-strip": id },
      h("header", {}, this.name, h("span", { class: "mb-kind" }, KIND[kind])),
      this.extras?.above,
      this.inserts ? h("div", { class: "mb-chips" }, this.inserts.element) : null,
      h("div", { class: "mb-eq" }, ...[...this.knobs.values()].map((view) => view.element), this.reductions?.element),
      h("div", { class: "mb-set" }, h("div", { class: "mb-pan-row" }, pan), h("div", { class: "mb-buttons" }, this.mute, this.solo)),
      h("div", { class: "mb-level" }, this.fader.element, this.reductionBar, this.meter.element),
      h("footer", {}, this.gainText, this.peakText),
      this.extras?.output,
    );
    this.name.addEventListener("click", () => desk.select(id));
    this.name.addEventListener("dblclick", () => this.rename());
    this.element.addEventListener("pointerdown", () => desk.select(id));
  }

  /** Show what the document says. */
  update(strip: Shown): void {
    if (this.shown === strip && this.locked === this.desk.readonly) return;
    this.shown = strip;
    this.locked = this.desk.readonly;
    const { name } = strip;
    write(this.name, name);
    paint(this.element, "--mb-color", strip.color);
    put(this.element, "aria-label", name);
    this.fader.slider.label(`${name} gain`);
    this.fader.slider.update(Math.round(gainToDb(strip.gain) * 1e4) / 1e4);
    this.meter.label(`${name} level`);
    for (const [band, view] of this.knobs) {
      view.slider.label(`${name} ${band}`);
      const found = strip.eq?.bands.find((item) => item.id === band);
      view.slider.disabled = this.desk.readonly || !found;
      view.slider.update(found?.gain ?? 0);
      view.element.classList.toggle("mb-bypassed", strip.eq?.enabled === false);
    }
    this.inserts?.update(name, strip.inserts ?? []);
    this.pan?.slider.label(`${name} pan`);
    this.pan?.slider.update(strip.pan ?? 0);
    this.toggle(this.mute, `${name} mute`, strip.mute ?? false);
    this.toggle(this.solo, `${name} solo`, strip.solo ?? false);
    this.element.classList.toggle("mb-muted", strip.mute ?? false);
    this.element.classList.toggle("mb-soloed", strip.solo ?? false);
    this.fader.slider.disabled = this.desk.readonly;
    if (this.pan) this.pan.slider.disabled = this.desk.readonly;
    put(this.name, "title", name);
  }

  /** Show inserts, sends and where the strip goes; buses may have been renamed although the strip has not changed. */
  route(strip: Strip, session: Snapshot): void {
    this.extras?.update(strip, session);
  }

  /** Show how much the strip's compressor turns down, in dB at most 0. */
  reduce(db: number): void {
    const size = `100% ${Math.min(100, (-db / REDUCTION_DB) * 100).toFixed(0)}%`;
    if (this.reductionBar && this.reductionBar.style.backgroundSize !== size) this.reductionBar.style.backgroundSize = size;
  }

  /** Colour the control a peer's hand is on; null takes the colour away. */
  touched(parameter: string, who: { name: string; color: string } | null): void {
    const band = /^eq\/([^/]+)\/gain$/.exec(parameter)?.[1] ?? "";
    const control =
      parameter === "gain" ? this.fader.element : parameter === "pan" ? this.pan?.element : this.knobs.get(band)?.element;
    if (!control) return;
    control.classList.toggle("mb-touched", who !== null);
    control.dataset["peer"] = who?.name ?? "";
    if (who) control.style.setProperty("--mb-peer", who.color);
  }

  /** Light up the strip whose details are shown. */
  set selected(selected: boolean) {
    this.element.classList.toggle("mb-selected", selected);
    put(this.name, "aria-pressed", selected);
  }

  /** Show where automation has the fader while it plays. */
  follow(gain: number | null): void {
    if (gain !== null) this.fader.slider.update(Math.round(gainToDb(gain) * 10) / 10);
    else if (this.shown) this.fader.slider.update(Math.round(gainToDb(this.shown.gain) * 1e4) / 1e4);
  }

  /** Let the name be typed over where it stands. */
  rename(): void {
    const { desk, id, shown } = this;
    if (this.kind === "master" || desk.readonly || !shown) return;
    openName(this.name, `${shown.name} new name`, shown.name, (typed) => renameStrip(desk.session, id, typed));
  }

  private path(): Path {
    return this.kind === "master" ? ["master"] : [this.kind, this.id];
  }

  private hand(
    path: Path,
    field: string,
    place: string,
    stored: (value: number) => number = (value) => value,
  ): Pick<SliderOptions, "onInput" | "onEnd" | "onTouch"> {
    const gesture = new Gesture(this.desk.session);
    const { rider } = this.desk;
    return {
      onInput: (value) => {
        if (!rider.move(place, stored(value))) gesture.move((edit) => edit.set(path, field, stored(value)));
      },
      onEnd: () => {
        if (!rider.release()) gesture.end();
      },
      onTouch: (touched, value) => {
        this.desk.touch(touched ? place : null);
        if (touched) rider.touch(place, stored(value));
      },
    };
  }

  private bandKnob(band: string, caption: string): KnobView {
    const path: Path = [this.kind as "tracks", this.id, "eq", "bands", band];
    return knob({ ...this.hand(path, "gain", `${this.id}/eq/${band}/gain`), ...BAND, label: band, caption });
  }

  private button(caption: string, field: "mute" | "solo"): HTMLButtonElement {
    const button = h("button", { class: `mb-toggle mb-${field}`, type: "button", role: "button" }, caption);
    button.addEventListener("click", () => {
      if (!this.desk.readonly) toggleStrip(this.desk.session, this.id, field);
    });
    return button;
  }

  private toggle(button: HTMLButtonElement | null, label: string, on: boolean): void {
    if (!button) return;
    put(button, "aria-label", label);
    put(button, "aria-pressed", on);
    button.disabled = this.desk.readonly;
  }
}

/** At this reduction the strip's bar is full. */
const REDUCTION_DB = 12;
const KIND: Record<StripKind, string> = { tracks: "", buses: "bus", master: "" };
const PAN = {
  label: "pan",
  caption: "Pan",
  minimum: -1,
  maximum: 1,
  initial: 0,
  step: 0.05,
  page: 0.25,
  unit: "pan" as const,
  format: formatPan,
};
const BAND = {
  minimum: -24,
  maximum: 24,
  initial: 0,
  step: 0.5,
  page: 3,
  unit: "dB" as const,
  format: (db: number) => (db <= FADER_FLOOR_DB ? "-∞" : `${formatDb(db)} dB`),
};

/** What the panner does, as Web Audio defines it. */
export function panLaw(channels: number): string {
  return channels === 1
    ? "Pan law, mono: equal power, -3 dB in the middle"
    : "Pan law, stereo: 0 dB in the middle; the side panned away from is folded over by equal power";
}

/** The master as a strip. */
export function masterShown(master: Master): Shown {
  return { name: "Master", color: "var(--jp-brand-color1, #1976d2)", gain: master.gain, inserts: master.inserts };
}
