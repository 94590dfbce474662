// The browser's half of widgets/taps.py: play a recording, note when is tapped, show what the kernel makes of it.
import type { Model } from "./anywidget";
import { h, put, write } from "./dom";
import css from "./taps.css";

interface Settings {
  latency_ms: number;
  snap: boolean;
  said: string;
  length: number;
}
type Answer = { type: "audio"; data: string } | { type: "said"; text: string };
interface Watched extends Omit<Model, "on" | "off"> {
  on(event: string, callback: (message: unknown) => void): void;
  off(event: string, callback: (message: unknown) => void): void;
}

const ONSETS_PER_SECOND = 100;
const SHOWN_S = 8;

function bytes(base64: string): ArrayBuffer {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer;
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, "0")}`;
}

/** Plays one recording; knows which moment of it is heard at a moment of the page's clock. */
class Player {
  private readonly context = new AudioContext();
  private source: AudioBufferSourceNode | null = null;
  private startedAt = 0;
  position = 0;
  constructor(readonly audio: Promise<AudioBuffer>) {}

  static of(data: string): Player {
    const decoder = new OfflineAudioContext(1, 1, 22050);
    return new Player(decoder.decodeAudioData(bytes(data)));
  }

  get playing(): boolean {
    return this.source !== null;
  }

  async play(ended: () => void): Promise<void> {
    const buffer = await this.audio;
    await this.context.resume();
    const source = new AudioBufferSourceNode(this.context, { buffer });
    source.connect(this.context.destination);
    if (this.position >= buffer.duration - 0.05) this.position = 0;
    source.onended = () => {
      if (this.source === source) {
        this.pause();
        ended();
      }
    };
    this.startedAt = this.context.currentTime + 0.05;
    source.start(this.startedAt, this.position);
    this.source = source;
  }

  pause(): void {
    this.position = this.heardAt(performance.now());
    const source = this.source;
    this.source = null;
    source?.stop();
  }

  heardAt(pageTime: number): number {
    if (!this.source) return this.position;
    const { contextTime = 0, performanceTime = 0 } = this.context.getOutputTimestamp();
    const now = performanceTime > 0 ? contextTime + (pageTime - performanceTime) / 1000 : this.context.currentTime;
    return Math.max(this.position, this.position + now - this.startedAt);
  }

  async close(): Promise<void> {
    this.source?.stop();
    await this.context.close();
  }
}

function render({ model, el }: { model: Watched; el: HTMLElement }): () => void {
  if (!document.getElementById("mb-taps-style")) document.head.append(h("style", { id: "mb-taps-style" }, css));
  const settings = (): Settings => model.get("settings") as Settings;
  const onsets = model.get("onsets") as number[];
  const loudest = onsets.reduce((most, value) => Math.max(most, value), 1);
  const play = h("button", { type: "button", "aria-label": "Play", "aria-pressed": false }, "Play");
  const back = h("button", { type: "button" }, "To the start");
  const time = h("span", { role: "timer", "aria-label": "Position" }, "0:00.0");
  const tap = h("button", { type: "button", class: "mb-tap" }, "Tap (T)");
  const undo = h("button", { type: "button" }, "Undo tap");
  const clear = h("button", { type: "button" }, "Clear");
  const latency = h("input", { type: "range", min: -100, max: 300, step: 5, "aria-label": "Latency in ms" });
  const shownLatency = h("span");
  const find = h("button", { type: "button" }, "Find latency");
  const snap = h("input", { type: "checkbox", "aria-label": "Snap to onsets" });
  const save = h("button", { type: "button" }, "Save");
  const said = h("span", { role: "status" });
  const canvas = h("canvas", { role: "img", "aria-label": "Onsets and beats" });
  const root = h(
    "div",
    { class: "mb-taps", tabindex: 0, role: "group", "aria-label": `Tap along: ${String(model.get("name"))}` },
    h("div", { class: "mb-taps-bar" }, play, back, time, tap, undo, clear, said),
    canvas,
    h("div", { class: "mb-taps-bar" }, h("label", {}, "Latency ", latency), shownLatency, find, h("label", {}, snap, " snap to onsets"), save),
  );
  el.append(root);

  let player: Player | null = null;
  let taps: number[] = [...(model.get("taps") as number[])];
  let frame = 0;
  let arrive: ((audio: Player) => void) | null = null;

  const tell = (type: "taps" | "find"): void =>
    model.send({ type, taps, latency_ms: Number(latency.value), snap: snap.checked });
  const loaded = (): Promise<Player> =>
    player
      ? Promise.resolve(player)
      : new Promise((resolve) => {
          arrive = resolve;
          model.send({ type: "audio" });
        });
  const draw = (): void => {
    const position = player?.heardAt(performance.now()) ?? 0;
    write(time, clock(position));
    const { width, height } = canvas.getBoundingClientRect();
    const scale = devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
    if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
    const paint = canvas.getContext("2d");
    if (!paint || width === 0) return;
    const style = getComputedStyle(root);
    const accent = style.getPropertyValue("--jp-brand-color1").trim() || "#1976d2";
    paint.setTransform(scale, 0, 0, scale, 0, 0);
    paint.clearRect(0, 0, width, height);
    const from = Math.max(0, Math.min(position - SHOWN_S / 3, settings().length - SHOWN_S));
    const x = (seconds: number): number => ((seconds - from) / SHOWN_S) * width;
    paint.fillStyle = style.color;
    paint.globalAlpha = 0.35;
    const last = Math.min(onsets.length, Math.ceil((from + SHOWN_S) * ONSETS_PER_SECOND));
    for (let i = Math.floor(from * ONSETS_PER_SECOND); i < last; i++) {
      const tall = ((onsets[i] ?? 0) / loudest) * (height - 16);
      paint.fillRect(x(i / ONSETS_PER_SECOND), height - tall, Math.max(1, width / SHOWN_S / ONSETS_PER_SECOND), tall);
    }
    paint.globalAlpha = 1;
    paint.strokeStyle = style.color;
    paint.lineWidth = 1;
    for (const at of taps) {
      paint.beginPath();
      paint.arc(x(at), 6, 3.5, 0, 2 * Math.PI);
      paint.stroke();
    }
    paint.strokeStyle = accent;
    paint.lineWidth = 2;
    for (const beat of model.get("beats") as number[]) line(paint, x(beat), 12, height);
    paint.strokeStyle = style.color;
    paint.lineWidth = 1;
    line(paint, x(position), 0, height);
  };
  const loop = (): void => {
    draw();
    frame = player?.playing ? requestAnimationFrame(loop) : 0;
  };
  const update = (): void => {
    const now = settings();
    taps = [...(model.get("taps") as number[])];
    latency.value = String(now.latency_ms);
    write(shownLatency, `${now.latency_ms} ms`);
    snap.checked = now.snap;
    write(said, now.said);
    draw();
  };
  const showPlaying = (): void => {
    put(play, "aria-pressed", player?.playing ?? false);
    write(play, player?.playing ? "Pause" : "Play");
    if (!frame) loop();
  };
  const note = (event: Event): void => {
    if (!player?.playing) return;
    taps.push(Math.round(player.heardAt(event.timeStamp) * 1e4) / 1e4);
    tell("taps");
  };
  const told = (message: unknown): void => {
    const answer = message as Answer;
    if (answer.type === "said") write(said, answer.text);
    if (answer.type === "audio") {
      player = Player.of(answer.data);
      arrive?.(player);
      arrive = null;
    }
  };

  play.onclick = async () => {
    const found = await loaded();
    if (found.playing) found.pause();
    else await found.play(showPlaying);
    showPlaying();
  };
  back.onclick = async () => {
    const found = await loaded();
    const again = found.playing;
    if (again) found.pause();
    found.position = 0;
    if (again) await found.play(showPlaying);
    showPlaying();
  };
  tap.onpointerdown = note;
  tap.onkeydown = (event) => {
    if ((event.key === " " || event.key === "Enter") && !event.repeat) note(event);
  };
  root.onkeydown = (event) => {
    if (event.key.toLowerCase() === "t" && !event.repeat && !event.ctrlKey && !event.metaKey) note(event);
  };
  undo.onclick = () => {
    taps.pop();
    tell("taps");
  };
  clear.onclick = () => {
    taps = [];
    tell("taps");
  };
  latency.onchange = () => tell("taps");
  snap.onchange = () => tell("taps");
  find.onclick = () => tell("find");
  save.onclick = () => model.send({ type: "save" });
  model.on("change:settings", update);
  model.on("change:beats", draw);
  model.on("msg:custom", told);
  const watcher = new ResizeObserver(draw);
  watcher.observe(canvas);
  const themes = new MutationObserver(draw); // a canvas does not follow a change of theme by itself
  for (const place of [document.documentElement, document.body])
    themes.observe(place, { attributes: true, attributeFilter: ["style", "class", "data-jp-theme-light", "data-jp-theme-name"] });
  update();
  return () => {
    cancelAnimationFrame(frame);
    watcher.disconnect();
    themes.disconnect();
    model.off("change:settings", update);
    model.off("change:beats", draw);
    model.off("msg:custom", told);
    void player?.close();
  };
}

function line(paint: CanvasRenderingContext2D, x: number, top: number, bottom: number): void {
  paint.beginPath();
  paint.moveTo(x, top);
  paint.lineTo(x, bottom);
  paint.stroke();
}

export default { render };
