// Everything of one strip: equalizer, compressor, sends, inserts, with their curves.
import { CompressorCurve, EqCurve } from "./curves";
import type { Path } from "./document";
import { h, put, write } from "./dom";
import { Gesture } from "./gesture";
import { knob } from "./knob";
import type { Compressor, Snapshot, Strip } from "./model";
import { dbToGain, formatDb, formatHz, formatSeconds, gainToDb } from "./scale";
import type { Plain } from "./schema";
import { labelled, section, type Shown } from "./section";
import type { SliderOptions } from "./slider";
import type { Desk } from "./strip";
import { identity } from "./identity";
import { hasTwin } from "./twins";

type Range = Pick<SliderOptions, "minimum" | "maximum" | "initial" | "step" | "page" | "format"> &
  Partial<Pick<SliderOptions, "toPosition" | "toValue">>;

const plainNumber = (value: number): string => String(Number(value.toFixed(2)));
const dB = (value: number): string => `${formatDb(value)} dB`;
const HZ: Range = {
  minimum: 20,
  maximum: 20000,
  initial: 1000,
  step: 10,
  page: 200,
  format: formatHz,
  toPosition: (hz) => Math.log(Math.max(20, hz) / 20) / Math.log(1000),
  toValue: (position) => Math.round(20 * 1000 ** position),
};
const GAIN: Range = { minimum: -24, maximum: 24, initial: 0, step: 0.5, page: 3, format: dB };
const Q: Range = { minimum: 0.1, maximum: 20, initial: 1, step: 0.1, page: 1, format: plainNumber, ...log(0.1, 20) };
const LEVEL: Range = { minimum: -72, maximum: 12, initial: 0, step: 0.5, page: 3, format: dB };
const COMPRESSOR: Record<"threshold" | "knee" | "ratio" | "attack" | "release", Range> = {
  threshold: { minimum: -100, maximum: 0, initial: -24, step: 0.5, page: 3, format: dB },
  knee: { minimum: 0, maximum: 40, initial: 30, step: 1, page: 5, format: dB },
  ratio: { minimum: 1, maximum: 20, initial: 12, step: 0.1, page: 1, format: (r) => `${plainNumber(r)}:1` },
  attack: { minimum: 0, maximum: 1, initial: 0.003, step: 0.001, page: 0.01, format: formatSeconds, ...power() },
  release: { minimum: 0, maximum: 1, initial: 0.25, step: 0.01, page: 0.05, format: formatSeconds, ...power() },
};
const PARAMS: Record<string, Range> = {
  wet: { minimum: 0, maximum: 1, initial: 0.3, step: 0.02, page: 0.1, format: plainNumber },
  dry: { minimum: 0, maximum: 1, initial: 1, step: 0.02, page: 0.1, format: plainNumber },
  feedback: { minimum: 0, maximum: 0.97, initial: 0.84, step: 0.01, page: 0.05, format: plainNumber },
};

function log(minimum: number, maximum: number): Pick<Range, "toPosition" | "toValue"> {
  const ratio = Math.log(maximum / minimum);
  return { toPosition: (v) => Math.log(v / minimum) / ratio, toValue: (p) => Number((minimum * Math.exp(p * ratio)).toFixed(3)) };
}

function power(): Pick<Range, "toPosition" | "toValue"> {
  return { toPosition: (v) => Math.cbrt(v), toValue: (p) => Number((p ** 3).toFixed(4)) };
}

export class DetailsView {
  readonly element = h("div", { class: "mb-details" });
  private readonly bindings: ((shown: Shown, session: Snapshot) => void)[] = [];
  private readonly meters: { id: string; curve: CompressorCurve }[] = [];
  private structure = "";

  constructor(private readonly desk: Desk) {}

  update(session: Snapshot, selected: string | null): void {
    const shown = find(session, selected);
    const structure = JSON.stringify(shapeOf(shown, session));
    if (structure !== this.structure) {
      this.structure = structure;
      this.bindings.length = this.meters.length = 0;
      this.element.replaceChildren(...(shown ? this.build(shown, session) : [EMPTY()]));
    }
    if (shown) for (const bind of this.bindings) bind(shown, session);
  }

  meter(reduction: (node: string) => number): void {
    for (const { id, curve } of this.meters) curve.meter(reduction(id));
  }

