// Who is in the room: from awareness to a list, and which control each one's hand is on.
import type { Awareness } from "y-protocols/awareness";
import { h } from "./dom";

export interface Person {
  client: number;
  name: string;
  initials: string;
  color: string;
  kind: "browser" | "kernel" | "script";
  self: boolean;
  /** The automation target under the hand. */
  touched: string | null;
  transport: TransportState | null;
}

/** Where a peer's playhead is: at `position_s` at the Unix time `at`. */
export interface TransportState {
  playing: boolean;
  position_s: number;
  at: number;
  loop: { from: number; to: number } | null;
}

export interface User {
  username?: string;
  name?: string;
  display_name?: string;
  initials?: string | null;
  color?: string | null;
  avatar_url?: string | null;
}

const COLORS = ["#e4572e", "#2e86ab", "#f3a712", "#6a994e", "#a663cc", "#17a398", "#d1495b", "#5c6b73"];

/** The people present, this page first, then by name. */
export function people(awareness: Awareness): Person[] {
  const found: Person[] = [];
  for (const [client, state] of awareness.getStates()) {
    const user = (state["user"] ?? null) as User | null;
    if (!user) continue;
    const name = user.display_name || user.name || user.username || "Anonymous";
    found.push({
      client,
      name,
      initials: user.initials || initialsOf(name),
      color: cssColor(user.color, client),
      kind: state["kind"] === "kernel" || state["kind"] === "script" ? state["kind"] : "browser",
      self: client === awareness.clientID,
      touched: typeof state["touched"] === "string" ? state["touched"] : null,
      transport: transportOf(state["transport"]),
    });
  }
  return found.sort((a, b) => Number(b.self) - Number(a.self) || a.name.localeCompare(b.name) || a.client - b.client);
}

export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  return (words.length > 1 ? `${words[0]?.[0] ?? ""}${words.at(-1)?.[0] ?? ""}` : name.slice(0, 2)).toUpperCase();
}

function transportOf(value: unknown): TransportState | null {
  const given = value as Partial<TransportState> | null | undefined;
  if (typeof given?.position_s !== "number" || !Number.isFinite(given.position_s)) return null;
  const { from, to } = given.loop ?? {};
  return {
    playing: given.playing === true,
    position_s: Math.max(0, given.position_s),
    at: typeof given.at === "number" ? given.at : 0,
    loop: typeof from === "number" && typeof to === "number" && to > from ? { from, to } : null,
  };
}

/** Where a person's playhead is at a Unix time in milliseconds. */
export function positionOf(person: Person, now: number): number {
  const { playing, position_s, at, loop } = person.transport as TransportState;
  const position = playing ? position_s + Math.max(0, now / 1000 - at) : position_s;
  if (!loop || position < loop.to || position_s >= loop.to) return position;
  return loop.from + ((position - loop.from) % (loop.to - loop.from));
}

/** A person's colour; Lab gives variables of its theme, others a colour, some nothing. */
function cssColor(color: string | null | undefined, client: number): string {
  if (color && /^(#[0-9a-f]{3,8}|[a-z]+|(rgb|hsl)a?\([\d\s.,%/deg]+\)|var\(--[\w-]+\))$/i.test(color)) return color;
  return COLORS[client % COLORS.length] as string;
}

export class PeopleView {
  readonly element = h("ul", { class: "mb-people", role: "list", "aria-label": "People" });
  private key = "";

  constructor(private readonly onClick: (person: Person) => void) {}

  update(persons: readonly Person[], following: number | null): void {
    const key = JSON.stringify([persons.map(({ client, name, color, kind, self }) => [client, name, color, kind, self]), following]);
    if (key === this.key) return;
    this.key = key;
    this.element.replaceChildren(
      ...persons.map((person) => {
        const what = person.self ? "you" : person.kind;
        const avatar = h(
          "button",
          {
            type: "button",
            class: `mb-avatar mb-${person.kind}`,
            title: `${person.name} (${what})${person.self || person.kind !== "browser" ? "" : ": click to follow"}`,
            "aria-pressed": person.client === following ? "true" : null,
            disabled: person.self || person.kind !== "browser",
          },
          h("span", { "aria-hidden": "true" }, person.initials),
          h("span", { class: "mb-hidden" }, `${person.name} (${what})`),
        );
        avatar.style.setProperty("--mb-peer", person.color);
        avatar.addEventListener("click", () => this.onClick(person));
        return h("li", { role: "listitem" }, avatar);
      }),
    );
  }
}
