// The equalizer's and the compressor's curves, drawn; the equalizer's bands are handles to drag.
import type { Path, SharedSession } from "./document";
import { h, put, svg } from "./dom";
import { drag } from "./drag";
import { Gesture } from "./gesture";
import type { Band, Compressor, Equalizer } from "./model";
import { compressionDb, responseDb } from "./response";
import { formatDb, formatHz } from "./scale";

const WIDTH = 360;
const HEIGHT = 150;
const RANGE_DB = 24;
const LOWEST_HZ = 20;
const HIGHEST_HZ = 20000;
const HAS_GAIN = new Set(["lowshelf", "highshelf", "peaking"]);

const xOf = (hz: number): number => (Math.log(hz / LOWEST_HZ) / Math.log(HIGHEST_HZ / LOWEST_HZ)) * WIDTH;
const hzOf = (x: number): number => LOWEST_HZ * (HIGHEST_HZ / LOWEST_HZ) ** Math.min(1, Math.max(0, x / WIDTH));
const yOf = (db: number): number => HEIGHT / 2 - (Math.min(RANGE_DB, Math.max(-RANGE_DB, db)) / RANGE_DB) * (HEIGHT / 2 - 8);
const dbOf = (y: number): number => Math.min(RANGE_DB, Math.max(-RANGE_DB, ((HEIGHT / 2 - y) / (HEIGHT / 2 - 8)) * RANGE_DB));

export class EqCurve {
  readonly element: HTMLElement;
  private readonly line = svg("path", { class: "mb-curve" });
  private readonly area = svg("path", { class: "mb-curve-area" });
  private readonly handles = svg("g");
  private readonly root: SVGSVGElement;
  private readonly byId = new Map<string, SVGGElement>();
  private readonly gesture: Gesture;
  private bands: Band[] = [];

