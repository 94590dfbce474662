// What the keyboard can ask of the studio.
import { type Clipboard, duplicateClips, pasteClips, removeClips, splitClips } from "./clip_actions";
import type { SharedSession } from "./document";
import { barSeconds, beatSeconds } from "./grid";
import { addMarker } from "./markers";
import type { Strip } from "./model";
import type { Span } from "./places";
import type { Player } from "./player";
import type { TimeRange } from "./range";
import { neighbour, type Selection } from "./selection";
import type { Command } from "./shortcuts";
import { duplicateStrip, moveStrip, removeStrip, stripOf, toggleStrip } from "./strip_actions";
import type { TimelineView } from "./timeline";

export interface Parts {
  session: SharedSession;
  player: Player;
  selection: Selection;
  timeline: TimelineView;
  range: TimeRange;
  /** Move the transport by this page's own hand. */
  mine(action: () => void): void;
  /** Play on, or a stretch once. */
  play(once?: Span): void;
  arm(): void;
  add(kind: "tracks" | "buses"): void;
  panel(name: string): void;
  keepVersion(): void;
  help(): void;
  importFiles(): void;
  /** Ask what to render, and where to. */
  render(): void;
  /** Let the name of a strip be typed. */
  rename(strip: string): void;
  /** Say something in one line. */
  say(text: string): void;
}

const NO_RANGE = "Take clips in hand, or drag over the ruler, first";

export function commandsOf(parts: Parts): Command[] {
  return [...transport(parts), ...editing(parts), ...strips(parts), ...view(parts), ...markers(parts), ...panels(parts)];
}

/** What a command about a stretch means: the clips in hand, or else the range. */
export function meant({ timeline, range }: Pick<Parts, "timeline" | "range">): Span | null {
  return timeline.places.spanOfHeld() ?? range.span;
}

function transport(parts: Parts): Command[] {
  const { session, player, mine, play, arm, timeline, range, render, say } = parts;
  const group = "Transport";
  const seek = (seconds: number): void => mine(() => player.seek(Math.max(0, seconds)));
  const step = (length: typeof beatSeconds, by: number) => (): void => seek(player.position() + by * length(session.snapshot()));
  const end = (which: "from" | "to") => (): void => {
    const span = range.span ?? { from: 0, to: player.length };
    const at = player.position();
    mine(() => range.loop(which === "from" ? { from: at, to: Math.max(span.to, at + 0.1) } : { from: Math.min(span.from, at - 0.1), to: at }));
  };
  return [
    { keys: ["Space"], group, text: "Play or pause", run: () => mine(() => (player.state === "playing" ? player.pause() : play())) },
    { keys: ["Shift+Space"], group, text: "Stop: back to the last start", run: () => mine(() => player.stop()) },
    { keys: ["Home"], group, text: "To the beginning", run: () => seek(0) },
    { keys: ["End"], group, text: "To the end", run: () => seek(player.length) },
    { keys: ["Left"], group, text: "A beat back", run: step(beatSeconds, -1) },
    { keys: ["Right"], group, text: "A beat on", run: step(beatSeconds, 1) },
    { keys: ["Shift+Left"], group, text: "A bar back", run: step(barSeconds, -1) },
    { keys: ["Shift+Right"], group, text: "A bar on", run: step(barSeconds, 1) },
    { keys: ["L"], group, text: "Loop on or off", run: () => mine(() => range.toggle()) },
    { keys: ["["], group, text: "Loop from here", run: end("from") },
    { keys: ["]"], group, text: "Loop up to here", run: end("to") },
    {
      keys: ["Shift+L"],
      group,
      text: "Loop the clips in hand",
      run: () => {
        const span = timeline.places.spanOfHeld();
        if (span) mine(() => range.loop(span));
        else say("Take clips in hand first");
      },
    },
    {
      keys: ["Shift+P"],
      group,
      text: "Play the clips in hand, or the range, once",
      run: () => {
        const span = meant(parts);
        if (span) mine(() => play(span));
        else say(NO_RANGE);
      },
    },
    {
      keys: ["C"],
      group,
      text: "Metronome on or off, for you alone",
      run: () => {
        player.metronome.on = !player.metronome.on;
        say(player.metronome.on ? "Metronome on" : "Metronome off");
      },
    },
    { keys: ["R"], group, text: "Record automation on or off", edits: true, run: arm },
    { keys: ["Shift+R"], group, text: "Render the clips in hand, the range or all to a file", edits: true, run: render },
  ];
}

