// Render a stretch, or everything, into a file: what, where to and how is asked here; the kernel does it (widgets/renderer.py).
import type { Model } from "./anywidget";
import type { SharedSession } from "./document";
import { h, onSubmit, write } from "./dom";
import { icon } from "./icons";
import type { Span } from "./places";
import { type Rendered, RenderLine } from "./render_line";
import { formatDb } from "./scale";
import { fileUrl } from "./server";

/** How long the kernel has to say that it is there before the page says that it does not. */
const ANSWERS_MS = 4000;
/** Where files go unless another name is typed. */
const FOLDER = "renders";

export interface RenderHands {
  session: SharedSession;
  model: Model;
  base: string;
  /** A path in the session's folder on the server; empty where the server does not show that folder. */
  path: string;
  /** What was meant by a stretch: the clips in hand, or the range; null for everything. */
  meant(): Span | null;
  /** How long the session is, in seconds. */
  length(): number;
  readonly(): boolean;
}

export interface Made {
  file: string;
  folder: string;
  duration_s: number;
  peak: number;
  clipped: number;
  stems: number;
  problems: string[];
  loudness?: { integrated_lufs?: number | null; true_peak_dbtp?: number | null };
}

type Answer = Partial<Made> & { type?: string; token?: string; text?: string; share?: number; exists?: boolean; orders?: Order[] };
/** An order that the kernel had from a page before this one. */
type Order = Answer & { token: string; output: string };

/** An order that the kernel has not answered for good. */
interface Waiting extends Rendered {
  token: string;
  timer?: ReturnType<typeof setTimeout>;
  /** Whether the kernel has said that it is there. */
  heard: boolean;
  stopping: boolean;
}

/** The name offered for a file: the session's, with the stretch. */
export function fileName(title: string, span: Span | null): string {
  const plain = title.trim().toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "mix";
  const part = span ? ` ${[span.from, span.to].map((at) => at.toFixed(2)).join("-")} s` : "";
  return `${FOLDER}/${plain}${part}.wav`;
}

/** What was typed as a file's name; WAV where no ending says otherwise. */
export function withEnding(name: string): string {
  return /\.[a-z][a-z0-9]{1,4}$/i.test(name.trim()) ? name.trim() : `${name.trim()}.wav`;
}

/** What was made, in one line. */
export function sayMade(made: Made): string {
  const { integrated_lufs: lufs, true_peak_dbtp: peak } = made.loudness ?? {};
  const facts = [
    `${made.duration_s.toFixed(2)} s`,
    lufs == null ? null : `${lufs.toFixed(1)} LUFS`,
    peak == null ? null : `true peak ${formatDb(peak)} dBTP`,
    made.stems > 0 ? `${made.stems} stems` : null,
    made.clipped > 0 ? `${made.clipped} samples clipped: turn the master down, or render 32 bit float` : null,
  ];
  return `Rendered ${made.file}: ${facts.filter(Boolean).join(", ")}.`;
}

export class RenderView {
  readonly element: HTMLDialogElement;
  /** What is shown of a render while the dialog is closed. */
  readonly line = new RenderLine(() => this.cancel());
  private readonly from = seconds("From");
  private readonly to = seconds("To");
  private readonly whole = h("input", { type: "checkbox", id: "mb-render-whole" });
  private readonly name = h("input", { type: "text", "aria-label": "File", spellcheck: "false" });
  private readonly depth = h(
    "select",
    { class: "mb-choice", "aria-label": "Samples" },
    ...DEPTHS.map(([value, text]) => h("option", { value }, text)),
  );
  private readonly stems = h("input", { type: "checkbox", id: "mb-render-stems" });
  private readonly stop = h("button", { type: "button", class: "mb-act", hidden: true }, "Cancel");
  private readonly go = h("button", { type: "submit", class: "mb-act" }, "Render");
  private readonly replace = h("button", { type: "button", class: "mb-act", hidden: true }, "Replace it");
  private readonly said = h("p", { class: "mb-render-said", role: "status" });
  private readonly fault = h("p", { class: "mb-render-fault", role: "alert", hidden: true });
  private readonly bar = h("progress", { "aria-label": "Rendering", max: 1, hidden: true });
  private readonly share = h("span", { class: "mb-render-share", "aria-hidden": "true" });
  private readonly where = h("span", { class: "mb-render-where" });
  private waiting: Waiting | null = null;
  private offered = "";

