// What this page tells the others of its person: who it is, what is in hand, and where the playhead is.
import type { User } from "./people";
import type { Player } from "./player";
import type { Link } from "./room";
import type { ClipRef } from "./selection";
import { whoAmI } from "./server";

export class Presence {
  private told = "";

  constructor(private readonly awareness: Link["awareness"]) {
    awareness.setLocalState({ ...awareness.getLocalState(), kind: "browser" });
  }

  /** Say who looks: the one the server knows, or else whom the kernel names. */
  async introduce(base: string, given: User | null): Promise<void> {
    this.tell("user", (await whoAmI(base)) ?? given ?? {});
  }

  /** The automation target under the hand, or null. */
  touch(place: string | null): void {
    this.tell("touched", place);
  }

  select(track: string | null, clips: readonly ClipRef[]): void {
    this.tell("selection", { track, clips: clips.map(({ clip }) => clip) });
  }

  follow(client: number | null): void {
    this.tell("follows", client);
  }

  /** Tell where the playhead is, when it does something that others cannot work out; return whether it did. */
  move(player: Player): boolean {
    const playing = player.state === "playing";
    const loop = player.loopSeconds;
    const key = JSON.stringify([playing, loop, playing ? player.origin : player.position()]);
    if (key === this.told) return false;
    this.told = key;
    this.tell("transport", { playing, position_s: player.position(), at: Date.now() / 1000, loop });
    return true;
  }

  private tell(field: string, value: unknown): void {
    this.awareness.setLocalStateField(field, value);
  }
}
