// A session that is on no server: its document in step with the kernel's over the widget's own comm (widgets/wire.py).
import { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import type { Model } from "./anywidget";
import type { Link, RoomStatus } from "./room";

export class Wire implements Link {
  readonly doc = new Y.Doc();
  readonly awareness = new Awareness(this.doc);
  status: RoomStatus = "connecting";
  readonly role = "owner";
  readonly unstored = false;
  private readonly watchers = new Set<() => void>();

  constructor(private readonly model: Model) {
    this.doc.on("update", this.onUpdate);
    model.on("msg:custom", this.receive);
    model.send({ type: "sync" }, undefined, [Y.encodeStateVector(this.doc)]);
  }

  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  leave(): void {
    this.model.off("msg:custom", this.receive);
    this.doc.off("update", this.onUpdate);
    this.awareness.destroy();
    this.doc.destroy();
  }

  private readonly onUpdate = (update: Uint8Array, origin: unknown): void => {
    if (origin !== this) this.model.send({ type: "update" }, undefined, [update]);
  };

  private readonly receive = (message: unknown, buffers: DataView[] = []): void => {
    const { type } = message as { type?: string };
    const [first, second] = buffers.map((view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
    if (!first || (type !== "sync" && type !== "update")) return;
    Y.applyUpdate(this.doc, first, this);
    if (type === "update" || !second) return;
    const lacking = Y.encodeStateAsUpdate(this.doc, second);
    if (lacking.length > 2) this.model.send({ type: "update" }, undefined, [lacking]);
    this.status = "synced";
    for (const watcher of [...this.watchers]) watcher();
  };
}
