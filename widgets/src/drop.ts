// Files dropped on the studio: from the desktop, as the browser drags them, and from JupyterLab's file browser, as Lumino does.
import type { Landing } from "./importing";
import { ServerFile } from "./server_file";

/** A file that is brought in: from the person's machine, or one that the server has. */
export type Brought = File | ServerFile;

/** What Lumino tells of a drag; its events bubble as the browser's own do. */
interface LuminoDrag extends MouseEvent {
  mimeData?: { hasData(mime: string): boolean; getData(mime: string): unknown };
  proposedAction: string;
  dropAction: string;
}

/** The paths that Lab's file browser drags. */
const PATHS = "application/x-jupyter-icontents";

interface Kind {
  /** The names of its events. */
  enter: string;
  over: string;
  leave: string;
  drop: string;
  /** Whether an event carries files; accepting them is said in the event. */
  accept(event: MouseEvent): boolean;
  files(event: MouseEvent): Brought[];
}

const DESKTOP: Kind = {
  enter: "dragenter",
  over: "dragover",
  leave: "dragleave",
  drop: "drop",
  accept: (event) => {
    const { dataTransfer } = event as DragEvent;
    if (!dataTransfer?.types.includes("Files")) return false;
    dataTransfer.dropEffect = "copy";
    return true;
  },
  files: (event) => [...((event as DragEvent).dataTransfer?.files ?? [])],
};

const LAB: Kind = {
  enter: "lm-dragenter",
  over: "lm-dragover",
  leave: "lm-dragleave",
  drop: "lm-drop",
  accept: (event) => {
    const drag = event as LuminoDrag;
    if (!drag.mimeData?.hasData(PATHS)) return false;
    drag.dropAction = drag.proposedAction;
    return true;
  },
  files: (event) => {
    const paths = (event as LuminoDrag).mimeData?.getData(PATHS);
    return Array.isArray(paths) ? paths.map((path) => new ServerFile(String(path))) : [];
  },
};

/** Let files be dropped on an element; `land` says where they fall. */
export function dropTarget(element: HTMLElement, land: (event: MouseEvent) => Landing, take: (files: Brought[], landing: Landing) => void): void {
  for (const kind of [DESKTOP, LAB]) {
    const listen = (name: string, act: (event: MouseEvent) => void): void =>
      element.addEventListener(name, (event) => act(event as MouseEvent));
    const ours = (event: MouseEvent): boolean => {
      if (!kind.accept(event)) return false;
      event.preventDefault();
      event.stopPropagation();
      return true;
    };
    const over = (event: MouseEvent): void => {
      if (ours(event)) element.classList.add("mb-drop");
    };
    listen(kind.enter, over);
    listen(kind.over, over);
    listen(kind.leave, (event) => {
      if (!element.contains(event.relatedTarget as Node | null)) element.classList.remove("mb-drop");
    });
    listen(kind.drop, (event) => {
      element.classList.remove("mb-drop");
      if (ours(event)) take(kind.files(event), land(event));
    });
  }
}
