// The equalizer's curve, drawn as wide as there is room; its bands are handles to drag.
import type { Path, SharedSession } from "./document";
import { h, put, svg } from "./dom";
import { drag } from "./drag";
import { Gesture } from "./gesture";
import type { Band, Equalizer } from "./model";
import { responseDb } from "./response";
import { formatDb, formatHz } from "./scale";

const RANGE_DB = 24;
const LOWEST_HZ = 20;
const HIGHEST_HZ = 20000;
const HAS_GAIN = new Set(["lowshelf", "highshelf", "peaking"]);

/** What is left free above the greatest gain and below the least, in pixels. */
const EDGE = 8;
/** The curve is computed at every other pixel. */
const STEP = 2;

/** Where frequencies and gains lie on a plot of some size, and what lies at a place of it. */
export class EqScale {
  constructor(
    readonly width: number,
    readonly height: number,
  ) {}

  x(hz: number): number {
    return (Math.log(hz / LOWEST_HZ) / Math.log(HIGHEST_HZ / LOWEST_HZ)) * this.width;
  }

  hz(x: number): number {
    return LOWEST_HZ * (HIGHEST_HZ / LOWEST_HZ) ** inside(x / this.width, 0, 1);
  }

  y(db: number): number {
    return this.height / 2 - (inside(db, -RANGE_DB, RANGE_DB) / RANGE_DB) * (this.height / 2 - EDGE);
  }

  db(y: number): number {
    return inside(((this.height / 2 - y) / (this.height / 2 - EDGE)) * RANGE_DB, -RANGE_DB, RANGE_DB);
  }
}

function inside(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

const LINES_HZ = [50, 100, 200, 500, 1000, 2000, 5000, 10000];
const LINES_DB = [-18, -12, -6, 0, 6, 12, 18];
const LABELLED_DB = new Set([-12, 0, 12]);

export class EqCurve {
  readonly element: HTMLElement;
  private readonly grid = svg("g", { class: "mb-curve-grid" });
  private readonly line = svg("path", { class: "mb-curve" });
  private readonly area = svg("path", { class: "mb-curve-area" });
  private readonly handles = svg("g");
  private readonly root: SVGSVGElement;
  private readonly byId = new Map<string, SVGGElement>();
  private readonly gesture: Gesture;
  private scale = new EqScale(400, 172);
  private eq: Equalizer | null = null;
  private sampleRate = 44100;

  constructor(
    private readonly path: Path,
    private readonly name: () => string,
    session: SharedSession,
    private readonly readonly: () => boolean,
  ) {
    this.gesture = new Gesture(session);
    const parts = [this.grid, this.area, this.line, this.handles];
    this.root = svg("svg", { class: "mb-plot mb-plot-wide", role: "group", "aria-label": "Equalizer curve" }, ...parts);
    this.element = h("div", { class: "mb-plot-box" });
    this.element.append(this.root);
    this.rule();
    new ResizeObserver(() => this.resize()).observe(this.root);
  }

  update(eq: Equalizer | null, sampleRate: number): void {
    this.eq = eq;
    this.sampleRate = sampleRate;
    this.root.classList.toggle("mb-bypassed", !eq?.enabled);
    this.draw();
    const wanted = new Set(this.bands.map((band) => band.id));
    for (const [id, handle] of this.byId) {
      if (wanted.has(id)) continue;
      handle.remove();
      this.byId.delete(id);
    }
    this.bands.forEach((band, index) => this.place(band, index));
  }

  private get bands(): Band[] {
    return this.eq?.bands ?? [];
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.root;
    if (width === 0 || (width === this.scale.width && height === this.scale.height)) return;
    this.scale = new EqScale(width, height);
    this.rule();
    this.draw();
    this.bands.forEach((band, index) => this.place(band, index));
  }

  /** Draw the lines behind the curve. */
  private rule(): void {
    const { scale } = this;
    const { width, height } = scale;
    const text = (x: number, y: number, said: string): SVGTextElement => {
      const element = svg("text", { x, y });
      element.textContent = said;
      return element;
    };
    this.grid.replaceChildren(
      ...LINES_HZ.map((hz) => svg("line", { x1: scale.x(hz), x2: scale.x(hz), y1: 0, y2: height })),
      ...LINES_DB.map((db) => svg("line", { x1: 0, x2: width, y1: scale.y(db), y2: scale.y(db), class: db === 0 ? "mb-zero" : LABELLED_DB.has(db) ? "" : "mb-between" })),
      ...LINES_HZ.map((hz) => text(scale.x(hz) + 3, height - 4, hz >= 1000 ? `${hz / 1000}k` : String(hz))),
      ...LINES_DB.filter((db) => LABELLED_DB.has(db)).map((db) => text(4, scale.y(db) - 3, db > 0 ? `+${db}` : String(db))),
    );
  }

  private draw(): void {
    const { scale, bands, sampleRate } = this;
    const zero = scale.y(0);
    const points = Array.from({ length: Math.ceil(scale.width / STEP) + 1 }, (_, index) => {
      const x = index * STEP;
      const db = bands.reduce((sum, band) => sum + responseDb(band, scale.hz(x), sampleRate), 0);
      return `${x} ${scale.y(db).toFixed(1)}`;
    });
    this.line.setAttribute("d", `M${points.join("L")}`);
    this.area.setAttribute("d", `M0 ${zero}L${points.join("L")}L${scale.width} ${zero}Z`);
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
    put(handle, "transform", `translate(${this.scale.x(Math.max(LOWEST_HZ, band.frequency)).toFixed(1)} ${this.scale.y(gain).toFixed(1)})`);
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
    const hz = inside(frequency, LOWEST_HZ, HIGHEST_HZ);
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
      const { scale } = this;
      this.set(id, scale.hz(move.clientX - box.left), HAS_GAIN.has(band.type) ? scale.db(move.clientY - box.top) : null);
    };
    drag(handle, event, onMove, () => {
      this.gesture.end();
    });
  }

  private onKey(id: string, event: KeyboardEvent): void {
    const band = this.bands.find((item) => item.id === id);
    if (!band || this.readonly() || event.ctrlKey || event.metaKey) return;
    const gain = HAS_GAIN.has(band.type) ? band.gain : null;
    const raised = (by: number): number | null => (gain === null ? null : inside(gain + by, -RANGE_DB, RANGE_DB));
    if (event.key === "ArrowLeft") this.set(id, band.frequency / 2 ** (1 / 12), gain);
    else if (event.key === "ArrowRight") this.set(id, band.frequency * 2 ** (1 / 12), gain);
    else if (event.key === "ArrowUp") this.set(id, band.frequency, raised(0.5));
    else if (event.key === "ArrowDown") this.set(id, band.frequency, raised(-0.5));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
