// Follow mode: my transport does what another person's does, until I touch mine or they leave.
import { type Person, positionOf, type TransportState } from "./people";
import type { Player } from "./player";

/** How far apart two transports may drift before the follower jumps. */
const APART_S = 0.15;

export class Follow {
  /** The client followed, or null. */
  client: number | null = null;
  private key = "";

  constructor(
    private readonly player: Player,
    private readonly play: () => Promise<void>,
    private readonly onChange: () => void,
  ) {}

  /** Follow someone, or nobody when it is the one followed already. */
  toggle(client: number): void {
    this.client = this.client === client ? null : client;
    this.key = "";
    this.onChange();
  }

  stop(): void {
    if (this.client === null) return;
    this.client = null;
    this.onChange();
  }

  /** Do what the one followed does. */
  update(persons: readonly Person[], now: number): void {
    if (this.client === null) return;
    const person = persons.find((item) => item.client === this.client);
    if (!person) return this.stop();
    if (!person.transport) return;
    const key = JSON.stringify(person.transport);
    if (key === this.key) return;
    this.key = key;
    void this.imitate(person, person.transport, now);
  }

  private async imitate(person: Person, transport: TransportState, now: number): Promise<void> {
    const { player } = this;
    if (JSON.stringify(player.loopSeconds) !== JSON.stringify(transport.loop)) player.setLoop(transport.loop);
    const position = positionOf(person, now);
    const running = player.state === "playing" || player.state === "loading";
    if (transport.playing) {
      if (!running || Math.abs(player.position() - position) > APART_S) player.seek(position);
      if (!running) await this.play();
    } else {
      if (running) player.pause();
      player.seek(transport.position_s);
    }
  }
}
