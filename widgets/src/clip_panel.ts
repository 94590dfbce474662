// The clip in hand as a table of its numbers, with what may be done to it.
import { duplicateClips, splitClips } from "./clip_actions";
import { type ClipChange, fade, type Laid, trimEnd, trimStart } from "./clip_edits";
import { below, type Controls } from "./controls";
import { h } from "./dom";
import type { Clip, Strip, Track } from "./model";
import { LEVEL } from "./ranges";
import { dbToGain, gainToDb } from "./scale";
import { labelled, section, type Shown } from "./section";

/** @param laid The clip as it lies now, or null once it is gone. */
export function clipPanel(track: Strip, id: string, laid: () => Laid | null, controls: Controls): HTMLElement {
  const { desk } = controls;
  const clips = below(["tracks"], track.id, "clips");
  const change = (make: (now: Laid) => ClipChange) => (): void => {
    const now = laid();
    if (!now) return;
    desk.session.edit((edit) => {
      for (const [name, value] of Object.entries(make(now))) edit.set(below(clips, id), name, value);
    });
  };
  const number = (text: string, read: (now: Laid) => number, make: (now: Laid, seconds: number) => ClipChange): HTMLElement => {
    const input = h("input", { class: "mb-field mb-number", type: "number", min: 0, step: 0.01, "aria-label": `Clip ${text}` });
    input.addEventListener("change", () => {
      if (Number.isFinite(input.valueAsNumber)) change((now) => make(now, Math.max(0, input.valueAsNumber)))();
    });
    controls.bind(() => {
      const now = laid();
      input.disabled = desk.readonly || !now;
      if (now && document.activeElement !== input) input.value = String(Number(read(now).toFixed(4)));
    });
    return labelled(text.charAt(0).toUpperCase() + text.slice(1), input);
  };
  const act = (text: string, run: (now: Laid) => void): HTMLButtonElement => {
    const button = h("button", { type: "button", class: "mb-act" }, text);
    button.addEventListener("click", () => {
      const now = laid();
      if (now) run(now);
    });
    controls.bind(() => {
      button.disabled = desk.readonly || !laid();
    });
    return button;
  };
  const media = h("span", { class: "mb-band-name mb-media" });
  controls.bind(() => {
    media.textContent = laid()?.clip.media.split("/").at(-1) ?? "";
    media.title = laid()?.clip.media ?? "";
  });
  return section(
    "Clip",
    controls.action("Delete clip", "trash", (edit) => edit.remove(clips, id)),
    media,
    number("start", ({ clip }) => clip.start_s, (_, seconds) => ({ start_s: seconds })),
    number("from", ({ clip }) => clip.offset_s, (now, seconds) => trimStart(now, now.clip.start_s + seconds - now.clip.offset_s)),
    number("length", ({ duration }) => duration, (now, seconds) => trimEnd(now, now.clip.start_s + seconds)),
    number("fade in", ({ clip }) => clip.fade_in_s, (now, seconds) => fade(now, "in", seconds)),
    number("fade out", ({ clip }) => clip.fade_out_s, (now, seconds) => fade(now, "out", seconds)),
    h(
      "div",
      { class: "mb-insert" },
      controls.knob("Clip gain", "gain", LEVEL, below(clips, id), "gain", (shown) => gainOf(shown, id), dbToGain),
      act("Split", (now) => splitClips(desk.session, [{ track: track.id, laid: now }], desk.position())),
      act("Duplicate", (now) => duplicateClips(desk.session, [{ track: track.id, laid: now }])),
    ),
  );
}

function gainOf(shown: Shown, id: string): number | undefined {
  const clip: Clip | undefined = (shown as Partial<Track>).clips?.find((item) => item.id === id);
  return clip && gainToDb(Math.abs(clip.gain));
}
