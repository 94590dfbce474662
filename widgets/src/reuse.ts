// Plain data read anew, with the old objects in it wherever nothing has changed: so views compare by identity.

/** The old value if the new one equals it, else the new one with old parts in it; the new one must be nobody else's yet. */
export function reuse<T>(old: T | undefined, now: T): T {
  if (old === now || typeof old !== "object" || typeof now !== "object" || old === null || now === null) return now;
  if (Array.isArray(old) !== Array.isArray(now)) return now;
  const [before, after] = [old as Record<string, unknown>, now as Record<string, unknown>];
  const names = Object.keys(after);
  let same = names.length === Object.keys(before).length;
  for (const name of names) {
    const part = reuse(before[name], after[name]);
    after[name] = part;
    if (part !== before[name] || !(name in before)) same = false;
  }
  return same ? old : now;
}
