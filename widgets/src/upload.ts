// A file on its way into the folder of a session: checked to be audio, sent in parts, renamed when it is whole.
import { AUDIO, cookie } from "./server";
import { parseWav, WavError } from "./wav";

const PART_BYTES = 1 << 20;
export const HEADER_BYTES = 1 << 20;
/** Beyond this a file that only the browser's decoder knows is sent unchecked. */
const DECODED_BYTES = 256 << 20;
const TYPES = "WAV, FLAC, MP3, OGG or M4A";

export class UploadError extends Error {}

export interface Uploading {
  onProgress(share: number): void;
  signal: AbortSignal;
}

/** A file that can be looked into, wherever it is. */
export interface Opened {
  name: string;
  /** In bytes. */
  size: number;
  /** How it begins. */
  head: ArrayBuffer;
  whole(): Promise<ArrayBuffer>;
}

export async function opened(file: File): Promise<Opened> {
  const head = await file.slice(0, HEADER_BYTES).arrayBuffer();
  return { name: file.name, size: file.size, head, whole: () => file.arrayBuffer() };
}

/** Say that a name is no audio file's, or null. */
export function nameFault(name: string): string | null {
  return AUDIO.test(name) ? null : `${name} is no audio file: choose ${TYPES}.`;
}

/** Say what keeps a file from being played here, or null. */
export async function faultOf({ name, size, head, whole }: Opened): Promise<string | null> {
  const fault = nameFault(name);
  if (fault !== null) return fault;
  if (size === 0) return `${name} is empty.`;
  const magic = String.fromCharCode(...new Uint8Array(head, 0, Math.min(4, head.byteLength)));
  if (magic === "RIFF" || magic === "RF64") {
    try {
      const layout = parseWav(head);
      return layout && layout.frames === 0 ? `${name} holds no samples.` : null;
    } catch (error) {
      return `${name}: ${error instanceof WavError ? error.message : String(error)}.`;
    }
  }
  if (size > DECODED_BYTES) return null;
  try {
    await new OfflineAudioContext(1, 1, 44100).decodeAudioData(await whole());
    return null;
  } catch {
    return `${name} cannot be decoded by this browser: export it as WAV or FLAC.`;
  }
}

/** Send a file into a folder of the server; returns the path it has there. Whole or not at all. */
export async function upload(base: string, folder: string, file: File, { onProgress, signal }: Uploading): Promise<string> {
  await makeFolder(base, folder);
  const within = folder ? `${folder}/` : "";
  const part = `${within}${newName(file.name, 1)}.${Math.random().toString(36).slice(2, 8)}.part`;
  try {
    const parts = Math.max(1, Math.ceil(file.size / PART_BYTES));
    for (let index = 0; index < parts; index++) {
      const bytes = new Uint8Array(await file.slice(index * PART_BYTES, (index + 1) * PART_BYTES).arrayBuffer());
      const chunk = index === parts - 1 ? -1 : index + 1;
      await ask(base, part, "PUT", { type: "file", format: "base64", content: base64(bytes), ...(parts > 1 ? { chunk } : {}) }, signal);
      onProgress((index + 1) / parts);
    }
    for (let number = 1; ; number++) {
      const path = `${within}${newName(file.name, number)}`;
      const response = await send(base, part, "PATCH", { path }, signal);
      if (response.ok) return path;
      if (response.status !== 409) throw await refused(response, file.name);
    }
  } catch (error) {
    await send(base, part, "DELETE").catch(() => undefined);
    throw error;
  }
}

/** `drums.wav`, and when that is taken `drums 2.wav`. */
export function newName(name: string, number: number): string {
  const safe = name.replace(/[\\/:*?"<>|\u0000-\u001f]+/g, "-").replace(/^\.+/, "");
  const dot = safe.lastIndexOf(".");
  return number === 1 ? safe : `${safe.slice(0, dot)} ${number}${safe.slice(dot)}`;
}

/** Let the server copy a file of its own into a folder; returns the path the copy has there. */
export async function copyInto(base: string, folder: string, path: string, signal: AbortSignal): Promise<string> {
  await makeFolder(base, folder);
  const response = await send(base, folder, "POST", { copy_from: path }, signal);
  if (!response.ok) throw await refused(response, path);
  return ((await response.json()) as { path: string }).path;
}

async function makeFolder(base: string, folder: string): Promise<void> {
  if (folder === "") return;
  const there = await send(base, `${folder}?content=0`, "GET");
  if (there.status === 404) await ask(base, folder, "PUT", { type: "directory" });
  else if (!there.ok) throw await refused(there, folder);
}

async function ask(base: string, path: string, method: string, body: object, signal?: AbortSignal): Promise<void> {
  const response = await send(base, path, method, body, signal);
  if (!response.ok) throw await refused(response, path);
}

function send(base: string, path: string, method: string, body?: object, signal?: AbortSignal): Promise<Response> {
  const [place = "", query] = path.split("?");
  const url = `${base}api/contents/${place.split("/").map(encodeURIComponent).join("/")}${query ? `?${query}` : ""}`;
  return fetch(url, {
    method,
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", "X-XSRFToken": cookie("_xsrf") },
    ...(body ? { body: JSON.stringify(body) } : {}),
    ...(signal ? { signal } : {}),
  });
}

async function refused(response: Response, what: string): Promise<UploadError> {
  const said = (await response.json().catch(() => null)) as { message?: string } | null;
  return new UploadError(`${what} was not stored: ${said?.message ?? `the server answered ${response.status}`}.`);
}

function base64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 32768) parts.push(String.fromCharCode(...bytes.subarray(at, at + 32768)));
  return btoa(parts.join(""));
}
