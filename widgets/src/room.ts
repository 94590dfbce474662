// The page's seat in a Jupyter collaboration room: one Y.Doc and one websocket per room per page, counted by its users.
// Messages start with a byte: 0 sync (step 1, step 2, update), 1 awareness, 2 raw text of the server; others are ignored.
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate, removeAwarenessStates } from "y-protocols/awareness";
import { messageYjsSyncStep2, readSyncMessage, writeSyncStep1, writeUpdate } from "y-protocols/sync";
import * as Y from "yjs";

const SYNC = 0;
const AWARENESS = 1;
const RAW = 2;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 2_000;
const UNKNOWN_SESSION = 1003;
/** How long edits gather before the server is asked whether it has stored them. */
const ASK_AFTER_MS = 50;

/** Where a room is: the three handles the kernel passes, nothing else. */
export interface Handles {
  room: string;
  sessionId: string;
  path: string;
}

/** What the server lets this page do. */
export type Role = "owner" | "editor" | "viewer";

export type RoomStatus = "connecting" | "synced" | "offline" | "refused";

export interface RoomOptions {
  /** Websocket base, `ws://host/base/`, with a trailing slash. */
  socketBase: string;
  /** Asks for a fresh session when the server no longer knows ours; null when it refuses. */
  renew: (path: string) => Promise<Handles | null>;
  /** Injected by tests. */
  WebSocket?: typeof WebSocket;
}

/** The room's websocket address; the colons of the room's name must stay as they are. */
export function roomUrl(socketBase: string, handles: Handles): string {
  return `${socketBase}api/collaboration/room/${handles.room}?sessionId=${encodeURIComponent(handles.sessionId)}`;
}

/** A connected copy of a session's document, whatever connects it. */
export interface Link {
  readonly doc: Y.Doc;
  readonly awareness: Awareness;
  readonly status: RoomStatus;
  readonly role: Role;
  /** Whether there are edits of this page that the server has not said it has stored. */
  readonly unstored: boolean;
  /** Call `watcher` whenever the status changes; returns how to stop. */
  watch(watcher: () => void): () => void;
  leave(): void;
}

export class Room implements Link {
  readonly doc = new Y.Doc();
  readonly awareness = new Awareness(this.doc);
  status: RoomStatus = "connecting";
  role: Role = "editor";
  users = 0;
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private delay = FIRST_DELAY_MS;
  private left = false;
  /** Own updates so far, and how many of them are stored; the server answers with the number it was asked. */
  private written = 0;
  private stored = 0;
  private asking: ReturnType<typeof setTimeout> | null = null;
  /** Whether the server keeps sessions, and so answers at all: one that does says what role this page has. */
  private keeps = false;
  private readonly watchers = new Set<() => void>();

  constructor(
    private handles: Handles,
    private readonly options: RoomOptions,
  ) {
    this.awareness.setLocalState(null);
    this.doc.on("update", this.onUpdate);
    this.awareness.on("update", this.onAwareness);
    globalThis.addEventListener?.("pagehide", this.onPageHide);
    globalThis.addEventListener?.("online", this.onOnline);
    globalThis.addEventListener?.("beforeunload", this.onBeforeUnload);
    this.connect();
  }

  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  get unstored(): boolean {
    return this.stored < this.written && (this.keeps || this.status !== "synced");
  }

  /** Leave for good: peers see it at once. */
  leave(): void {
    this.left = true;
    if (this.timer !== null) clearTimeout(this.timer);
    removeAwarenessStates(this.awareness, [this.doc.clientID], "leave");
    this.doc.off("update", this.onUpdate);
    this.awareness.off("update", this.onAwareness);
    globalThis.removeEventListener?.("pagehide", this.onPageHide);
    globalThis.removeEventListener?.("online", this.onOnline);
    globalThis.removeEventListener?.("beforeunload", this.onBeforeUnload);
    this.stopAsking();
    this.socket?.close();
    this.socket = null;
    this.awareness.destroy();
    this.doc.destroy();
  }

  private connect(): void {
    this.timer = null;
    if (this.left) return;
    const Socket = this.options.WebSocket ?? WebSocket;
    const socket = new Socket(roomUrl(this.options.socketBase, this.handles));
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onopen = () => {
      this.send((message) => {
        encoding.writeVarUint(message, SYNC);
        writeSyncStep1(message, this.doc);
      });
      this.sendPresence([this.doc.clientID]);
    };
    socket.onmessage = (event: MessageEvent) => {
      if (event.data instanceof ArrayBuffer) this.receive(new Uint8Array(event.data));
    };
    socket.onclose = (event: CloseEvent) => {
      if (this.socket === socket) void this.onClose(event.code);
    };
  }

  private receive(data: Uint8Array): void {
    const message = decoding.createDecoder(data);
    switch (decoding.readVarUint(message)) {
      case SYNC: {
        const reply = encoding.createEncoder();
        encoding.writeVarUint(reply, SYNC);
        const kind = readSyncMessage(message, reply, this.doc, this);
        if (encoding.length(reply) > 1) this.socket?.send(encoding.toUint8Array(reply));
        if (kind === messageYjsSyncStep2) {
          this.delay = FIRST_DELAY_MS;
          this.setStatus("synced");
          this.ask();
        }
        break;
      }
      case AWARENESS:
        applyAwarenessUpdate(this.awareness, decoding.readVarUint8Array(message), this);
        break;
      case RAW:
        this.hear(decoding.readVarString(message));
        break;
      default:
        break;
    }
  }

