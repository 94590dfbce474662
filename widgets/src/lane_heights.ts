// How tall this page's lanes are: one height for all, others for those set by hand. The page keeps them, not the session.

/** In pixels, as lanes begin. */
export const LANE_HEIGHT = 46;
export const LOWEST = 24;
export const TALLEST = 400;

const fit = (pixels: number): number => Math.round(Math.min(TALLEST, Math.max(LOWEST, pixels)));

/** Where heights outlive the page; a browser may refuse it. */
export type Keeper = Pick<Storage, "getItem" | "setItem">;

export class LaneHeights {
  private all = LANE_HEIGHT;
  private own = new Map<string, number>();
  private place: string | null = null;

  constructor(
    private readonly onChange: () => void,
    private readonly keeper: Keeper | null = storage(),
  ) {}

  /** Take up what this browser kept of a session. */
  belongTo(uuid: string | undefined): void {
    const place = uuid ? `max-booster-lanes ${uuid}` : null;
    if (place === this.place) return;
    this.place = place;
    const kept = place && read(this.keeper, place);
    if (!kept) return;
    this.all = fit(kept.all);
    this.own = new Map(Object.entries(kept.own).map(([lane, pixels]) => [lane, fit(pixels)]));
  }

  of(lane: string): number {
    return this.own.get(lane) ?? this.all;
  }

  /** Set one lane's height; null gives it the height of all. */
  set(lane: string, pixels: number | null): void {
    if (pixels === null) this.own.delete(lane);
    else this.own.set(lane, fit(pixels));
    this.changed();
  }

  /** Make all lanes taller by a factor, those set by hand as well. */
  scale(factor: number): void {
    this.all = fit(this.all * factor);
    for (const [lane, pixels] of this.own) this.own.set(lane, fit(pixels * factor));
    this.changed();
  }

  /** Every lane as it began. */
  reset(): void {
    this.all = LANE_HEIGHT;
    this.own.clear();
    this.changed();
  }

  /** How much taller lanes are than they began, for the room around them. */
  get share(): number {
    return this.all / LANE_HEIGHT;
  }

  private changed(): void {
    if (this.place) write(this.keeper, this.place, { all: this.all, own: Object.fromEntries(this.own) });
    this.onChange();
  }
}

interface Kept {
  all: number;
  own: Record<string, number>;
}

function storage(): Keeper | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null; // a page that may not keep anything
  }
}

function read(keeper: Keeper | null, place: string): Kept | null {
  try {
    const { all, own } = JSON.parse(keeper?.getItem(place) ?? "null") as Kept;
    return Number.isFinite(all) && Object.values(own).every(Number.isFinite) ? { all, own } : null;
  } catch {
    return null;
  }
}

function write(keeper: Keeper | null, place: string, kept: Kept): void {
  try {
    keeper?.setItem(place, JSON.stringify(kept));
  } catch {
    // Full, or forbidden: the heights hold as long as the page does.
  }
}