  private build(shown: Shown, session: Snapshot): HTMLElement[] {
    this.element.style.setProperty("--mb-color", shown.color);
    if (shown.kind === "master")
      return [
        this.compressor(shown, ["master"], "compressor", "Compressor", session),
        this.compressor(shown, ["master"], "limiter", "Limiter", session),
      ];
    return [
      identity(shown, [shown.kind, shown.id], this.desk, (bind) => this.bindings.push(bind)),
      this.equalizer(shown, [shown.kind, shown.id]),
      this.compressor(shown, [shown.kind, shown.id], "compressor", "Compressor", session),
      this.routing(shown, [shown.kind, shown.id], session),
    ];
  }

  private equalizer(strip: Strip, path: Path): HTMLElement {
    const curve = new EqCurve(path, () => strip.name, this.desk.session, () => this.desk.readonly);
    const bands = (strip.eq?.bands ?? []).map((band, index) => {
      const at = [...path, "eq", "bands", band.id] as unknown as Path;
      const current = (shown: Shown) => (shown.kind === "master" ? undefined : shown.eq?.bands.find((b) => b.id === band.id));
      return h(
        "div",
        { class: "mb-band" },
        h("span", { class: "mb-band-name" }, `${index + 1}  ${band.id}`),
        this.knob(`${strip.name} ${band.id} frequency`, "Freq", { ...HZ, initial: band.frequency }, at, "frequency", (s) => current(s)?.frequency),
        this.knob(`${strip.name} ${band.id} gain`, "Gain", GAIN, at, "gain", (s) => current(s)?.gain),
        band.type.endsWith("shelf") ? null : this.knob(`${strip.name} ${band.id} Q`, "Q", Q, at, "Q", (s) => current(s)?.Q),
      );
    });
    this.bindings.push((shown, session) => {
      if (shown.kind !== "master") curve.update(shown.eq, session.sample_rate);
    });
    const power = this.power(`${strip.name} EQ`, [...path, "eq"] as unknown as Path, (s) => s.kind !== "master" && s.eq?.enabled === true);
    return section("Equalizer", strip.eq ? power : null, curve.element, h("div", { class: "mb-bands" }, ...bands));
  }

  private compressor(strip: Shown, path: Path, stage: "compressor" | "limiter", title: string, session: Snapshot): HTMLElement {
    const stageOf = (shown: Shown): Compressor | null =>
      stage === "limiter" ? (shown.kind === "master" ? shown.limiter : null) : shown.compressor;
    const at = [...path, stage] as unknown as Path;
    const curve = new CompressorCurve();
    this.meters.push({ id: `${strip.id}/${stage}`, curve });
    this.bindings.push((shown) => curve.update(stageOf(shown)));
    const given = stageOf(strip);
    const knobs = Object.entries(COMPRESSOR).map(([name, range]) =>
      this.knob(`${strip.name} ${stage} ${name}`, name, range, at, name, (shown) => stageOf(shown)?.[name as "ratio"]),
    );
    const key =
      strip.kind === "master"
        ? null
        : this.choice(
            `${strip.name} key`,
            [["", "own signal"], ...others(session, strip.id).map(({ id, name }): [string, string] => [id, name])],
            at,
            "key",
            (shown) => stageOf(shown)?.key ?? "",
          );
    const power = given ? this.power(`${strip.name} ${stage}`, at, (shown) => stageOf(shown)?.enabled === true) : null;
    return section(title, power, curve.element, h("div", { class: "mb-knobs" }, ...knobs), key ? labelled("Key", key) : null);
  }

