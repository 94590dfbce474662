// How tall the studio may be: as tall as what it shows, and no taller than the window it stands in, so that the timeline, the
// mixer and an open panel are seen together. First the lanes give way, then the mixer, then the panel (console.css).

/** What has to find room, in pixels: the bars around, the fewest lanes to be seen, and whether a panel is open. */
export interface Needs {
  around: number;
  lanes: number;
  panel: boolean;
}

/** A mixer with all its captions, and one without; a panel, and as much of one as is worth opening. */
export const [MIXER, LOW_MIXER, PANEL, LOW_PANEL] = [460, 300, 310, 170];
/** What is left free of the window, above and below. */
const MARGIN = 16;

/** The studio's greatest height in a room, and whether its mixer has to be low; less than the least is left to scrolling. */
export function fit(room: number, { around, lanes, panel }: Needs): { height: number; low: boolean } {
  const low = room < around + lanes + MIXER + (panel ? PANEL : 0);
  return { height: Math.max(room, around + lanes + (low ? LOW_MIXER : MIXER) + (panel ? LOW_PANEL : 0)), low };
}

export class FitView {
  private stale = true;
  private known: readonly unknown[] = [];
  private pane: Element | null = null;
  private readonly sizes = new ResizeObserver(() => this.expire());

  /**
   * @param around The bars above and between that keep their height.
   * @param needs What else has to find room.
   * @param onChange Called when heights have changed.
   */
  constructor(
    private readonly studio: HTMLElement,
    private readonly around: readonly HTMLElement[],
    private readonly needs: () => Omit<Needs, "around">,
    private readonly onChange: () => void,
  ) {
    for (const element of [studio, ...around]) this.sizes.observe(element);
    addEventListener("resize", this.expire);
  }

  close(): void {
    this.sizes.disconnect();
    removeEventListener("resize", this.expire);
  }

  /** Bring the heights up to date; called once per animation frame, and cheap unless something changed. */
  check(): void {
    const { lanes, panel } = this.needs();
    if (!this.stale && this.known[0] === lanes && this.known[1] === panel) return;
    this.stale = false;
    this.known = [lanes, panel];
    const around = this.around.reduce((sum, element) => sum + element.offsetHeight, 2);
    const { height, low } = fit(this.room(), { around, lanes, panel });
    this.studio.style.setProperty("--mb-room", `${height}px`);
    this.studio.style.setProperty("--mb-lanes", `${lanes}px`);
    this.studio.classList.toggle("mb-low", low);
    this.onChange();
  }

  /** The height of what the studio is scrolled in: Lab's notebook or panel, else the window. */
  private room(): number {
    const pane = this.studio.closest(".jp-WindowedPanel-outer, .lm-DockPanel-widget");
    if (pane !== this.pane) {
      if (this.pane) this.sizes.unobserve(this.pane);
      if (pane) this.sizes.observe(pane);
      this.pane = pane;
    }
    return Math.min(pane?.clientHeight || Infinity, innerHeight) - MARGIN;
  }

  private readonly expire = (): void => {
    this.stale = true;
  };
}
