// Comments pinned to a time and a track, with author and resolved state.
import type { SharedSession } from "./document";
import { h, keyed, onSubmit, write } from "./dom";
import { icon } from "./icons";
import type { Comment, Snapshot } from "./model";
import { formatTime } from "./scale";

export interface CommentActions {
  seek(seconds: number): void;
  position(): number;
  author(): string;
  track(): string | null;
  readonly(): boolean;
}

export class CommentsView {
  readonly element: HTMLElement;
  private readonly list = h("ol", { class: "mb-comment-list", "aria-label": "Comments" });
  private readonly field = h("input", { class: "mb-field", type: "text", placeholder: "Comment at the playhead", "aria-label": "New comment" });
  private readonly send = h("button", { class: "mb-send", type: "submit" }, "Comment");
  private readonly nothing = h("p", { class: "mb-said" }, "No comments yet. One is pinned to the playhead and to the track in hand, and stands on the ruler until it is resolved.");
  private readonly views = new Map<string, CommentItem>();

  constructor(
    private readonly session: SharedSession,
    private readonly actions: CommentActions,
  ) {
    const form = h("form", { class: "mb-form" }, this.field, this.send);
    onSubmit(form, () => this.add());
    this.element = h("div", { class: "mb-comments" }, this.list, this.nothing, form);
  }

  update(snapshot: Snapshot): void {
    this.field.disabled = this.send.disabled = this.actions.readonly();
    this.field.placeholder = this.actions.readonly() ? "View only: you may read comments, not write them" : "Comment at the playhead";
    this.nothing.hidden = snapshot.comments.length > 0;
    keyed(this.list, this.views, snapshot.comments, (comment) => comment.id, () => new CommentItem(this.session, this.actions));
    for (const view of this.views.values()) view.show(snapshot, this.actions.readonly());
  }

  /** Put the light on one comment. */
  open(id: string): void {
    const view = this.views.get(id);
    view?.element.scrollIntoView({ block: "nearest" });
    view?.element.classList.add("mb-lit");
    setTimeout(() => view?.element.classList.remove("mb-lit"), 1500);
  }

  private add(): void {
    const text = this.field.value.trim();
    if (!text || this.actions.readonly()) return;
    const id = `comment-${Math.random().toString(36).slice(2, 10)}`;
    const time = Math.round(this.actions.position() * 1000) / 1000;
    const data = { time_s: time, track: this.actions.track(), author: this.actions.author(), text, resolved: false };
    this.session.edit((edit) => edit.put(["comments"], "comment", id, data));
    this.field.value = "";
  }
}

class CommentItem {
  readonly element: HTMLElement;
  private readonly time = h("button", { type: "button", class: "mb-time" });
  private readonly author = h("strong");
  private readonly track = h("span", { class: "mb-chip" });
  private readonly text = h("span", { class: "mb-text" });
  private readonly resolve = h("button", { type: "button", class: "mb-small" }, icon("check"));
  private readonly remove = h("button", { type: "button", class: "mb-small", "aria-label": "Delete comment", title: "Delete" }, icon("trash"));
  private comment: Comment | null = null;

  constructor(session: SharedSession, actions: CommentActions) {
    this.element = h("li", { class: "mb-comment" }, this.time, this.author, this.track, this.text, this.resolve, this.remove);
    this.time.addEventListener("click", () => this.comment && actions.seek(this.comment.time_s));
    this.resolve.addEventListener("click", () => {
      const { comment } = this;
      if (comment && !actions.readonly())
        session.edit((edit) => edit.set(["comments", comment.id], "resolved", !comment.resolved));
    });
    this.remove.addEventListener("click", () => {
      const { comment } = this;
      if (comment && !actions.readonly()) session.edit((edit) => edit.remove(["comments"], comment.id));
    });
  }

  update(comment: Comment): void {
    this.comment = comment;
    write(this.time, formatTime(comment.time_s));
    write(this.author, comment.author || "Anonymous");
    write(this.text, comment.text);
    this.element.classList.toggle("mb-resolved", comment.resolved);
    const label = comment.resolved ? "Open again" : "Resolve";
    const which = `comment by ${comment.author || "Anonymous"} at ${formatTime(comment.time_s)}`;
    this.resolve.setAttribute("aria-label", `${label} ${which}`);
    this.remove.setAttribute("aria-label", `Delete ${which}`);
    this.resolve.title = label;
  }

  /** Name the comment's track, and let nobody edit who may not. */
  show(snapshot: Snapshot, readonly: boolean): void {
    this.resolve.disabled = this.remove.disabled = readonly;
    const id = this.comment?.track;
    const name = [...snapshot.tracks, ...snapshot.buses].find((strip) => strip.id === id)?.name ?? id ?? "";
    this.track.hidden = name === "";
    write(this.track, name);
  }
}
