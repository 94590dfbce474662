// A compressor's static curve, drawn, with a bar of how much it turns down.
import { h, put, svg, write } from "./dom";
import type { Compressor } from "./model";
import { compressionDb } from "./response";

const FLOOR_DB = -60;
const SIDE = 150;

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
    write(this.label, text);
  }
}