  constructor(private readonly hands: RenderHands) {
    const close = h("button", { type: "button", class: "mb-button", "aria-label": "Close", title: "Close" }, icon("close"));
    const form = h(
      "form",
      { method: "dialog" },
      h("header", {}, h("h3", {}, "Render to a file"), close),
      row("Stretch", this.from, "to", this.to, "seconds"),
      row("", this.whole, h("label", { for: this.whole.id }, "everything, with its tail")),
      row("File", this.name),
      row("", this.where),
      row("Samples", this.depth),
      row("", this.stems, h("label", { for: this.stems.id }, "the stems too, a file for each track and bus")),
      h("div", { class: "mb-render-acts" }, this.bar, this.share, this.stop, this.go, this.replace),
      this.said,
      this.fault,
    );
    this.element = h("dialog", { class: "mb-help mb-render", "aria-label": "Render to a file" }, form);
    this.element.addEventListener("keydown", (event) => event.stopPropagation());
    close.addEventListener("click", () => this.element.close());
    this.element.addEventListener("close", () => this.showLine());
    for (const field of [this.whole, this.from, this.to]) field.addEventListener("input", () => this.show());
    this.name.addEventListener("input", () => (this.replace.hidden = true));
    this.replace.addEventListener("click", () => this.order(true));
    this.stop.addEventListener("click", () => this.cancel());
    onSubmit(form, () => this.order(false));
    hands.model.on("msg:custom", this.receive);
    hands.model.send({ type: "renders?" });
  }

  open(): void {
    if (this.element.open) return;
    const span = this.hands.meant();
    this.whole.checked = span === null;
    this.from.value = place(span?.from ?? 0);
    this.to.value = place(span?.to ?? this.hands.length());
    this.element.showModal();
    this.line.hide();
    if (!this.waiting) {
      this.offered = this.name.value = fileName(this.hands.session.snapshot().name, span);
      this.tell("", "");
    }
    this.show();
    (this.waiting ? this.stop : this.go).focus();
  }

  close(): void {
    this.settle();
    this.hands.model.off("msg:custom", this.receive);
  }

  private get span(): Span | null {
    return this.whole.checked ? null : { from: this.from.valueAsNumber, to: this.to.valueAsNumber };
  }

  /** Show what the fields say: an offered name goes along with the stretch, a typed one stays. */
  private show(): void {
    const { span } = this;
    this.from.disabled = this.to.disabled = span === null;
    if (this.name.value === this.offered && (!span || span.to > span.from))
      this.offered = this.name.value = fileName(this.hands.session.snapshot().name, span);
    const folder = this.hands.path.split("/").slice(0, -1).join("/");
    write(this.where, `in the session's folder${folder === "" ? "" : `, ${folder}/`}`);
    this.replace.hidden = true;
  }

  private order(force: boolean): void {
    const { span, name } = this;
    if (this.waiting) return;
    if (this.hands.readonly()) return this.tell("", MAY_NOT);
    if (span && !(span.to > span.from && span.from >= 0)) return this.tell("", "Expected a stretch that ends after it begins.");
    if (name.value.trim() === "") return this.tell("", "Expected the name of a file, such as renders/mix.wav.");
    name.value = withEnding(name.value);
    const token = Math.random().toString(36).slice(2);
    const depth = this.depth.value;
    const order = {
      session: this.hands.session.snapshot(),
      output: name.value,
      start_s: span?.from ?? null,
      end_s: span?.to ?? null,
      bit_depth: depth === "32f" ? depth : Number(depth),
      stems: this.stems.checked,
      force,
    };
    this.tell("Rendering…", "");
    const timer = setTimeout(() => this.tell(SILENT, ""), ANSWERS_MS);
    this.waiting = { token, output: order.output, timer, heard: false, stopping: false };
    this.busy = true;
    this.stop.focus();
    this.hands.model.send({ type: "render", token, order });
  }

