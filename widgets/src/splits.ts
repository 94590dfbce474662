// The browser's half of widgets/splits.py: one recording's dated agreements, edited to exactly 100 %.
import type { Model } from "./anywidget";
import { h, put, write } from "./dom";
import { fault, percent, ppm, WHOLE, type Share } from "./shares";
import { addStyle } from "./statements";

interface Agreement {
  valid_from: string;
  valid_to: string;
  shares: Share[];
}
interface Watched extends Omit<Model, "on" | "off"> {
  on(event: string, callback: (message: unknown) => void): void;
  off(event: string, callback: (message: unknown) => void): void;
}

function render({ model, el }: { model: Watched; el: HTMLElement }): () => void {
  addStyle();
  const track = h("select", { "aria-label": "Recording" });
  const from = h("input", { type: "text", "aria-label": "Valid from", placeholder: "YYYY-MM", size: 8 });
  const rest = h("input", { type: "checkbox", "aria-label": "The rest stays unallocated" });
  const body = h("tbody");
  const columns = h("tr", {}, h("th", { class: "mb-text", scope: "col" }, "Recipient"), h("th", { scope: "col" }, "%"), h("th"));
  const table = h("table", { "aria-label": "Shares" }, h("thead", {}, columns), body);
  const bar = h("div");
  const total = h("span", { role: "status", "aria-label": "Total" });
  const add = h("button", { type: "button" }, "Add share");
  const even = h("button", { type: "button" }, "Split evenly");
  const undo = h("button", { type: "button" }, "Discard");
  const save = h("button", { type: "button", class: "mb-main" }, "Save");
  const said = h("span", { role: "alert" });
  const past = h("section", { class: "mb-told", "aria-label": "Agreements" });
  const fill = (): HTMLElement => h("span", { class: "mb-money-fill" });
  el.append(
    h(
      "div",
      { class: "mb-money" },
      h("div", { class: "mb-money-bar" }, h("label", {}, "Recording ", track), h("label", {}, "Valid from ", from), fill(), add, even),
      table,
      h("div", { class: "mb-sum" }, bar),
      h("div", { class: "mb-money-bar" }, total, h("label", {}, rest, "the rest stays unallocated"), fill(), said, undo, save),
      past,
    ),
  );

  let shares: Share[] = [];
  let request = 0;

  const judge = (): void => {
    const parts = shares.reduce((sum, share) => sum + (ppm(share.percentage) ?? 0), 0);
    const wrong = fault(shares, from.value.trim(), rest.checked);
    write(total, wrong ? `${percent(parts)} %: ${wrong}` : `${percent(parts)} %`);
    put(total, "class", wrong ? "mb-bad" : "mb-good");
    bar.style.width = `${Math.min(100, (100 * parts) / WHOLE)}%`;
    put(bar, "class", parts > WHOLE ? "mb-over" : "");
    save.disabled = wrong !== null;
  };
  const row = (share: Share): HTMLElement => {
    const name = h("input", { type: "text", value: share.recipient, "aria-label": "Recipient" });
    const amount = h("input", { type: "text", class: "mb-amount", value: share.percentage, inputmode: "decimal", "aria-label": `Percentage of ${share.recipient || "new share"}` });
    const gone = h("button", { type: "button", "aria-label": `Remove ${share.recipient || "share"}` }, "×");
    name.addEventListener("input", () => {
      share.recipient = name.value;
      put(amount, "aria-label", `Percentage of ${name.value || "new share"}`);
      put(gone, "aria-label", `Remove ${name.value || "share"}`);
      judge();
    });
    amount.addEventListener("input", () => {
      share.percentage = amount.value;
      put(amount, "aria-invalid", ppm(amount.value) === null);
      judge();
    });
    gone.addEventListener("click", () => {
      shares = shares.filter((other) => other !== share);
      draw();
    });
    return h("tr", {}, h("td", { class: "mb-text" }, name), h("td", {}, amount), h("td", {}, gone));
  };
  const draw = (): void => {
    body.replaceChildren(...shares.map(row));
    judge();
  };
  const load = (): void => {
    const sets = model.get("sets") as Agreement[];
    const current = model.get("track") as string;
    track.replaceChildren(...(model.get("tracks") as string[]).map((name) => h("option", { value: name, selected: name === current }, name)));
    shares = (sets[0]?.shares ?? []).map((share) => ({ ...share }));
    from.value = sets[0]?.valid_from ?? "";
    rest.checked = shares.length > 0 && shares.reduce((sum, share) => sum + (ppm(share.percentage) ?? 0), 0) < WHOLE;
    past.replaceChildren(...sets.map(agreement));
    draw();
  };
  const agreement = (one: Agreement): HTMLElement => {
    const range = `${one.valid_from || "since ever"} ${one.valid_to ? `until before ${one.valid_to}` : "on"}`;
    const names = one.shares.map((share) => `${share.recipient} ${share.percentage} %`).join(", ");
    return h("div", {}, h("span", { class: "mb-dim" }, `${range}: `), names);
  };
  const receive = (message: unknown): void => {
    const answer = message as { type: string; request: number; message?: string };
    if (answer.request !== request) return;
    put(said, "class", answer.type === "saved" ? "mb-good" : "mb-bad");
    write(said, answer.type === "saved" ? "Saved." : (answer.message ?? ""));
  };

  add.addEventListener("click", () => {
    shares = [...shares, { recipient: "", percentage: "" }];
    draw();
    body.querySelector<HTMLInputElement>("tr:last-child input")?.focus();
  });
  even.addEventListener("click", () => {
    const each = Math.floor(WHOLE / Math.max(1, shares.length));
    shares.forEach((share, place) => {
      share.percentage = percent(each + (place < WHOLE - each * shares.length ? 1 : 0));
    });
    draw();
  });
  save.addEventListener("click", () => {
    write(said, "");
    model.send({ type: "save", request: ++request, shares, valid_from: from.value.trim(), rest_unallocated: rest.checked });
  });
  from.addEventListener("input", judge);
  rest.addEventListener("change", judge);
  undo.addEventListener("click", load);
  track.addEventListener("change", () => model.send({ type: "show", track: track.value }));
  model.on("msg:custom", receive);
  model.on("change:sets", load);
  model.on("change:track", load);
  load();
  return () => {
    model.off("msg:custom", receive);
    model.off("change:sets", load);
    model.off("change:track", load);
  };
}

export default { render };
