// A file that the Jupyter server has already: judged as one from the desktop is, played where it lies if that is beside the
// session, and copied there, by the server itself, if it is not.
import { fileUrl } from "./server";
import { faultOf, HEADER_BYTES, nameFault, type Opened } from "./upload";

export class ServerFile {
  readonly name: string;

  /** @param path As Lab has it, with the name of its drive or without. */
  constructor(readonly path: string) {
    this.name = path.slice(path.lastIndexOf("/") + 1).replace(/^[^:]*:/, "");
  }

  /** The path on the server; null on another drive, which the kernel cannot read. */
  get local(): string | null {
    const [, drive = "", path = ""] = /^(?:([^/:]*):)?(.*)$/s.exec(this.path) ?? [];
    return drive === "" || drive === "RTC" ? path.replace(/^\/+/, "") : null;
  }
}

/** Say what keeps a file of the server from being played, or null. */
export async function serverFault(base: string, file: ServerFile): Promise<string | null> {
  const { local, name } = file;
  if (local === null) return `${file.path} is on a drive of its own: copy it beside the session first.`;
  const fault = nameFault(name);
  if (fault !== null) return fault;
  const url = fileUrl(base, "", local);
  const load = async (from: number, to: number): Promise<Response> => {
    const response = await fetch(url, { credentials: "same-origin", headers: { Range: `bytes=${from}-${to - 1}` } });
    if (!response.ok && response.status !== 416) throw new Error(`${name} cannot be read: the server answered ${response.status}.`);
    return response;
  };
  try {
    const first = await load(0, HEADER_BYTES);
    const size = sizeOf(first);
    const head = first.status === 416 ? new ArrayBuffer(0) : (await first.arrayBuffer()).slice(0, HEADER_BYTES);
    const opened: Opened = { name, size: Math.max(size, head.byteLength), head, whole: async () => (await load(0, size)).arrayBuffer() };
    return await faultOf(opened);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** How long a file is that was asked for in part. */
function sizeOf(response: Response): number {
  const whole = /\/(\d+)$/.exec(response.headers.get("Content-Range") ?? "")?.[1];
  return Number(whole ?? response.headers.get("Content-Length") ?? 0);
}
