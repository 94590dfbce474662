// Percentages as whole parts per million: four decimals of a percent, added without rounding.

export const WHOLE = 1_000_000;

export interface Share {
  recipient: string;
  percentage: string;
}

/** Parts per million of a percentage as written, or null if it is none (or finer than four decimals). */
export function ppm(text: string): number | null {
  const found = /^\+?(\d{0,3})(?:\.(\d{0,4})0*)?$/.exec(text.trim());
  if (!found || !((found[1] ?? "") + (found[2] ?? ""))) return null;
  return Number(found[1] || "0") * 10_000 + Number((found[2] ?? "").padEnd(4, "0"));
}

/** A number of parts per million as a percentage, without needless zeros. */
export function percent(parts: number): string {
  const sign = parts < 0 ? "-" : "";
  const size = Math.abs(parts);
  const decimals = String(size % 10_000).padStart(4, "0").replace(/0+$/, "");
  return `${sign}${Math.floor(size / 10_000)}${decimals && `.${decimals}`}`;
}

/** What is wrong with shares, or null: the same rules as the kernel's. */
export function fault(shares: readonly Share[], from: string, restUnallocated: boolean): string | null {
  if (from && !/^\d{4}-(0[1-9]|1[0-2])$/.test(from)) return "The month must be written YYYY-MM.";
  const seen = new Set<string>();
  let total = 0;
  for (const share of shares) {
    const name = share.recipient.trim();
    if (!name) return "Every share needs a recipient.";
    if (seen.has(name)) return `${name} stands here twice.`;
    seen.add(name);
    const parts = ppm(share.percentage);
    if (parts === null) return `${name} needs a percentage with at most four decimals.`;
    if (parts <= 0) return `${name} needs more than 0 %.`;
    total += parts;
  }
  if (total > WHOLE) return `${percent(total - WHOLE)} % too much.`;
  if (total < WHOLE && !restUnallocated) return `${percent(WHOLE - total)} % missing.`;
  return null;
}
