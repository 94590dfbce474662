// The drawer under the mixer: one panel at a time, or none.
import { h, put } from "./dom";
import { icon, type IconName } from "./icons";

/** For how long after it was opened a drawer that grows is brought into view. */
const REVEAL_MS = 1500;

export interface Panel {
  name: string;
  icon: IconName;
  element: HTMLElement;
}

export class PanelsView {
  /** The buttons that open the panels, for the transport bar. */
  readonly tabs = h("div", { class: "mb-group", role: "group", "aria-label": "Panels" });
  readonly element = h("div", { class: "mb-drawer" });
  private readonly buttons = new Map<string, HTMLButtonElement>();
  private open: string | null = null;
  private openedAt = -Infinity;

  constructor(
    private readonly panels: readonly Panel[],
    private readonly onShow: () => void,
  ) {
    for (const panel of panels) {
      const button = h(
        "button",
        { type: "button", class: "mb-button", "aria-label": panel.name, title: panel.name, "aria-pressed": "false" },
        icon(panel.icon),
      );
      button.addEventListener("click", () => this.toggle(panel.name));
      this.buttons.set(panel.name, button);
      this.tabs.append(button);
    }
    this.show(null);
    // In a small window it opens below what is seen, and grows while what it shows comes from the server. Once a hand
    // is on something again nothing may move under it.
    new ResizeObserver(() => this.reveal()).observe(this.element);
  }

  private readonly letGo = (): void => {
    this.openedAt = -Infinity;
  };

  private reveal(): void {
    if (performance.now() - this.openedAt < REVEAL_MS) this.element.scrollIntoView({ block: "nearest" });
  }

  get shown(): string | null {
    return this.open;
  }

  toggle(name: string): void {
    if (this.buttons.has(name)) this.show(this.open === name ? null : name);
  }

  show(name: string | null): void {
    this.open = name;
    this.onShow();
    const panel = this.panels.find((item) => item.name === name);
    this.element.hidden = panel === undefined;
    this.element.replaceChildren(...(panel ? [panel.element] : []));
    for (const [key, button] of this.buttons) put(button, "aria-pressed", key === name);
    this.openedAt = panel ? performance.now() : -Infinity;
    for (const kind of ["pointerdown", "wheel"]) addEventListener(kind, this.letGo, { once: true, capture: true });
    requestAnimationFrame(() => this.reveal());
  }
}
