// The Jupyter server this page comes from: its address, who we are to it, and fresh room sessions.
import type { User } from "./people";
import type { Handles } from "./room";

/** The server's base address with a trailing slash: what Lab says, or what the kernel passed. */
export function baseUrl(given: string): string {
  const config = document.getElementById("jupyter-config-data")?.textContent;
  const base = given || (config ? (JSON.parse(config) as { baseUrl?: string }).baseUrl : "") || "/";
  const url = new URL(base, location.href).href;
  return url.endsWith("/") ? url : `${url}/`;
}

/** The same address for websockets. */
export function socketBase(base: string): string {
  return base.replace(/^http/, "ws");
}

/** Where a file beside the session is served. */
export function fileUrl(base: string, sessionPath: string, media: string): string {
  const folder = sessionPath.split("/").slice(0, -1);
  return `${base}files/${[...folder, ...media.split("/")].map(encodeURIComponent).join("/")}`;
}

/** Where a tile of what a kernel rendered is served. */
export function tileUrl(base: string, tile: string): string {
  return `${base}maxbooster/api/tiles/${tile}`;
}

/** Who the server says is looking; null when it does not say. */
export async function whoAmI(base: string): Promise<User | null> {
  try {
    const response = await fetch(`${base}api/me`, { credentials: "same-origin" });
    return response.ok ? (((await response.json()) as { identity?: User }).identity ?? null) : null;
  } catch {
    return null;
  }
}

/** Ask for a session of a document's room; null when the server refuses it. */
export async function openSession(base: string, path: string): Promise<Handles | null> {
  const url = `${base}api/collaboration/session/${path.split("/").map(encodeURIComponent).join("/")}`;
  const response = await fetch(url, {
    method: "PUT",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", "X-XSRFToken": cookie("_xsrf") },
    body: JSON.stringify({ format: "text", type: "mbsession" }),
  });
  if (response.status === 401 || response.status === 403) return null;
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const found = (await response.json()) as { format: string; type: string; fileId: string; sessionId: string };
  return { room: `${found.format}:${found.type}:${found.fileId}`, sessionId: found.sessionId, path };
}

interface Entry {
  name: string;
  path: string;
  type: string;
  content: Entry[] | null;
}

export const AUDIO = /\.(wav|flac|mp3|ogg|m4a|aiff?)$/i;

/** The audio files beside a session and in the folders beside it, as the session would name them. */
export async function listAudio(base: string, sessionPath: string): Promise<string[]> {
  const folder = sessionPath.split("/").slice(0, -1).join("/");
  const within = folder ? `${folder}/` : "";
  const entries = await listFolder(base, folder);
  const folders = entries.filter((entry) => entry.type === "directory");
  const inside = await Promise.all(folders.map((entry) => listFolder(base, entry.path)));
  return [...entries, ...inside.flat()]
    .filter((entry) => entry.type === "file" && AUDIO.test(entry.name))
    .map((entry) => (entry.path.startsWith(within) ? entry.path.slice(within.length) : entry.path))
    .sort();
}

async function listFolder(base: string, path: string): Promise<Entry[]> {
  const url = `${base}api/contents/${path.split("/").map(encodeURIComponent).join("/")}?content=1`;
  const response = await fetch(url, { credentials: "same-origin" });
  return response.ok ? (((await response.json()) as Entry).content ?? []) : [];
}

/** The value of one of the page's cookies. */
export function cookie(name: string): string {
  const found = document.cookie.split("; ").find((item) => item.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}