  private readonly receive = (message: unknown): void => {
    const answer = message as Answer;
    const { waiting } = this;
    if (answer.type === "renders") return this.adopt(answer.orders?.[0]);
    if (!waiting || answer.token !== waiting.token) return;
    clearTimeout(waiting.timer);
    waiting.heard = true;
    if (answer.type === "rendering") return this.showShare(answer);
    const here = this.element.contains(document.activeElement);
    this.settle();
    if (here) this.go.focus();
    if (answer.type === "rendered") this.showMade(answer as Made);
    else if (answer.type === "stopped") this.tell(CANCELLED, "");
    else if (answer.exists) this.tell("", `${waiting.output}${this.stems.checked ? ", or one of its stems," : ""} is there already: choose another name, or replace it.`);
    else this.tell("", answer.text ?? "");
    this.replace.hidden = answer.exists !== true;
    if (answer.exists) this.replace.focus();
    this.hands.model.send({ type: "renders?" }); // of an earlier page's orders the next is shown
  };

  /** Take on an order of a page that is no more, such as this one before it was reloaded. */
  private adopt(order: Order | undefined): void {
    if (!order || this.waiting) return;
    this.waiting = { token: order.token, output: order.output, heard: true, stopping: false };
    this.name.value = order.output;
    this.busy = true;
    this.showShare(order);
  }

  /** Take the order back; a kernel that has not answered, or is asked twice, is not waited for. */
  private cancel(): void {
    const { waiting } = this;
    if (!waiting) return;
    this.hands.model.send({ type: "stop render", token: waiting.token });
    const gone = !waiting.heard || waiting.stopping;
    waiting.stopping = true;
    if (!gone) {
      this.showLine();
      return this.tell("Cancelling…", "");
    }
    this.settle();
    this.go.focus();
    this.tell(waiting.heard ? FORGOTTEN : CANCELLED, "");
  }

  private showShare({ share, text }: Answer): void {
    if (share !== undefined && share > 0) {
      this.bar.value = share;
      write(this.share, `${Math.round(share * 100)} %`);
      if (this.waiting) this.waiting.share = share;
    }
    this.showLine();
    if (!this.waiting?.stopping && this.element.open) this.tell(text ?? "Rendering…", "");
  }

  private showMade(made: Made): void {
    const name = made.file.split("/").at(-1) ?? "";
    const link = (): Node => h("a", { href: fileUrl(this.hands.base, this.hands.path, made.file), download: name, class: "mb-link" }, "Download");
    const where = (): (Node | string)[] => (this.hands.path === "" ? [` It is in ${made.folder}.`] : [" ", link()]);
    this.tell(sayMade(made), made.problems.join(" "), where());
    this.said.append(...where());
  }

  private showLine(): void {
    if (this.waiting && !this.element.open) this.line.show(this.waiting, this.waiting.stopping);
  }

  private set busy(busy: boolean) {
    this.bar.hidden = this.stop.hidden = !busy;
    this.bar.removeAttribute("value"); // how much is done is not known yet
    write(this.share, "");
    this.go.disabled = busy;
    this.replace.hidden = true;
  }

  private settle(): void {
    clearTimeout(this.waiting?.timer);
    this.waiting = null;
    this.busy = false;
  }

  private tell(said: string, fault: string, more: readonly (Node | string)[] = []): void {
    write(this.said, said);
    write(this.fault, fault);
    this.fault.hidden = fault === "";
    if (!this.element.open && (!this.waiting || said === SILENT) && (said !== "" || fault !== "")) this.line.done([said || fault, ...more]);
  }
}

const SILENT = "The kernel does not answer yet: it may be running a cell. If it was restarted, run the notebook's cells again.";
const CANCELLED = "Cancelled: nothing was written.";
const FORGOTTEN = "The kernel does not answer: what it is still rendering is not waited for.";
const MAY_NOT = "View only: you may look and listen, not write files on the server. The session's owner can change that.";
const DEPTHS = [["24", "24 bit"], ["16", "16 bit, dithered"], ["32f", "32 bit float"]] as const;

function seconds(label: string): HTMLInputElement {
  return h("input", { type: "number", min: 0, step: "any", "aria-label": label, required: true });
}

function row(caption: string, ...parts: (Node | string)[]): HTMLElement {
  return h("div", { class: "mb-render-row" }, h("span", { class: "mb-render-caption" }, caption), h("span", {}, ...parts));
}

const place = (at: number): string => String(Number(at.toFixed(3)));
