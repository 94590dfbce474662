// The range: a stretch of time that is looped, played once, shown or rendered. It stays on the ruler while it does not loop.
import type { Span } from "./places";
import type { Player } from "./player";

type Looped = Pick<Player, "loopSeconds" | "setLoop" | "length" | "watch">;

export class TimeRange {
  private kept: Span | null = null;
  private readonly unwatch: () => void;

  constructor(
    private readonly player: Looped,
    private readonly onChange: () => void,
  ) {
    // Whoever follows another person loops what they do.
    const keep = (): void => {
      this.kept = player.loopSeconds ?? this.kept;
    };
    keep();
    this.unwatch = player.watch(keep);
  }

  close(): void {
    this.unwatch();
  }

  get span(): Span | null {
    return this.player.loopSeconds ?? this.kept;
  }

  get looping(): boolean {
    return this.player.loopSeconds !== null;
  }

  /** Take another stretch, and loop it. */
  loop(span: Span): void {
    this.player.setLoop(span);
    this.onChange();
  }

  /** Take another stretch; it is looped if the one before was. */
  move(span: Span): void {
    if (this.looping || !this.kept) return this.loop(span);
    this.kept = span;
    this.onChange();
  }

  /** Loop the stretch, or everything where there is none; or loop no more. */
  toggle(): void {
    this.player.setLoop(this.looping ? null : (this.kept ?? { from: 0, to: this.player.length }));
    this.onChange();
  }

  /** Have no range. */
  clear(): void {
    this.player.setLoop(null);
    this.kept = null;
    this.onChange();
  }
}
