import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { afterEach, expect, test, vi } from "vitest";
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from "y-protocols/awareness";
import { readSyncMessage, writeSyncStep1, writeUpdate } from "y-protocols/sync";
import * as Y from "yjs";
import { SharedSession } from "../src/document";
import { type Handles, joinRoom, leaveRoom, type Room, roomUrl } from "../src/room";
import { Safety } from "../src/safety";

/** A room server in memory that speaks Jupyter's messages. */
class Server {
  readonly doc = new Y.Doc();
  readonly awareness = new Awareness(this.doc);
  readonly sockets = new Set<Socket>();
  known = "s1";
  /** Whether it keeps sessions as ours does: tells a role, says who is here, and answers what it has stored. */
  keeps = false;
  /** The numbers it was asked to confirm. */
  asked: number[] = [];
  urls: string[] = [];

  constructor() {
    this.awareness.setLocalState(null);
    this.doc.on("update", (update: Uint8Array, from: unknown) => {
      for (const socket of this.sockets) if (socket !== from) socket.give((m) => (encoding.writeVarUint(m, 0), writeUpdate(m, update)));
    });
    this.awareness.on("update", ({ added, updated, removed }: Record<string, number[]>, from: unknown) => {
      const update = encodeAwarenessUpdate(this.awareness, [...(added ?? []), ...(updated ?? []), ...(removed ?? [])]);
      for (const socket of this.sockets) if (socket !== from) socket.give((m) => (encoding.writeVarUint(m, 1), encoding.writeVarUint8Array(m, update)));
    });
  }

  get Socket(): typeof WebSocket {
    const server = this;
    return class extends Socket {
      constructor(url: string) {
        super(server, url);
      }
    } as unknown as typeof WebSocket;
  }

  drop(code = 1006): void {
    for (const socket of [...this.sockets]) socket.shut(code);
  }
}

class Socket {
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(private readonly server: Server, url: string) {
    server.urls.push(url);
    setTimeout(() => {
      this.readyState = 1;
      this.onopen?.();
      if (!url.endsWith(`sessionId=${server.known}`)) return this.shut(1003);
      server.sockets.add(this);
      if (server.keeps) {
        this.say({ type: "role", role: "editor" });
        const present = encodeAwarenessUpdate(server.awareness, [...server.awareness.getStates().keys()]);
        this.give((m) => (encoding.writeVarUint(m, 1), encoding.writeVarUint8Array(m, present)));
      }
      this.give((m) => (encoding.writeVarUint(m, 0), writeSyncStep1(m, server.doc)));
    });
  }

  give(write: (message: encoding.Encoder) => void): void {
    const message = encoding.createEncoder();
    write(message);
    const data = encoding.toUint8Array(message).slice().buffer;
    setTimeout(() => this.readyState === 1 && this.onmessage?.({ data }));
  }

  say(text: object): void {
    this.give((m) => (encoding.writeVarUint(m, 2), encoding.writeVarString(m, JSON.stringify(text))));
  }

  send(data: Uint8Array): void {
    const message = decoding.createDecoder(data);
    const kind = decoding.readVarUint(message);
    if (kind === 2) {
      expect(decoding.readVarString(message)).toBe("confirm");
      this.server.asked.push(decoding.readVarUint(message));
    } else if (kind === 0) {
      const reply = encoding.createEncoder();
      encoding.writeVarUint(reply, 0);
      readSyncMessage(message, reply, this.server.doc, this);
      if (encoding.length(reply) > 1) this.give((m) => encoding.writeUint8Array(m, encoding.toUint8Array(reply)));
    } else {
      applyAwarenessUpdate(this.server.awareness, decoding.readVarUint8Array(message), this);
    }
  }

  close(): void {
    this.shut(1000);
  }

  shut(code: number): void {
    this.readyState = 3;
    this.server.sockets.delete(this);
    this.onclose?.({ code });
  }
}

const rooms: Room[] = [];
let count = 0;

function join(server: Server, renew: () => Promise<Handles | null> = () => Promise.resolve(null)): Room {
  const handles = { room: `text:mbsession:${++count}`, sessionId: "s1", path: "song.mbsession" };
  const room = joinRoom(handles, { socketBase: "ws://host/", renew, WebSocket: server.Socket });
  rooms.push(room);
  return room;
}

const reached = (check: () => boolean) => vi.waitFor(() => expect(check()).toBe(true), { timeout: 3000, interval: 5 });

afterEach(() => {
  for (const room of rooms.splice(0)) leaveRoom(room);
});

test("the colons of a room's name are not encoded", () => {
  const url = roomUrl("ws://host/base/", { room: "text:mbsession:1-2", sessionId: "a b", path: "" });
  expect(url).toBe("ws://host/base/api/collaboration/room/text:mbsession:1-2?sessionId=a%20b");
});

test("two rooms converge, and say when they are in step", async () => {
  const server = new Server();
  server.doc.getMap("meta").set("name", "x");
  const [a, b] = [join(server), join(server)];
  await reached(() => a.status === "synced" && b.status === "synced");
  expect(a.doc.getMap("meta").get("name")).toBe("x");
  a.doc.getMap("meta").set("name", "y");
  await reached(() => b.doc.getMap("meta").get("name") === "y");
});

test("edits made offline arrive after the next connection", async () => {
  const server = new Server();
  const [a, b] = [join(server), join(server)];
  await reached(() => a.status === "synced" && b.status === "synced");
  server.drop();
  expect(a.status).toBe("offline");
  a.doc.getMap("meta").set("from", "a");
  b.doc.getMap("other").set("from", "b");
  await reached(() => server.doc.getMap("meta").get("from") === "a" && a.doc.getMap("other").get("from") === "b");
});

