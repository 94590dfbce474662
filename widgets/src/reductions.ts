// How much a strip's compressor and limiter turn down, as short bars.
import { h, paint, write } from "./dom";

const FULL_DB = 12;

export class Reductions {
  readonly element: HTMLElement;
  private readonly rows: { stage: string; bar: HTMLElement; text: HTMLElement }[];

  constructor(stages: readonly (readonly [stage: string, caption: string])[]) {
    this.rows = stages.map(([stage]) => ({ stage, bar: h("i"), text: h("span") }));
    this.element = h(
      "div",
      { class: "mb-reductions", title: "Gain reduction in dB", "aria-hidden": "true" },
      ...stages.map(([, caption], index) => {
        const row = this.rows[index] as (typeof this.rows)[number];
        return h("div", {}, h("b", {}, caption), row.bar, row.text);
      }),
    );
    this.meter(() => 0);
  }

  /** Show each stage's reduction in dB, at most 0. */
  meter(reduction: (stage: string) => number): void {
    for (const { stage, bar, text } of this.rows) {
      const db = reduction(stage);
      paint(bar, "--mb-amount", Math.min(1, -db / FULL_DB).toFixed(3));
      write(text, db < -0.05 ? db.toFixed(1) : "0.0");
    }
  }
}
