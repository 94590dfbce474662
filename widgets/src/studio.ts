import * as Y from "yjs";

function render({ el }: { el: HTMLElement }): void {
  el.textContent = `Max Booster ${new Y.Doc().clientID}`;
}

export default { render };
