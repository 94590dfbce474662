// What was typed into the fields of a form and is not the kernel's yet: under way to it, or refused with a sentence.

export interface Answer {
  type: string;
  request: string;
  message?: string;
}
export interface Stored {
  file: string;
  changed: boolean;
}

/** Follows the answers to what was typed; `page` tells this page's requests from those of another view. */
export class Typed {
  readonly #page: string;
  readonly #waiting = new Map<string, string>();
  readonly #refused = new Map<string, string>();
  #last = 0;

  constructor(page: string) {
    this.#page = page;
  }

  /** The number of a request about a field; what was asked of it before counts no more. */
  send(path: string): string {
    const request = `${this.#page}:${++this.#last}`;
    this.#waiting.set(path, request);
    return request;
  }

  /** Take an answer; returns the path that it is about, or null if it is none of this page's or a late one. */
  take(answer: Answer): string | null {
    for (const [path, request] of this.#waiting) {
      if (request !== answer.request) continue;
      this.#waiting.delete(path);
      if (answer.type === "refused") this.#refused.set(path, answer.message ?? "");
      else this.#refused.delete(path);
      return path;
    }
    return null;
  }

  /** Whether a field keeps its text whatever the record has. */
  keeps(path: string): boolean {
    return this.#waiting.has(path) || this.#refused.has(path);
  }

  /** Why a field's text was not taken; nothing if it was. */
  fault(path: string): string {
    return this.#refused.get(path) ?? "";
  }

  get waiting(): boolean {
    return this.#waiting.size > 0;
  }
}

/** What the form says of its file. */
export function standing({ file, changed }: Stored, refused: number): string {
  const open = refused ? ` ${refused} field${refused === 1 ? " is" : "s are"} not taken; the release keeps what it had there.` : "";
  if (!file) return `In no file yet: form.release is the release as it stands.${open}`;
  return `${changed ? `Not saved: ${file} is as it was.` : `Saved in ${file}.`}${open}`;
}
