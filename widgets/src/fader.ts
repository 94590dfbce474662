// A channel fader with its scale of decibels.
import { h, write } from "./dom";
import { dbToPosition, FADER_FLOOR_DB, FADER_MARKS_DB, FADER_TOP_DB, formatDb, positionToDb } from "./scale";
import { Slider, type SliderOptions } from "./slider";

type Hands = Pick<SliderOptions, "onInput" | "onEnd" | "onTouch">;

export interface FaderView {
  element: HTMLElement;
  slider: Slider;
}

/** A fader in dB; its value text is written into `readout`. */
export function fader(label: string, readout: HTMLElement, hands: Hands): FaderView {
  const cap = h("div", { class: "mb-fader-cap" });
  const fill = h("div", { class: "mb-fader-fill" });
  const track = h("div", { class: "mb-fader" }, h("div", { class: "mb-fader-slot" }, fill), cap);
  const marks = h("div", { class: "mb-scale", "aria-hidden": "true" });
  for (const db of FADER_MARKS_DB) {
    const mark = h("span", {}, h("i"), String(Math.abs(db)));
    mark.style.bottom = `${dbToPosition(db) * 100}%`;
    if (db === 0) mark.className = "mb-scale-zero";
    marks.append(mark);
  }
  const slider = new Slider(
    track,
    {
      ...hands,
      label,
      minimum: FADER_FLOOR_DB,
      maximum: FADER_TOP_DB,
      initial: 0,
      step: 0.5,
      page: 3,
      unit: "dB",
      format: (db) => `${formatDb(db)} dB`,
      toPosition: dbToPosition,
      toValue: (position) => Math.round(positionToDb(position) * 10) / 10,
    },
    (position, text) => {
      cap.style.bottom = `${position * 100}%`;
      fill.style.height = `${position * 100}%`;
      write(readout, text.replace(" dB", ""));
    },
  );
  readout.title = "Double click to type the level";
  readout.addEventListener("dblclick", () => slider.type());
  return { element: h("div", { class: "mb-fader-box" }, track, marks), slider };
}
