// The session as this page sees and edits it: a healed snapshot of the shared document, edits, gestures, undo.
import * as Y from "yjs";
import { editName } from "./edit_name";
import { keysOf, LEFT_OUT, place, sendOf, sends } from "./flat";
import type { Snapshot } from "./model";
import { place as placed } from "./order";
import { isOrdered, KnownStrips, readSession } from "./reader";
import { repaired } from "./references";
import { reuse } from "./reuse";
import { field, type Plain, type PlainRecord } from "./schema";
import { putSend, shared } from "./shared";

/** Marks this page's own edits; undo takes back nothing else. */
const OWN = Symbol("own edit");
/** Where a step of the undo history keeps what it is called. */
const NAME = "name";
const ROOTS = ["tracks", "buses", "master", "automation", "markers", "comments", "meta"] as const;

/** A place in the document: a root's name, then keys. */
export type Path = readonly [root: (typeof ROOTS)[number], ...keys: string[]];

export class SharedSession {
  private cached: Snapshot | null = null;
  /** The snapshot before, whose parts the next one keeps where they have not changed. */
  private before: Snapshot | undefined;
  private readonly known = new KnownStrips();
  private readonly undoManager: Y.UndoManager;
  private readonly watchers = new Set<() => void>();
  private telling = false;
  /** How many edits this page has made, those taken back and made again among them. */
  edits = 0;

  constructor(readonly doc: Y.Doc) {
    this.undoManager = new Y.UndoManager(
      [...ROOTS.map((root) => doc.getMap(root)), doc.getText("notes")],
      { trackedOrigins: new Set([OWN]), captureTimeout: Number.MAX_SAFE_INTEGER },
    );
    doc.on("afterTransaction", this.onTransaction);
  }

  /** Whether the document holds a session yet; before the first sync it is empty. */
  get loaded(): boolean {
    return this.doc.getMap("meta").size > 0;
  }

  get notes(): Y.Text {
    return this.doc.getText("notes");
  }

  /** The session as plain data: the same object until the document changes, and in it the same parts until they do. */
  snapshot(): Snapshot {
    this.cached ??= reuse(this.before, repaired(readSession(this.doc, this.known)));
    this.before = this.cached;
    return this.cached;
  }

  /** Call `watcher` soon after the document changed, once for all that changed in one task; returns how to stop. */
  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** One edit: one transaction, one undo step. */
  edit(change: (edit: Edit) => void): void {
    this.undoManager.stopCapturing();
    this.edits++;
    this.extend(change);
  }

  /** A further transaction of the edit begun last: the moves of a gesture are one undo step. */
  extend(change: (edit: Edit) => void): void {
    this.doc.transact(() => change(new Edit(this.doc)), OWN);
  }

  /** What one's own edit to take back is called, and what the one taken back to make again; null where there is none. */
  get history(): { undo: string | null; redo: string | null } {
    const { undoStack, redoStack } = this.undoManager;
    const nameOf = (stack: typeof undoStack): string | null => (stack.length === 0 ? null : String(stack.at(-1)?.meta.get(NAME) ?? ""));
    return { undo: nameOf(undoStack), redo: nameOf(redoStack) };
  }

  undo(): void {
    const { undo } = this.history;
    if (!this.undoManager.undo()) return;
    this.edits++;
    this.undoManager.redoStack.at(-1)?.meta.set(NAME, undo);
  }

  redo(): void {
    const { redo } = this.history;
    if (!this.undoManager.redo()) return;
    this.edits++;
    this.undoManager.undoStack.at(-1)?.meta.set(NAME, redo);
  }

  close(): void {
    this.doc.off("afterTransaction", this.onTransaction);
    this.undoManager.destroy();
    this.watchers.clear();
  }

  private readonly onTransaction = (transaction: Y.Transaction): void => {
    if (transaction.changed.size === 0) return;
    this.cached = null;
    for (const type of transaction.changed.keys()) this.known.forget(type);
    const step = transaction.origin === OWN ? this.undoManager.undoStack.at(-1) : undefined;
    if (step && !step.meta.has(NAME)) step.meta.set(NAME, editName(this.doc, transaction.changed));
    if (this.telling) return;
    this.telling = true;
    // Not at once: an edit is on its way to the others before this page compiles and draws it.
    queueMicrotask(() => {
      this.telling = false;
      for (const watcher of [...this.watchers]) watcher();
    });
  };
}

/** What an edit may do; a place that is gone by now (deleted by a peer) is left alone. */
export class Edit {
  constructor(private readonly doc: Y.Doc) {}

  /** Set one field, e.g. `set(["tracks", "drums"], "gain", 0.5)`. */
  set(path: Path, name: string, value: Plain): void {
    const { map, key } = this.locate([...path, name]);
    if (map && map.get(key) !== value) map.set(key, value);
  }

  /** Put a whole record under its id into the map of its likes, after the others. */
  put(path: Path, record: string, id: string, data: PlainRecord): void {
    const { map, key } = this.locate([...path, id], true);
    if (!map) return;
    if (!isOrdered(record)) return void map.set(key, shared(record, data));
    const plain = map.toJSON() as PlainRecord;
    const others = Object.values(record === "send" ? sends(plain) : plain) as PlainRecord[];
    const pos = Math.max(0, ...others.map((other) => Number(other["pos"] ?? 0))) + 1;
    if (record === "send") putSend(map, id, data, pos);
    else map.set(key, shared(record, { ...data, pos }));
  }

  /** Bring the records of a list into an order in which one of them has a new place, by writing that one alone where it can be. */
  order(path: Path, names: readonly string[], moved: string): void {
    const { map } = this.locate([...path, names[0] ?? ""]);
    const records = new Map([...(map ?? [])].filter((entry): entry is [string, Y.Map<unknown>] => entry[1] instanceof Y.Map));
    const positions = new Map([...records].map(([name, record]) => [name, Number(record.get("pos") ?? 0)]));
    positions.delete(moved);
    for (const [name, pos] of placed(names.filter((name) => records.has(name)), positions)) records.get(name)?.set("pos", pos);
  }

  /** Put a stage that was left out, such as a strip's compressor, back as it was. */
  putBack(path: Path, stage: string): void {
    const { map, key } = this.locate([...path, stage]);
    const inner = map?.get(key);
    if (inner instanceof Y.Map) inner.delete(LEFT_OUT);
  }

  /** Delete a record, or whatever else a path leads to. */
  remove(path: Path, key: string): void {
    const whole = [...path, key];
    const { map } = this.locate(whole);
    if (map) for (const name of keysOf(whole, map.keys())) map.delete(name);
  }

  /** The map that holds what a path leads to, and under which key; null when something above it is gone. */
  private locate(path: readonly string[], create = false): { map: Y.Map<unknown> | null; key: string } {
    const keys = place(path);
    const key = keys.at(-1) as string;
    let map = this.doc.getMap(keys[0]);
    for (const name of keys.slice(1, -1)) {
      const next = map.get(name);
      if (!(next instanceof Y.Map)) return { map: null, key };
      if (create) next.delete(LEFT_OUT);
      map = next as Y.Map<unknown>;
    }
    const send = sendOf(path);
    return { map: send && !map.has(send.at(-1) as string) ? null : map, key };
  }
}

/** The default of a field that has one. */
export function defaultOf(record: string, name: string): Plain {
  return field(record, name).default ?? null;
}
