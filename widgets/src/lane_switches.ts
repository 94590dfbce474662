// Mute and solo on a lane's head, in step with those of the mixer's strip. All lanes' switches are one stop of the tab key.
import type { SharedSession } from "./document";
import { h, put } from "./dom";
import type { Track } from "./model";
import { toggleStrip } from "./strip_actions";

/** What `roveRows` takes for a row. */
export const SWITCH_ROW = ".mb-lane-switches";

export interface SwitchHands {
  session: SharedSession;
  readonly(): boolean;
}

export class LaneSwitches {
  readonly element: HTMLElement;
  private readonly buttons: Record<"mute" | "solo", HTMLButtonElement>;

  constructor(track: string, hands: SwitchHands) {
    const make = (caption: string, field: "mute" | "solo"): HTMLButtonElement => {
      const button = h("button", { type: "button", role: "button", class: `mb-toggle mb-${field}`, tabindex: -1 }, caption);
      button.addEventListener("click", () => {
        if (!hands.readonly()) toggleStrip(hands.session, track, field);
      });
      return button;
    };
    this.buttons = { mute: make("M", "mute"), solo: make("S", "solo") };
    this.element = h("span", { class: SWITCH_ROW.slice(1) }, this.buttons.mute, this.buttons.solo);
  }

  /** The mixer's buttons are "<name> mute" and "<name> solo"; these have names of their own. */
  update(track: Track, readonly: boolean): void {
    for (const [field, verb] of [["mute", "Mute"], ["solo", "Solo"]] as const) {
      const button = this.buttons[field];
      put(button, "aria-label", `${verb} ${track.name}`);
      put(button, "title", `${verb} ${track.name}`);
      put(button, "aria-pressed", track[field]);
      button.disabled = readonly;
    }
  }
}
