// What this browser keeps for whoever uses it: choices that are theirs alone and in no session.

/** Where choices outlive the page; a browser may refuse it. */
export type Keeper = Pick<Storage, "getItem" | "setItem">;

export function storage(): Keeper | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null; // a page that may not keep anything
  }
}

/** What was kept under a name, if it is what it should be. */
export function readKept<T>(keeper: Keeper | null, place: string, check: (found: Partial<T>) => T | null): T | null {
  try {
    return check(JSON.parse(keeper?.getItem(place) ?? "null") as Partial<T>);
  } catch {
    return null;
  }
}

export function writeKept(keeper: Keeper | null, place: string, kept: object): void {
  try {
    keeper?.setItem(place, JSON.stringify(kept));
  } catch {
    // Full, or forbidden: the choice holds as long as the page does.
  }
}
