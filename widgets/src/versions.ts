// The kept versions of a session on its server: listed, kept, told apart in words, fetched whole.
import type { Snapshot } from "./model";
import { cookie } from "./server";

export interface Version {
  number: number;
  /** Unix time in seconds. */
  at: number;
  /** Empty for one the server kept by itself. */
  name: string;
  author: string;
}

export class Versions {
  private readonly url: string;

  constructor(base: string, path: string) {
    this.url = `${base}maxbooster/api/versions/${path.split("/").map(encodeURIComponent).join("/")}`;
  }

  /** The versions, newest first. */
  async list(): Promise<Version[]> {
    return ((await this.ask("")) as { versions: Version[] }).versions.reverse();
  }

  /** What changed since a version, a sentence each. */
  async changes(since: number): Promise<string[]> {
    return ((await this.ask(`?since=${since}`)) as { changes: string[] }).changes;
  }

  async content(number: number): Promise<Snapshot> {
    return ((await this.ask(`?number=${number}`)) as { snapshot: Snapshot }).snapshot;
  }

  async keep(name: string, author: string): Promise<void> {
    await this.ask("", JSON.stringify({ name, author }));
  }

  private async ask(query: string, body?: string): Promise<unknown> {
    const response = await fetch(this.url + query, {
      method: body === undefined ? "GET" : "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-XSRFToken": cookie("_xsrf") },
      ...(body === undefined ? {} : { body }),
    });
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok) return answer;
    throw new Error((answer as { message?: string } | null)?.message ?? `the server answered ${response.status}`);
  }
}