test("a session the server forgot is renewed", async () => {
  const server = new Server();
  let room = "";
  const a = join(server, () => {
    server.known = "s2";
    return Promise.resolve({ room, sessionId: "s2", path: "song.mbsession" });
  });
  room = `text:mbsession:${count}`;
  await reached(() => a.status === "synced");
  server.known = "s9";
  server.drop(1003);
  await reached(() => a.status === "synced" && server.urls.length === 2);
});

test("an edit is unstored until the server says that it has it, and one made offline until it is back", async () => {
  const server = new Server();
  server.keeps = true;
  const a = join(server);
  const session = new SharedSession(a.doc);
  const safety = new Safety(a, session);
  expect(safety.say().text).toBe("Connecting");
  await reached(() => a.status === "synced" && a.role === "editor");
  expect(safety.say().text).toBe("Saved");
  const edit = (value: number) => session.edit(() => a.doc.getMap("meta").set("tempo_bpm", value));
  edit(100);
  edit(101);
  expect(safety.say().text).toBe("Saving…");
  await reached(() => server.asked.length === 1);
  expect(server.asked).toEqual([2]);
  edit(102);
  for (const socket of server.sockets) socket.say({ type: "stored", responseTo: 2 });
  await reached(() => server.asked.length === 2);
  expect([a.unstored, safety.say().text]).toEqual([true, "Saving…"]);
  for (const socket of server.sockets) socket.say({ type: "stored", responseTo: 3 });
  await reached(() => !a.unstored);
  server.doc.getMap("state").set("dirty", true);
  await reached(() => safety.say().text === "Saving…");
  server.doc.getMap("state").set("dirty", false);
  await reached(() => safety.say().text === "Saved");
  server.drop();
  expect(safety.say().text).toBe("Offline: trying to reach the server");
  edit(103);
  expect(safety.say().text).toBe("Offline: 1 edit kept here");
  session.undo();
  expect(safety.say().text).toBe("Offline: 2 edits kept here");
  await reached(() => a.status === "synced");
  expect(safety.say().text).toBe("Saving…");
  await reached(() => server.asked.length === 3);
  expect(server.asked.at(-1)).toBe(5);
});

test("a server that keeps no sessions is not asked what it has stored", async () => {
  const server = new Server();
  const a = join(server);
  await reached(() => a.status === "synced");
  a.doc.getMap("meta").set("name", "x");
  expect(a.unstored).toBe(false);
});

test("a refusal is final", async () => {
  const server = new Server();
  server.known = "other";
  const a = join(server);
  await reached(() => a.status === "refused");
  expect(server.urls).toHaveLength(1);
});

test("people see each other at once, and a leaver goes at once", async () => {
  const server = new Server();
  const a = join(server);
  await reached(() => a.status === "synced");
  a.awareness.setLocalState({ user: { name: "ada" } });
  const b = join(server);
  b.awareness.setLocalState({ user: { name: "ben" } });
  const names = (room: Room) => [...room.awareness.getStates().values()].map((state) => state["user"]?.name).sort();
  await reached(() => names(a).join() === "ada,ben" && names(b).join() === "ada,ben");
  leaveRoom(rooms.pop() as Room);
  await reached(() => names(a).join() === "ada");
});

test("who was cut off and is back is seen again at once, though the server had said that he is gone", async () => {
  const server = new Server();
  server.keeps = true;
  const [a, b] = [join(server), join(server)];
  a.awareness.setLocalState({ user: { name: "ada" } });
  b.awareness.setLocalState({ user: { name: "ben" } });
  const seen = (room: Room) => room.awareness.getStates().size;
  await reached(() => seen(a) === 2 && seen(b) === 2);
  const [first] = server.sockets;
  const clock = a.awareness.meta.get(a.doc.clientID)?.clock ?? 0;
  first?.shut(1006);
  const gone = encoding.createEncoder();
  for (const number of [1, a.doc.clientID, clock + 1]) encoding.writeVarUint(gone, number);
  encoding.writeVarString(gone, "null");
  applyAwarenessUpdate(server.awareness, encoding.toUint8Array(gone), null);
  await reached(() => seen(b) === 1);
  await reached(() => seen(a) === 2 && seen(b) === 2);
});

test("messages of unknown kinds are ignored", async () => {
  const server = new Server();
  const a = join(server);
  await reached(() => a.status === "synced");
  for (const socket of server.sockets) {
    socket.give((m) => (encoding.writeVarUint(m, 2), encoding.writeVarString(m, '{"type":"conflict"}')));
    socket.give((m) => encoding.writeVarUint(m, 77));
  }
  server.doc.getMap("meta").set("still", "here");
  await reached(() => a.doc.getMap("meta").get("still") === "here");
});

test("the server says what this page may do", async () => {
  const server = new Server();
  const a = join(server);
  await reached(() => a.status === "synced");
  expect(a.role).toBe("editor");
  for (const socket of server.sockets)
    socket.give((m) => (encoding.writeVarUint(m, 2), encoding.writeVarString(m, '{"type":"role","role":"viewer"}')));
  await reached(() => a.role === "viewer");
});

test("views of one session share one connection", async () => {
  const server = new Server();
  const handles = { room: "text:mbsession:shared", sessionId: "s1", path: "" };
  const options = { socketBase: "ws://host/", renew: () => Promise.resolve(null), WebSocket: server.Socket };
  const [a, b] = [joinRoom(handles, options), joinRoom(handles, options)];
  expect(a).toBe(b);
  await reached(() => a.status === "synced");
  leaveRoom(a);
  expect(server.sockets.size).toBe(1);
  leaveRoom(b);
  expect(server.sockets.size).toBe(0);
});