  private routing(strip: Strip & { kind: "tracks" | "buses" }, path: Path, session: Snapshot): HTMLElement {
    const buses = session.buses.filter((bus) => bus.id !== strip.id);
    const output = this.choice(
      `${strip.name} output`,
      [["master", "Master"], ...buses.map((bus): [string, string] => [bus.id, bus.name])],
      path,
      "output",
      (shown) => (shown.kind === "master" ? "" : shown.output),
    );
    const sends = strip.sends.map((send) => {
      const at = [...path, "sends", send.bus] as unknown as Path;
      const bus = session.buses.find((item) => item.id === send.bus)?.name ?? send.bus;
      const current = (shown: Shown) => (shown.kind === "master" ? undefined : shown.sends.find((s) => s.bus === send.bus));
      return this.knob(`${strip.name} send to ${bus}`, `→ ${bus}`, LEVEL, at, "gain", (s) => gainToDb(current(s)?.gain ?? 0), dbToGain);
    });
    const inserts = strip.inserts.map((insert) => {
      const at = [...path, "inserts", insert.id] as unknown as Path;
      const current = (shown: Shown) => shown.inserts.find((item) => item.id === insert.id);
      const knobs = Object.entries(PARAMS)
        .filter(() => insert.type === "reverb")
        .map(([name, range]) =>
          this.knob(`${strip.name} ${insert.type} ${name}`, name, range, [...at, "params"] as unknown as Path, name, (shown) => {
            const value = current(shown)?.params[name];
            return typeof value === "number" ? value : range.initial;
          }),
        );
      const power = this.power(`${strip.name} ${insert.type}`, at, (shown) => current(shown)?.enabled === true);
      const note = hasTwin(insert.type) ? null : h("span", { class: "mb-note" }, "rendered by the kernel only, not heard here");
      return h("div", { class: "mb-insert" }, h("span", { class: "mb-band-name" }, insert.type), power, ...knobs, note);
    });
    return section("Routing", null, labelled("Output", output), h("div", { class: "mb-knobs" }, ...sends), ...inserts);
  }

  private knob(
    label: string,
    caption: string,
    range: Range,
    path: Path,
    field: string,
    read: (shown: Shown) => number | undefined,
    stored: (value: number) => number = (value) => value,
  ): HTMLElement {
    const gesture = new Gesture(this.desk.session);
    const view = knob({
      ...range,
      label,
      caption,
      onInput: (value) => gesture.move((edit) => edit.set(path, field, stored(value))),
      onEnd: () => gesture.end(),
    });
    this.bindings.push((shown) => {
      const value = read(shown);
      view.slider.disabled = this.desk.readonly || value === undefined;
      if (value !== undefined) view.slider.update(value);
    });
    return view.element;
  }

  private power(label: string, path: Path, read: (shown: Shown) => boolean): HTMLButtonElement {
    const button = h("button", { type: "button", class: "mb-power", "aria-label": `${label} on` }, "On");
    let on = false;
    button.addEventListener("click", () => this.desk.session.edit((edit) => edit.set(path, "enabled", !on)));
    this.bindings.push((shown) => {
      on = read(shown);
      put(button, "aria-pressed", on);
      write(button, on ? "On" : "Off");
      button.disabled = this.desk.readonly;
    });
    return button;
  }

  private choice(
    label: string,
    options: [value: string, text: string][],
    path: Path,
    field: string,
    read: (shown: Shown) => string,
  ): HTMLSelectElement {
    const select = h("select", { class: "mb-choice", "aria-label": label }, ...options.map(([value, text]) => h("option", { value }, text)));
    select.addEventListener("change", () => {
      const value: Plain = select.value === "" ? null : select.value;
      this.desk.session.edit((edit) => edit.set(path, field, value));
    });
    this.bindings.push((shown) => {
      select.value = read(shown);
      select.disabled = this.desk.readonly;
    });
    return select;
  }
}

const EMPTY = (): HTMLElement => h("p", { class: "mb-hint" }, "Select a strip to see its equalizer, compressor and sends.");

function others(session: Snapshot, id: string): Strip[] {
  return [...session.tracks, ...session.buses].filter((strip) => strip.id !== id);
}

function find(session: Snapshot, id: string | null): Shown | null {
  if (id === "master") return { ...session.master, kind: "master", id, name: "Master", color: "var(--mb-accent)" };
  const track = session.tracks.find((strip) => strip.id === id);
  if (track) return { ...track, kind: "tracks" };
  const bus = session.buses.find((strip) => strip.id === id);
  return bus ? { ...bus, kind: "buses" } : null;
}

/** What the panel is built from; when only values change, it is not rebuilt. */
function shapeOf(shown: Shown | null, session: Snapshot): unknown {
  if (!shown) return null;
  const names = [...session.tracks, ...session.buses].map((strip) => [strip.id, strip.name]);
  const inserts = shown.inserts.map((insert) => [insert.id, insert.type]);
  if (shown.kind === "master") return ["master", inserts, shown.compressor === null, shown.limiter === null];
  const bands = shown.eq?.bands.map((band) => [band.id, band.type]) ?? null;
  return [shown.kind, shown.id, shown.color, names, bands, shown.sends.map((send) => send.bus), inserts, shown.compressor === null];
}
