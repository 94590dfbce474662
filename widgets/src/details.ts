// Everything of one strip: the clip in hand, equalizer, compressor, sends, inserts, with their curves.
import type { Laid } from "./clip_edits";
import { clipPanel } from "./clip_panel";
import { compressorPanel, stageOf } from "./compressor_panel";
import { Controls } from "./controls";
import type { CompressorCurve } from "./compressor_curve";
import type { Path } from "./document";
import { h, paint } from "./dom";
import { equalizerPanel } from "./equalizer_panel";
import { identity } from "./identity";
import type { Snapshot, Track } from "./model";
import { insertRows, routingPanel } from "./routing_panel";
import { section, type Shown } from "./section";
import type { Desk } from "./strip";

export class DetailsView {
  readonly element = h("div", { class: "mb-details" });
  private controls: Controls;
  private readonly meters = new Map<string, CompressorCurve>();
  private structure = "";

  /** @param lay How a clip of a track lies on the timeline, or null when there is none. */
  constructor(
    private readonly desk: Desk,
    private readonly lay: (track: string, clip: string) => Laid | null,
  ) {
    this.controls = new Controls(desk);
  }

  /** Show a strip, and of a track the clip in hand. */
  update(session: Snapshot, selected: string | null, clip: string | null): void {
    const shown = find(session, selected);
    const held = shown && clip !== null && (shown as Partial<Track>).clips?.some((item) => item.id === clip) ? clip : null;
    const structure = JSON.stringify([shapeOf(shown, session), held]);
    if (structure !== this.structure) {
      this.structure = structure;
      this.controls = new Controls(this.desk);
      this.meters.clear();
      this.element.replaceChildren(...(shown ? this.build(shown, session, held) : [EMPTY()]));
    }
    if (shown) this.controls.show(shown, session);
  }

  meter(reduction: (node: string) => number): void {
    for (const [id, curve] of this.meters) curve.meter(reduction(id));
  }

  private build(shown: Shown, session: Snapshot, clip: string | null): HTMLElement[] {
    const { controls, desk } = this;
    paint(this.element, "--mb-color", shown.color);
    const keep = (id: string, curve: CompressorCurve): void => void this.meters.set(id, curve);
    if (shown.kind === "master") {
      const stages = (["compressor", "limiter"] as const).map((stage) =>
        compressorPanel(shown, ["master"], stage, session, controls, keep),
      );
      return [...stages, section("Inserts", null, ...insertRows(shown, ["master"], controls))];
    }
    const path: Path = [shown.kind, shown.id];
    return [
      identity(shown, path, desk, (bind) => controls.bind(bind)),
      ...(clip === null ? [] : [clipPanel(shown, clip, () => this.lay(shown.id, clip), controls)]),
      equalizerPanel(shown, path, controls),
      compressorPanel(shown, path, "compressor", session, controls, keep),
      routingPanel(shown, path, session, controls),
    ];
  }
}

const EMPTY = (): HTMLElement => h("p", { class: "mb-hint" }, "Select a strip to see its equalizer, compressor and sends.");

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
  const stages = [stageOf(shown, "compressor") === null, stageOf(shown, "limiter") === null];
  if (shown.kind === "master") return ["master", inserts, stages];
  const bands = shown.eq?.bands.map((band) => [band.id, band.type]) ?? null;
  return [shown.kind, shown.id, shown.color, names, bands, shown.sends.map((send) => send.bus), inserts, stages];
}
