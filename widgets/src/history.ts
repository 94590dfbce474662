// The session's versions: kept by name and by themselves, what changed since each in words, and the way back.
import type { SharedSession } from "./document";
import { h, keyed, onSubmit, put, write } from "./dom";
import { icon } from "./icons";
import { restore } from "./reconcile";
import type { Version, Versions } from "./versions";

const AGAIN_MS = 10_000;
const MOST_SHOWN = 200;

export interface HistoryActions {
  author(): string;
  readonly(): boolean;
}

export class HistoryView {
  readonly element: HTMLElement;
  private readonly list = h("ol", { class: "mb-versions", "aria-label": "Versions" });
  private readonly field = h("input", { class: "mb-field", type: "text", placeholder: "Name this version", "aria-label": "Version name" });
  private readonly keepButton = h("button", { class: "mb-send", type: "submit" }, "Keep version");
  private readonly said = h("p", { class: "mb-said", role: "status" });
  private readonly views = new Map<string, VersionItem>();
  private askedAt = -Infinity;

  constructor(
    private readonly session: SharedSession,
    private readonly versions: Versions,
    private readonly actions: HistoryActions,
  ) {
    const form = h("form", { class: "mb-form" }, this.field, this.keepButton);
    onSubmit(form, () => void this.keep());
    this.element = h("div", { class: "mb-history" }, this.list, this.said, form);
  }

  /** Bring the list up to date; called once per animation frame while the panel is shown. */
  refresh(now: number): void {
    this.field.disabled = this.keepButton.disabled = this.actions.readonly();
    for (const view of this.views.values()) view.readonly = this.actions.readonly();
    if (now - this.askedAt < AGAIN_MS) return;
    this.askedAt = now;
    void this.load();
  }

  focus(): void {
    this.field.focus();
  }

  private async load(): Promise<void> {
    await this.tell(async () => {
      const found = await this.versions.list();
      keyed(this.list, this.views, found, ({ number }) => String(number), () => new VersionItem({
        changes: (number) => this.versions.changes(number),
        restore: (version) => this.restore(version),
      }));
      write(this.said, found.length === 0 ? "No versions yet: one is kept every few minutes of work." : "");
    });
  }

  private async keep(): Promise<void> {
    const name = this.field.value.trim();
    if (!name || this.actions.readonly()) return;
    await this.tell(async () => {
      await this.versions.keep(name, this.actions.author());
      this.field.value = "";
      await this.load();
    });
  }

  private async restore(version: Version): Promise<void> {
    if (this.actions.readonly()) return;
    await this.tell(async () => {
      const snapshot = await this.versions.content(version.number);
      this.session.edit(() => restore(this.session.doc, snapshot));
      write(this.said, `The session is as it was ${when(version.at)}; Undo takes that back.`);
    });
  }

  private async tell(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      write(this.said, error instanceof Error ? error.message : String(error));
    }
  }
}

interface VersionActions {
  changes(number: number): Promise<string[]>;
  restore(version: Version): Promise<void>;
}

class VersionItem {
  readonly element: HTMLElement;
  private readonly title = h("button", { type: "button", class: "mb-version-name", "aria-expanded": "false" });
  private readonly about = h("span", { class: "mb-version-about" });
  private readonly back = h("button", { type: "button", class: "mb-small" }, icon("undo"));
  private readonly changes = h("ul", { class: "mb-changes", hidden: true });
  private version: Version | null = null;

  constructor(private readonly actions: VersionActions) {
    this.element = h("li", { class: "mb-version" }, this.title, this.about, this.back, this.changes);
    this.title.addEventListener("click", () => void this.toggle());
    this.back.addEventListener("click", () => this.version && void actions.restore(this.version));
  }

  set readonly(readonly: boolean) {
    this.back.disabled = readonly;
  }

  update(version: Version): void {
    this.version = version;
    const name = version.name || "Automatic";
    write(this.title, name);
    this.element.classList.toggle("mb-automatic", version.name === "");
    write(this.about, [when(version.at), version.author].filter(Boolean).join(", "));
    put(this.back, "aria-label", `Restore ${name} ${version.number}`);
    this.back.title = "Bring this version back";
  }

  private async toggle(): Promise<void> {
    const open = this.changes.hidden;
    this.changes.hidden = !open;
    put(this.title, "aria-expanded", open);
    if (!open || !this.version) return;
    this.changes.replaceChildren(h("li", {}, "Comparing"));
    const words = await this.actions.changes(this.version.number).catch((error: unknown) => [String(error)]);
    const rest = words.length - MOST_SHOWN;
    this.changes.replaceChildren(
      ...words.slice(0, MOST_SHOWN).map((text) => h("li", {}, text)),
      ...(words.length === 0 ? [h("li", {}, "Nothing changed since then")] : []),
      ...(rest > 0 ? [h("li", {}, `and ${rest} more`)] : []),
    );
  }
}

function when(seconds: number): string {
  const at = new Date(seconds * 1000);
  const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return at.toDateString() === new Date().toDateString() ? `at ${time}` : `on ${at.toLocaleDateString()} at ${time}`;
}
