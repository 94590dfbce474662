// What an edit was, in a few words, for Undo and Redo: read off the places of the document that it changed.
import * as Y from "yjs";

type Shared = Y.AbstractType<any>;

const STAGES: Record<string, string> = { eq: "equalizer", compressor: "compressor", sends: "send", inserts: "insert", clips: "clip" };
const FIELDS: Record<string, string> = { pos: "order", tempo_bpm: "tempo", time_signature: "time signature", name: "name of the session" };

/** The name of an edit, such as `drums gain`, `clip on bass`, `new track Kick`; empty where there is nothing to say. */
export function editName(doc: Y.Doc, changed: Y.Transaction["changed"]): string {
  const names = new Set<string>();
  for (const [type, keys] of changed) for (const key of keys) names.add(nameOf(doc, placeOf(doc, type), key ?? "", type));
  names.delete("");
  const [first = "", ...others] = names;
  // What comes or goes says more than what has changed beside it.
  const said = [...names].find((name) => /^(new|deleted) /.test(name)) ?? first;
  return others.length > 0 && !/^(new|deleted) /.test(said) ? `${said} and more` : said;
}

/** The root's name and the keys that lead to a shared type. */
function placeOf(doc: Y.Doc, type: Shared): string[] {
  const keys: string[] = [];
  let at: Shared | null = type;
  while (at?._item) {
    keys.unshift(at._item.parentSub ?? "");
    at = at._item.parent as Shared | null;
  }
  const root = [...doc.share].find(([, shared]) => shared === (at as unknown))?.[0] ?? "";
  return [root, ...keys];
}

function nameOf(doc: Y.Doc, place: readonly string[], key: string, type: Shared): string {
  const [root = "", id, part, ...deeper] = place;
  const there = type instanceof Y.Map && type.has(key);
  const comes = there ? "new" : "deleted";
  switch (root) {
    case "tracks":
    case "buses": {
      const kind = root === "tracks" ? "track" : "bus";
      if (id === undefined) return there ? `new ${kind} ${stripName(doc, root, key)}` : `deleted ${kind}`;
      const strip = stripName(doc, root, id);
      if (part === undefined) return key === "name" ? `name of ${strip}` : `${strip} ${FIELDS[key] ?? key}`;
      if (part === "clips") return deeper.length === 0 ? `${comes} clip on ${strip}` : `clip on ${strip}`;
      return `${strip} ${STAGES[part] ?? part}`;
    }
    case "master":
      return id === undefined ? `master ${STAGES[key] ?? key}` : `master ${STAGES[id] ?? id}`;
    case "automation": {
      const strip = (id ?? key).split("/", 1)[0] ?? "";
      return `${stripName(doc, "tracks", strip)} automation`;
    }
    case "markers":
    case "comments":
      return id === undefined ? `${comes} ${root.slice(0, -1)}` : root.slice(0, -1);
    case "meta":
      return FIELDS[key] ?? key;
    case "notes":
      return "notes";
    default:
      return "";
  }
}

function stripName(doc: Y.Doc, root: string, id: string): string {
  for (const list of [root, "tracks", "buses"]) {
    const name = (doc.getMap(list).get(id) as Partial<Y.Map<unknown>> | undefined)?.get?.("name");
    if (typeof name === "string") return name;
  }
  return id;
}
