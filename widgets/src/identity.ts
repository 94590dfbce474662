// What a track or bus is: its name, its colour, the clips one may add to it, and its end.
import { newId } from "./controls";
import type { Path } from "./document";
import { h, put, write } from "./dom";
import { icon } from "./icons";
import type { Strip } from "./model";
import { withDefaults } from "./schema";
import { labelled, section, type Shown } from "./section";
import { type Desk, panLaw } from "./strip";

type Bind = (bind: (shown: Shown) => void) => void;

export function identity(strip: Strip & { kind: "tracks" | "buses" }, path: Path, desk: Desk, bind: Bind): HTMLElement {
  const name = h("input", { class: "mb-field", type: "text", "aria-label": `${strip.name} name` });
  const color = h("input", { class: "mb-color", type: "color", "aria-label": `${strip.name} color` });
  const what = strip.kind === "tracks" ? "track" : "bus";
  const remove = h("button", { type: "button", class: "mb-small", "aria-label": `Delete ${strip.name}`, title: `Delete this ${what}` }, icon("trash"));
  name.addEventListener("change", () => {
    const text = name.value.trim();
    if (text) desk.session.edit((edit) => edit.set(path, "name", text));
  });
  color.addEventListener("change", () => desk.session.edit((edit) => edit.set(path, "color", color.value)));
  remove.addEventListener("click", () => desk.session.edit((edit) => edit.remove([strip.kind], strip.id)));
  bind((shown) => {
    if (document.activeElement !== name) name.value = shown.name;
    if (/^#[0-9a-f]{6}$/i.test(shown.color)) color.value = shown.color;
    for (const control of [name, color, remove]) control.disabled = desk.readonly;
  });
  const clips = strip.kind === "tracks" ? labelled("Add clip", clipChoice(strip, path, desk, bind)) : null;
  const law = h("span", { class: "mb-law" });
  bind(() => write(law, panLaw(desk.channels(strip.id))));
  return section(what, remove, name, labelled("Color", color), clips, law);
}

/** A choice of the audio files beside the session; choosing one puts it at the playhead. */
function clipChoice(strip: Strip, path: Path, desk: Desk, bind: Bind): HTMLSelectElement {
  const option = (value: string, text: string): HTMLOptionElement => h("option", { value }, text);
  const select = h("select", { class: "mb-choice", "aria-label": `${strip.name} add clip` }, option("", "Choose a file"));
  void desk.listAudio().then((files) => select.append(...files.map((file) => option(file, file))));
  select.addEventListener("change", () => {
    const media = select.value;
    select.value = "";
    if (!media) return;
    const id = newId("clip");
    const data = withDefaults("clip", { id, media, start_s: Math.round(desk.position() * 1e6) / 1e6 });
    desk.session.edit((edit) => edit.put([...path, "clips"] as unknown as Path, "clip", id, data));
  });
  bind(() => put(select, "aria-disabled", (select.disabled = desk.readonly)));
  return select;
}