  constructor(
    private readonly path: Path,
    private readonly name: () => string,
    session: SharedSession,
    private readonly readonly: () => boolean,
  ) {
    this.gesture = new Gesture(session);
    const grid = svg("g", { class: "mb-curve-grid" });
    for (const hz of [50, 100, 200, 500, 1000, 2000, 5000, 10000]) {
      grid.append(svg("line", { x1: xOf(hz), x2: xOf(hz), y1: 0, y2: HEIGHT }));
      const text = svg("text", { x: xOf(hz) + 2, y: HEIGHT - 3 });
      text.textContent = hz >= 1000 ? `${hz / 1000}k` : String(hz);
      grid.append(text);
    }
    for (const db of [-12, 0, 12]) {
      grid.append(svg("line", { x1: 0, x2: WIDTH, y1: yOf(db), y2: yOf(db), class: db === 0 ? "mb-zero" : "" }));
      const text = svg("text", { x: 3, y: yOf(db) - 2 });
      text.textContent = db > 0 ? `+${db}` : String(db);
      grid.append(text);
    }
    this.root = svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "mb-plot", role: "group", "aria-label": "Equalizer curve" },
      grid,
      this.area,
      this.line,
      this.handles,
    );
    this.element = h("div", { class: "mb-plot-box" });
    this.element.append(this.root);
  }

  update(eq: Equalizer | null, sampleRate: number): void {
    this.bands = eq?.bands ?? [];
    this.root.classList.toggle("mb-bypassed", !eq?.enabled);
    const points: string[] = [];
    for (let x = 0; x <= WIDTH; x += 2) {
      const db = this.bands.reduce((sum, band) => sum + responseDb(band, hzOf(x), sampleRate), 0);
      points.push(`${x} ${yOf(db).toFixed(1)}`);
    }
    this.line.setAttribute("d", `M${points.join("L")}`);
    this.area.setAttribute("d", `M0 ${yOf(0)}L${points.join("L")}L${WIDTH} ${yOf(0)}Z`);
    const wanted = new Set(this.bands.map((band) => band.id));
    for (const [id, handle] of this.byId) {
      if (wanted.has(id)) continue;
      handle.remove();
      this.byId.delete(id);
    }
    this.bands.forEach((band, index) => this.place(band, index));
  }

  private place(band: Band, index: number): void {
    let handle = this.byId.get(band.id);
    if (!handle) {
      handle = svg("g", { class: "mb-handle", role: "slider", tabindex: 0 }, svg("circle", { r: 7 }), svg("text", { y: 3 }));
      handle.addEventListener("pointerdown", (event) => this.drag(band.id, event));
      handle.addEventListener("keydown", (event) => this.onKey(band.id, event));
      handle.addEventListener("keyup", () => this.gesture.end());
      this.byId.set(band.id, handle);
      this.handles.append(handle);
    }
    const gain = HAS_GAIN.has(band.type) ? band.gain : 0;
    put(handle, "transform", `translate(${xOf(Math.max(LOWEST_HZ, band.frequency)).toFixed(1)} ${yOf(gain).toFixed(1)})`);
    put(handle, "aria-label", `${this.name()} ${band.id} band`);
    put(handle, "aria-disabled", this.readonly());
    put(handle, "aria-valuenow", Number(band.frequency.toFixed(1)));
    put(handle, "aria-valuemin", LOWEST_HZ);
    put(handle, "aria-valuemax", HIGHEST_HZ);
    put(handle, "aria-valuetext", `${formatHz(band.frequency)}, ${formatDb(gain)} dB`);
    (handle.lastElementChild as Element).textContent = String(index + 1);
  }

  private set(id: string, frequency: number, gain: number | null): void {
    const path = [...this.path, "eq", "bands", id] as unknown as Path;
    const hz = Math.min(HIGHEST_HZ, Math.max(LOWEST_HZ, frequency));
    this.gesture.move((edit) => {
      edit.set(path, "frequency", Math.round(hz * 10) / 10);
      if (gain !== null) edit.set(path, "gain", Math.round(gain * 10) / 10);
    });
  }

  private drag(id: string, event: PointerEvent): void {
    const handle = this.byId.get(id);
    if (event.button !== 0 || !handle || this.readonly()) return;
    event.preventDefault();
    handle.focus({ preventScroll: true });
    const box = this.root.getBoundingClientRect();
    const onMove = (move: PointerEvent): void => {
      const band = this.bands.find((item) => item.id === id);
      if (!band) return;
      const x = ((move.clientX - box.left) / box.width) * WIDTH;
      const y = ((move.clientY - box.top) / box.height) * HEIGHT;
      this.set(id, hzOf(x), HAS_GAIN.has(band.type) ? dbOf(y) : null);
    };
    drag(handle, event, onMove, () => {
      this.gesture.end();
    });
  }

  private onKey(id: string, event: KeyboardEvent): void {
    const band = this.bands.find((item) => item.id === id);
    if (!band || this.readonly() || event.ctrlKey || event.metaKey) return;
    const gain = HAS_GAIN.has(band.type) ? band.gain : null;
    const raised = (by: number): number | null => (gain === null ? null : Math.min(RANGE_DB, Math.max(-RANGE_DB, gain + by)));
    if (event.key === "ArrowLeft") this.set(id, band.frequency / 2 ** (1 / 12), gain);
    else if (event.key === "ArrowRight") this.set(id, band.frequency * 2 ** (1 / 12), gain);
    else if (event.key === "ArrowUp") this.set(id, band.frequency, raised(0.5));
    else if (event.key === "ArrowDown") this.set(id, band.frequency, raised(-0.5));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

const FLOOR_DB = -60;
const SIDE = 150;

/** A compressor's static curve with a bar of how much it turns down. */
export class CompressorCurve {
  readonly element: HTMLElement;
  private readonly root: SVGSVGElement;
  private readonly line = svg("path", { class: "mb-curve" });
  private readonly reduction = svg("rect", { class: "mb-reduction", x: SIDE + 6, y: 0, width: 8, height: 0 });
  private readonly label = h("span", { class: "mb-reduction-text" });
  private key = "";

  constructor() {
    const grid = svg("g", { class: "mb-curve-grid" });
    for (const db of [-48, -36, -24, -12]) {
      const at = SIDE * (1 - db / FLOOR_DB);
      grid.append(svg("line", { x1: at, x2: at, y1: 0, y2: SIDE }), svg("line", { x1: 0, x2: SIDE, y1: SIDE - at, y2: SIDE - at }));
    }
    grid.append(svg("line", { x1: 0, y1: SIDE, x2: SIDE, y2: 0, class: "mb-zero" }));
    this.root = svg(
      "svg",
      { viewBox: `0 0 ${SIDE + 16} ${SIDE}`, class: "mb-plot mb-plot-square", role: "img", "aria-label": "Compressor curve" },
      grid,
      this.line,
      svg("rect", { class: "mb-reduction-slot", x: SIDE + 6, y: 0, width: 8, height: SIDE }),
      this.reduction,
    );
    this.element = h("div", { class: "mb-plot-box mb-plot-square-box" });
    this.element.append(this.root, this.label);
  }

  update(settings: Compressor | null): void {
    this.root.classList.toggle("mb-bypassed", !settings?.enabled);
    const key = JSON.stringify([settings?.threshold, settings?.knee, settings?.ratio]);
    if (!settings || key === this.key) return;
    this.key = key;
    const out = compressionDb(settings);
    const points: string[] = [];
    for (let db = FLOOR_DB; db <= 0; db += 1) {
      const y = Math.min(FLOOR_DB * -1, Math.max(0, out(db) - FLOOR_DB));
      points.push(`${(SIDE * (1 - db / FLOOR_DB)).toFixed(1)} ${(SIDE * (1 - y / -FLOOR_DB)).toFixed(1)}`);
    }
    this.line.setAttribute("d", `M${points.join("L")}`);
  }

  /** Show the reduction in dB, at most 0. */
  meter(reductionDb: number): void {
    const height = Math.min(SIDE, (-reductionDb / 24) * SIDE);
    put(this.reduction, "height", height.toFixed(1));
    const text = `${reductionDb < -0.05 ? reductionDb.toFixed(1) : "0.0"} dB`;
    if (this.label.textContent !== text) this.label.textContent = text;
  }
}
