// What a strip shows above its knobs: its equalizer's response, its inserts, its sends; and below, where it goes.
import type { Path } from "./document";
import { h, paint, pick, put, svg, write } from "./dom";
import { Gesture } from "./gesture";
import { InsertChips } from "./insert_chips";
import type { Send, Snapshot, Strip } from "./model";
import { responseDb } from "./response";
import { dbToGain, dbToPosition, FADER_FLOOR_DB, formatDb, gainToDb, positionToDb } from "./scale";
import { Slider } from "./slider";
import type { Desk } from "./strip";

const WIDTH = 82;
const HEIGHT = 28;
const RANGE_DB = 15;
const POINTS = 41;

/** The path of an equalizer's response from 20 Hz to 20 kHz, 15 dB up and down. */
export function responsePath(strip: Pick<Strip, "eq">, sampleRate: number): string {
  const bands = strip.eq?.bands ?? [];
  const points = Array.from({ length: POINTS }, (_, index) => {
    const share = index / (POINTS - 1);
    const db = bands.reduce((sum, band) => sum + responseDb(band, 20 * 1000 ** share, sampleRate), 0);
    const y = HEIGHT / 2 - (Math.min(RANGE_DB, Math.max(-RANGE_DB, db)) / RANGE_DB) * (HEIGHT / 2 - 2);
    return `${(share * WIDTH).toFixed(1)} ${y.toFixed(1)}`;
  });
  return `M${points.join("L")}`;
}

export class StripExtras {
  readonly above: HTMLElement;
  readonly output = h("select", { class: "mb-choice mb-output" });
  private readonly line = svg("path", { class: "mb-curve" });
  private readonly curve = h("button", { type: "button", class: "mb-mini" });
  private readonly rows = h("div", { class: "mb-chips" });
  private readonly sliders = new Map<string, { slider: Slider; name: HTMLElement }>();
  private readonly inserts: InsertChips;
  private readonly path: Path;
  private key = "";
  private curveKey = "";
  /** What is shown now. */
  private shown: readonly unknown[] = [];

  constructor(
    private readonly id: string,
    kind: "tracks" | "buses",
    private readonly desk: Desk,
  ) {
    this.path = [kind, id];
    this.inserts = new InsertChips(id, this.path, desk);
    this.curve.append(
      svg(
        "svg",
        { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, "aria-hidden": "true" },
        svg("path", { class: "mb-mini-zero", d: `M0 ${HEIGHT / 2}H${WIDTH}` }),
        this.line,
      ),
    );
    this.curve.addEventListener("click", () => desk.open(id));
    this.above = h("div", { class: "mb-above" }, this.curve, this.rows);
    this.output.addEventListener("change", () => desk.session.edit((edit) => edit.set(this.path, "output", this.output.value)));
    this.output.addEventListener("pointerdown", (event) => event.stopPropagation());
  }

  update(strip: Pick<Strip, "name" | "eq" | "inserts" | "sends" | "output">, session: Snapshot): void {
    this.inserts.update(strip.name, strip.inserts); // how they are heard changes without the session
    const now = [strip, session.buses, session.sample_rate, this.desk.readonly];
    if (now.every((item, index) => item === this.shown[index])) return;
    this.shown = now;
    this.showCurve(strip, session.sample_rate);
    const buses = session.buses.filter((bus) => bus.id !== this.id);
    const shape = JSON.stringify([strip.sends.map(({ bus }) => bus), buses.map(({ id, name, color }) => [id, name, color])]);
    if (shape !== this.key) {
      this.key = shape;
      this.build(strip, session);
      this.output.replaceChildren(...[{ id: "master", name: "Master" }, ...buses].map(({ id, name }) => h("option", { value: id }, `→ ${name}`)));
    }
    put(this.output, "aria-label", `${strip.name} routing`);
    this.output.title = "Where this strip goes";
    pick(this.output, strip.output);
    this.output.disabled = this.desk.readonly;
    paint(this.output, "--mb-to", buses.find(({ id }) => id === strip.output)?.color ?? "var(--mb-accent)");
    for (const send of strip.sends) this.showSend(strip.name, send, session);
  }

  private showCurve(strip: Pick<Strip, "name" | "eq">, sampleRate: number): void {
    const key = JSON.stringify([strip.name, strip.eq, sampleRate]);
    if (key === this.curveKey) return;
    this.curveKey = key;
    this.line.setAttribute("d", responsePath(strip, sampleRate));
    this.curve.classList.toggle("mb-bypassed", strip.eq?.enabled !== true);
    put(this.curve, "aria-label", `${strip.name} equalizer`);
    this.curve.title = "Open the equalizer";
  }

  private build(strip: Pick<Strip, "sends">, session: Snapshot): void {
    this.sliders.clear();
    const sends = strip.sends.map((send) => this.sendRow(send, session.buses.find(({ id }) => id === send.bus)?.color));
    this.rows.replaceChildren(this.inserts.element, ...sends);
  }

  private sendRow(send: Send, color = "var(--mb-accent)"): HTMLElement {
    const { desk } = this;
    const gesture = new Gesture(desk.session);
    const at = [...this.path, "sends", send.bus] as unknown as Path;
    const place = `${this.id}/sends/${send.bus}/gain`;
    const name = h("span", { class: "mb-send-name" });
    const bar = h("div", { class: "mb-chip mb-send-bar" }, name);
    bar.style.setProperty("--mb-to", color);
    const slider = new Slider(
      bar,
      {
        label: "",
        minimum: FADER_FLOOR_DB,
        maximum: 12,
        initial: 0,
        step: 0.5,
        page: 3,
        unit: "dB",
        orientation: "horizontal",
        format: (db) => `${formatDb(db)} dB`,
        toPosition: dbToPosition,
        toValue: (position) => Math.round(positionToDb(position) * 10) / 10,
        onInput: (db) => {
          if (!desk.rider.move(place, dbToGain(db))) gesture.move((edit) => edit.set(at, "gain", dbToGain(db)));
        },
        onEnd: () => {
          if (!desk.rider.release()) gesture.end();
        },
        onTouch: (touched, db) => {
          desk.touch(touched ? place : null);
          if (touched) desk.rider.touch(place, dbToGain(db));
        },
      },
      (position, text) => {
        bar.style.backgroundSize = `${(position * 100).toFixed(1)}% 100%`;
        bar.title = text;
      },
    );
    this.sliders.set(send.bus, { slider, name });
    return bar;
  }

  private showSend(strip: string, send: Send, session: Snapshot): void {
    const row = this.sliders.get(send.bus);
    if (!row) return;
    const bus = session.buses.find(({ id }) => id === send.bus)?.name ?? send.bus;
    row.slider.label(`${strip} to ${bus} level`);
    row.slider.disabled = this.desk.readonly;
    row.slider.update(Math.round(gainToDb(send.gain) * 1e4) / 1e4);
    write(row.name, `${send.pre_fader ? "⇢" : "→"} ${bus}`);
  }
}