function editing({ session, player, selection, timeline, say }: Parts): Command[] {
  const group = "Edit";
  let clipboard: Clipboard = [];
  const copy = (): boolean => {
    clipboard = timeline.places.held();
    if (clipboard.length > 0) say(`Copied ${clipboard.length} clip${clipboard.length === 1 ? "" : "s"}`);
    return clipboard.length > 0;
  };
  const back = (which: "undo" | "redo") => (): void => {
    const name = session.history[which];
    session[which]();
    say(name === null ? `Nothing to ${which}` : `${which === "undo" ? "Undone" : "Redone"}: ${name}`);
  };
  const remove = (): void => {
    removeClips(session, selection.clips);
    selection.set([]);
  };
  const cut = (): void => {
    const { tracks } = session.snapshot();
    const onTrack = tracks.find((track) => track.id === selection.strip)?.clips.map((clip) => ({ track: selection.strip as string, clip: clip.id })) ?? [];
    const held = timeline.places.held(selection.clips.length > 0 ? selection.clips : onTrack);
    const made = splitClips(session, held, player.position());
    if (made.length > 0) selection.set(made);
  };
  return [
    { keys: ["Mod+Z"], group, text: "Undo your last edit", edits: true, run: back("undo") },
    { keys: ["Mod+Shift+Z", "Mod+Y"], group, text: "Redo", edits: true, run: back("redo") },
    { keys: ["S"], group, text: "Cut clips at the playhead", edits: true, run: cut },
    { keys: ["Mod+C"], group, text: "Copy clips", run: copy },
    { keys: ["Mod+X"], group, text: "Cut clips out", edits: true, run: () => copy() && remove() },
    {
      keys: ["Mod+V"],
      group,
      text: "Paste at the playhead",
      edits: true,
      run: () => selection.set(pasteClips(session, clipboard, player.position(), selection.strip)),
    },
    {
      keys: ["Mod+D"],
      group,
      text: "Copy clips right behind themselves",
      edits: true,
      run: () => {
        const held = timeline.places.held();
        if (held.length > 0) selection.set(duplicateClips(session, held));
      },
    },
    { keys: ["Delete"], group, text: "Delete clips", edits: true, run: remove },
    {
      keys: ["Mod+A"],
      group,
      text: "Take all clips",
      run: () => selection.set(session.snapshot().tracks.flatMap((track) => track.clips.map((clip) => ({ track: track.id, clip: clip.id })))),
    },
    { keys: ["Esc"], group, text: "Let go of all clips", run: () => selection.set([]) },
  ];
}

function strips({ session, selection, add, importFiles, rename, say }: Parts): Command[] {
  const group = "Tracks";
  const hint = "Select a track first, with ↑ or ↓";
  /** Do something with the track or bus in hand. */
  const held = (act: (strip: Strip) => void) => (): void => {
    const strip = stripOf(session.snapshot(), selection.strip);
    if (strip) act(strip);
    else say(hint);
  };
  const toggle = (field: "mute" | "solo") => held(({ id }) => toggleStrip(session, id, field));
  const go = (step: 1 | -1) => (): void => selection.pick(neighbour(session.snapshot(), selection.strip, step), null);
  const move = (step: 1 | -1) =>
    held(({ id, name }) => {
      const at = moveStrip(session, id, step);
      say(at === null ? `${name} is ${step < 0 ? "first" : "last"} already` : `${name} is number ${at}`);
    });
  const duplicate = held(({ id }) => {
    const copy = duplicateStrip(session, id);
    if (copy) selection.pick(copy, null);
  });
  const remove = held(({ id, name }) => {
    selection.pick(neighbour(session.snapshot(), id, 1), null);
    removeStrip(session, id);
    say(`Deleted ${name}; Undo brings it back`);
  });
  return [
    { keys: ["Up"], group, text: "The track above", run: go(-1) },
    { keys: ["Down"], group, text: "The track below", run: go(1) },
    { keys: ["Alt+Up"], group, text: "Move it up, in the mixer left", edits: true, run: move(-1) },
    { keys: ["Alt+Down"], group, text: "Move it down, in the mixer right", edits: true, run: move(1) },
    { keys: ["M"], group, text: "Mute", edits: true, run: toggle("mute") },
    { keys: ["Shift+S"], group, text: "Solo", edits: true, run: toggle("solo") },
    { keys: ["F2"], group, text: "Rename", edits: true, run: held(({ id }) => rename(id)) },
    { keys: ["Mod+Shift+D"], group, text: "Duplicate", edits: true, run: duplicate },
    { keys: ["Shift+Delete"], group, text: "Delete", edits: true, run: remove },
    { keys: ["Shift+T"], group, text: "Add a track", edits: true, run: () => add("tracks") },
    { keys: ["Shift+B"], group, text: "Add a bus", edits: true, run: () => add("buses") },
    { keys: ["Shift+I"], group, text: "Import audio files", edits: true, run: importFiles },
  ];
}

