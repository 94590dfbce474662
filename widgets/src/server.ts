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

function cookie(name: string): string {
  const found = document.cookie.split("; ").find((item) => item.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}
