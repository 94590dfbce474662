// A titled part of the strip panel, and what it shows.
import { h } from "./dom";
import type { Master, Strip } from "./model";

export type Shown = (Strip & { kind: "tracks" | "buses" }) | (Master & { kind: "master"; id: "master"; name: string; color: string });

export function section(title: string, heads: HTMLElement | null | readonly (HTMLElement | null)[], ...children: (HTMLElement | null)[]): HTMLElement {
  return h("section", { class: "mb-section" }, h("h4", {}, title, ...[heads].flat()), ...children);
}

export function labelled(text: string, control: HTMLElement): HTMLElement {
  return h("label", { class: "mb-labelled" }, text, control);
}