function view(parts: Parts): Command[] {
  const { timeline, selection, range, say } = parts;
  const group = "View";
  const zoomTo = (span: Span | null): void => (span ? timeline.zoomTo(span) : say(NO_RANGE));
  const takeRange = (): void => (range.span ? selection.set(timeline.places.within(range.span)) : say(NO_RANGE));
  return [
    { keys: ["+", "="], group, text: "Zoom in", run: () => timeline.zoom(1.6) },
    { keys: ["-"], group, text: "Zoom out", run: () => timeline.zoom(1 / 1.6) },
    { keys: ["F"], group, text: "Show everything", run: () => timeline.fit() },
    { keys: ["Shift+F"], group, text: "Show the clips in hand, or the range", run: () => zoomTo(meant(parts)) },
    { keys: ["Shift+A"], group, text: "Take the clips in the range", run: takeRange },
    { keys: ["Shift+Up"], group, text: "This lane lower", run: () => timeline.stretch(selection.strip, -12) },
    { keys: ["Shift+Down"], group, text: "This lane taller", run: () => timeline.stretch(selection.strip, 12) },
    { keys: ["Mod+Up"], group, text: "All lanes lower", run: () => timeline.heights.scale(1 / 1.25) },
    { keys: ["Mod+Down"], group, text: "All lanes taller", run: () => timeline.heights.scale(1.25) },
    { keys: ["H"], group, text: "All lanes as they began", run: () => timeline.heights.reset() },
    { keys: ["P"], group, text: "Follow the playhead or not", run: () => timeline.tools.toggleFollow() },
    { keys: ["G"], group, text: "The next grid to snap to", run: () => timeline.tools.cycleSnap() },
  ];
}

function markers({ session, player, mine }: Parts): Command[] {
  const group = "Markers";
  const jump = (step: 1 | -1) => (): void => {
    const at = player.position();
    const times = [0, ...session.snapshot().markers.map((marker) => marker.time_s)].sort((a, b) => a - b);
    const next = step > 0 ? times.find((time) => time > at + 0.05) : times.findLast((time) => time < at - 0.05);
    if (next !== undefined) mine(() => player.seek(next));
  };
  return [
    { keys: ["Shift+M"], group, text: "Set a marker at the playhead", edits: true, run: () => addMarker(session, player.position()) },
    { keys: [","], group, text: "To the marker before", run: jump(-1) },
    { keys: ["."], group, text: "To the next marker", run: jump(1) },
  ];
}

function panels({ panel, keepVersion, help }: Parts): Command[] {
  const group = "Panels";
  return [
    ...["Strip", "Comments", "Notes", "History"].map((name, index): Command => ({
      keys: [String(index + 1)],
      group,
      text: name,
      run: () => panel(name),
    })),
    { keys: ["Mod+S"], group, text: "Keep a version by name", edits: true, run: keepVersion },
    { keys: ["?"], group, text: "This list", run: help },
  ];
}
