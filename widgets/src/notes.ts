// The session's notes: one text that several people type into at once.
import type * as Y from "yjs";
import type { SharedSession } from "./document";
import { h } from "./dom";

const PLACEHOLDER = "Notes and lyrics, shared with everyone in the session";

export class NotesView {
  readonly element: HTMLElement;
  private readonly area = h("textarea", {
    class: "mb-notes",
    "aria-label": "Session notes",
    placeholder: PLACEHOLDER,
    spellcheck: "false",
  });
  private readonly text: Y.Text;

  constructor(private readonly session: SharedSession) {
    this.text = session.notes;
    this.area.value = this.text.toJSON();
    this.area.addEventListener("input", this.onInput);
    this.text.observe(this.onRemote);
    this.element = h("div", { class: "mb-notes-box" }, this.area);
  }

  set readonly(readonly: boolean) {
    this.area.readOnly = readonly;
    this.area.placeholder = readonly ? "View only: nobody has written notes yet" : PLACEHOLDER;
  }

  close(): void {
    this.text.unobserve(this.onRemote);
  }

  private readonly onInput = (): void => {
    const { start, remove, insert } = change(this.text.toJSON(), this.area.value, this.area.selectionEnd);
    if (remove === 0 && insert === "") return;
    this.session.edit(() => {
      if (remove > 0) this.text.delete(start, remove);
      if (insert) this.text.insert(start, insert);
    });
  };

  /** Take in an edit of someone else, or an undo, and keep the caret where it was in the words. */
  private readonly onRemote = (event: Y.YTextEvent): void => {
    const value = this.text.toJSON();
    if (value === this.area.value) return;
    const [start, end] = [this.area.selectionStart, this.area.selectionEnd].map((at) => moved(at, event.delta));
    this.area.value = value;
    this.area.setSelectionRange(start ?? 0, end ?? 0);
  };
}

/** The smallest replacement that turns one text into another, ending before the caret where that is possible. */
export function change(before: string, after: string, caret: number): { start: number; remove: number; insert: string } {
  let end = 0;
  const longest = Math.min(before.length, after.length, after.length - Math.min(caret, after.length));
  while (end < longest && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  let start = 0;
  const limit = Math.min(before.length, after.length) - end;
  while (start < limit && before[start] === after[start]) start++;
  // A pair of code units is one character: never cut it apart.
  if (start > 0 && isHigh(before.charCodeAt(start - 1))) start--;
  if (end > 0 && isLow(before.charCodeAt(before.length - end))) end--;
  return { start, remove: before.length - end - start, insert: after.slice(start, after.length - end) };
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;

/** Where a caret is after edits of others. */
export function moved(caret: number, delta: Y.YTextEvent["delta"]): number {
  let at = 0;
  let result = caret;
  for (const part of delta) {
    if (part.retain !== undefined) at += part.retain;
    else if (part.insert !== undefined) {
      const length = typeof part.insert === "string" ? part.insert.length : 1;
      if (at <= result && at < caret) result += length;
      at += length;
    } else if (part.delete !== undefined && at < result) result -= Math.min(part.delete, result - at);
  }
  return result;
}
