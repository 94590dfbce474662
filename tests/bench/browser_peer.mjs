// A scripted browser: the page's own room (widgets/src/room.ts) in Node, moving a fader 50 times a second.
// It is told "go", "stop" or "show" on its input, and shows what it holds and what the server confirmed as stored.
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import WebSocket from "ws";
import { writeSyncStep1 } from "y-protocols/sync";
import { joinRoom } from "../../widgets/src/room";

const { server, token, room: name, session, path, track } = JSON.parse(process.argv[2]);
const headers = { Authorization: `token ${token}` };
let confirmed = new Uint8Array([0]);
let socket = null;

/** Logs in with the token, as a page does with its cookie, and listens for the server's state vectors. */
class TokenSocket extends WebSocket {
  constructor(url) {
    super(url, { headers });
    socket = this;
    this.on("error", () => {}); // a refused connection closes, which the room sees
    this.addEventListener("message", ({ data }) => {
      const message = decoding.createDecoder(new Uint8Array(data));
      if (decoding.readVarUint(message) === 0 && decoding.readVarUint(message) === 0)
        confirmed = decoding.readVarUint8Array(message).slice();
    });
  }
}

async function renew() {
  const body = JSON.stringify({ format: "text", type: "mbsession" });
  const answer = await fetch(`${server}api/collaboration/session/${path}`, { method: "PUT", headers, body });
  const { format, type, fileId, sessionId } = await answer.json();
  return { room: `${format}:${type}:${fileId}`, sessionId, path };
}

const room = joinRoom(
  { room: name, sessionId: session, path },
  { socketBase: server.replace(/^http/, "ws"), renew, WebSocket: TokenSocket },
);
let count = 0;
let moving = true;
setInterval(() => {
  const record = moving && room.doc.getMap("tracks").get(track);
  if (record) record.set("gain", ++count);
}, 20);
setInterval(() => {
  if (room.status !== "synced" || socket.readyState !== WebSocket.OPEN) return;
  const question = encoding.createEncoder();
  encoding.writeVarUint(question, 0);
  writeSyncStep1(question, room.doc);
  socket.send(encoding.toUint8Array(question));
}, 100);
process.stdin.on("data", (said) => {
  for (const word of String(said).trim().split("\n")) {
    if (word !== "show") moving = word === "go";
    else
      console.log(
        JSON.stringify({
          count,
          status: room.status,
          tracks: room.doc.getMap("tracks").toJSON(),
          confirmed: Buffer.from(confirmed).toString("base64"),
          pending: room.doc.store.pendingStructs !== null,
        }),
      );
  }
});
