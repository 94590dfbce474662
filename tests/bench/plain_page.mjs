// A page with nothing but a Y.Doc and y-websocket, to compare the studio's pages with.
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";

window.join = (url) =>
  new Promise((resolve) => {
    const doc = new Y.Doc();
    const provider = new WebsocketProvider(url, "bench", doc, { disableBc: true });
    const fader = doc.getMap("fader");
    window.plain = {
      move: (value) => fader.set("gain", value),
      watch: (seen) => fader.observe(() => seen(fader.get("gain"))),
    };
    provider.once("synced", resolve);
  });