  /** The server's own words: what role this page has, what it has stored; the rest is for others. */
  private hear(text: string): void {
    const { type, role, responseTo } = JSON.parse(text) as { type?: string; role?: string; responseTo?: number };
    if (type === "role" && (role === "owner" || role === "editor" || role === "viewer")) {
      this.role = role;
      this.keeps = true;
    } else if (type === "stored" && typeof responseTo === "number") {
      this.stored = Math.max(this.stored, responseTo);
      this.stopAsking();
    } else return;
    this.ask();
    this.notify();
  }

  /** Ask the server, soon and one question at a time, whether it has stored what this page wrote. */
  private ask(): void {
    if (this.asking !== null || !this.unstored || this.status !== "synced") return;
    this.asking = setTimeout(() => {
      this.send((message) => {
        encoding.writeVarUint(message, RAW);
        encoding.writeVarString(message, "confirm");
        encoding.writeVarUint(message, this.written);
      });
    }, ASK_AFTER_MS);
  }

  private stopAsking(): void {
    if (this.asking !== null) clearTimeout(this.asking);
    this.asking = null;
  }

  private readonly onUpdate = (update: Uint8Array, origin: unknown): void => {
    if (origin === this) return;
    this.written++;
    this.send((message) => {
      encoding.writeVarUint(message, SYNC);
      writeUpdate(message, update);
    });
    this.ask();
  };

  private readonly onAwareness = (
    changes: { added: number[]; updated: number[]; removed: number[] },
    origin: unknown,
  ): void => {
    const own = this.doc.clientID;
    const all = [...changes.added, ...changes.updated, ...changes.removed];
    if (all.includes(own)) {
      if (origin !== this) this.sendPresence([own]);
    } else if (changes.added.length > 0 && origin === this) {
      // A newcomer knows nobody until the next heartbeat: introduce ourselves at once, as news that is relayed.
      const state = this.awareness.getLocalState();
      if (state) this.awareness.setLocalState(state);
    }
  };

  private sendPresence(clients: number[]): void {
    const known = clients.filter((client) => this.awareness.meta.has(client));
    if (known.length === 0) return;
    this.send((message) => {
      encoding.writeVarUint(message, AWARENESS);
      encoding.writeVarUint8Array(message, encodeAwarenessUpdate(this.awareness, known));
    });
  }

  private send(write: (message: encoding.Encoder) => void): void {
    // 1 is OPEN; what is not sent now travels with the next sync.
    if (this.socket?.readyState !== 1) return;
    const message = encoding.createEncoder();
    write(message);
    this.socket.send(encoding.toUint8Array(message));
  }

  private async onClose(code: number): Promise<void> {
    this.socket = null;
    if (this.left) return;
    this.stopAsking();
    this.setStatus("offline");
    this.forgetOthers();
    this.datePresence();
    if (code === UNKNOWN_SESSION) {
      const fresh = await this.options.renew(this.handles.path).catch(() => undefined);
      if (this.left) return;
      if (fresh === null) return this.setStatus("refused");
      if (fresh) this.handles = fresh;
    }
    this.timer = setTimeout(() => this.connect(), this.delay);
    this.delay = Math.min(this.delay * 2, LONGEST_DELAY_MS);
  }

  /** Also how late their last words were: who is still here when this page is back may have said nothing since. */
  private forgetOthers(): void {
    const others = [...this.awareness.meta.keys()].filter((client) => client !== this.doc.clientID);
    removeAwarenessStates(this.awareness, others, this);
    for (const client of others) this.awareness.meta.delete(client);
  }

  /** The server says of who is cut off that he is gone, one tick after his last word: what is said next is later. */
  private datePresence(): void {
    const state = this.awareness.getLocalState();
    for (let tick = 0; state && tick < 2; tick++) this.awareness.setLocalState(state);
  }

  private readonly onOnline = (): void => {
    if (this.timer === null) return;
    clearTimeout(this.timer);
    this.connect();
  };

  private readonly onPageHide = (): void => {
    removeAwarenessStates(this.awareness, [this.doc.clientID], "leave");
  };

  /** Edits that are only here would go with the page. */
  private readonly onBeforeUnload = (event: BeforeUnloadEvent): void => {
    if (this.unstored) event.preventDefault();
  };

  private setStatus(status: RoomStatus): void {
    if (status === this.status) return;
    this.status = status;
    this.notify();
  }

  private notify(): void {
    for (const watcher of [...this.watchers]) watcher();
  }
}

const rooms = new Map<string, Room>();

/** Join a room, or the one this page is in already; every call needs one `leaveRoom`. */
export function joinRoom(handles: Handles, options: RoomOptions): Room {
  let room = rooms.get(handles.room);
  if (!room) {
    room = new Room(handles, options);
    rooms.set(handles.room, room);
  }
  room.users += 1;
  return room;
}

/** Give a seat back; the last one closes the connection. */
export function leaveRoom(room: Room): void {
  room.users -= 1;
  if (room.users > 0) return;
  for (const [name, known] of rooms) if (known === room) rooms.delete(name);
  room.leave();
}
