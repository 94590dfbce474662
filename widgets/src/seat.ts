// What this page has of a session, once however many views show it: the room, the document, the engine.
import type { Model } from "./anywidget";
import { SharedSession } from "./document";
import { Engine } from "./engine";
import { type Handles, joinRoom, leaveRoom, type Link, Room } from "./room";
import { fileUrl, openSession, socketBase, tileUrl } from "./server";
import { Wire } from "./wire";

export interface Seat {
  link: Link;
  session: SharedSession;
  engine: Engine;
}

const KERNEL_ANSWERS_MS = 10_000;
const seats = new Map<Link, { seat: Seat; users: number }>();
const wires = new WeakMap<Model, Wire>();

/** Take a seat in the session a widget shows: in its room, or at the end of its wire when it is on no server. */
export function takeSeat(base: string, handles: Handles, model: Model): Seat {
  const link = handles.room
    ? joinRoom(handles, {
        socketBase: socketBase(base),
        renew: (path) => openSession(base, path).catch(() => askKernel(model)),
      })
    : wireOf(model);
  let known = seats.get(link);
  if (!known) {
    const session = new SharedSession(link.doc);
    const engine = new Engine(session, (media) => fileUrl(base, handles.path, media), (tile) => tileUrl(base, tile));
    known = { seat: { link, session, engine }, users: 0 };
    seats.set(link, known);
  }
  known.users += 1;
  known.seat.engine.freezer.attach(model);
  return known.seat;
}

export function leaveSeat(seat: Seat, model: Model): void {
  const { link } = seat;
  seat.engine.freezer.detach(model);
  const known = seats.get(link);
  const last = known !== undefined && --known.users === 0;
  if (last) {
    seats.delete(link);
    seat.engine.close();
    seat.session.close();
  }
  if (link instanceof Room) leaveRoom(link);
  else if (last) {
    wires.delete(model);
    link.leave();
  }
}

function wireOf(model: Model): Wire {
  let wire = wires.get(model);
  if (!wire) {
    wire = new Wire(model);
    wires.set(model, wire);
  }
  return wire;
}

/** Ask the kernel for fresh handles, when the page itself cannot get them from the server. */
function askKernel(model: Model): Promise<Handles | null> {
  return new Promise((resolve, reject) => {
    const done = (message: unknown): void => {
      const answer = message as { type?: string; room?: string; session_id?: string; path?: string };
      if (answer.type !== "handles") return;
      model.off("msg:custom", done);
      clearTimeout(timer);
      const { room, session_id: sessionId, path = "" } = answer;
      resolve(room && sessionId ? { room, sessionId, path } : null);
    };
    const timer = setTimeout(() => {
      model.off("msg:custom", done);
      reject(new Error("the kernel does not answer"));
    }, KERNEL_ANSWERS_MS);
    model.on("msg:custom", done);
    model.send({ type: "renew" });
  });
}
