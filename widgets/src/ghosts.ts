// Where clips would land on other lanes while they are dragged.
import type { Held } from "./clip_actions";
import { h } from "./dom";
import type { Viewport } from "./viewport";

export class Ghosts {
  private shown: HTMLElement[] = [];

  constructor(
    private readonly view: Viewport,
    /** Where a lane shows clips, for the track `lanes` lanes below another. */
    private readonly bodyOf: (track: string, lanes: number) => Element | null,
  ) {}

  /** Show clips moved by seconds and lanes; null shows nothing. */
  show(held: readonly Held[] | null, by: number, lanes: number): void {
    for (const ghost of this.shown) ghost.remove();
    this.shown = (held ?? []).flatMap(({ track, laid }) => {
      const body = this.bodyOf(track, lanes);
      if (!body) return [];
      const ghost = h("div", { class: "mb-ghost" });
      ghost.style.left = `${this.view.x(laid.clip.start_s + by)}px`;
      ghost.style.width = `${laid.duration * this.view.pixelsPerSecond}px`;
      body.append(ghost);
      return [ghost];
    });
  }
}
