// How tall this page's lanes are: one height for all, others for those set by hand. The page keeps them, not the session.
import { type Keeper, readKept, storage, writeKept } from "./kept";

/** In pixels, as lanes begin. */
export const LANE_HEIGHT = 46;
export const LOWEST = 24;
export const TALLEST = 400;

const fit = (pixels: number): number => Math.round(Math.min(TALLEST, Math.max(LOWEST, pixels)));

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
    const kept = place && readKept(this.keeper, place, check);
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

  private changed(): void {
    if (this.place) writeKept(this.keeper, this.place, { all: this.all, own: Object.fromEntries(this.own) });
    this.onChange();
  }
}

interface Kept {
  all: number;
  own: Record<string, number>;
}

function check({ all, own }: Partial<Kept>): Kept | null {
  return Number.isFinite(all) && Object.values(own ?? NaN).every(Number.isFinite) ? ({ all, own } as Kept) : null;
}
