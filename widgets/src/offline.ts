// The same running graph in an OfflineAudioContext: a whole compiled graph rendered by the browser, faster than it plays.
import type { ClipNode, Graph } from "./compile";
import compressorCode from "./compressor?worklet";
import { LiveGraph } from "./graph";
import { Twins } from "./twins";
import { addWorklet } from "./worklets";

/**
 * Render a graph cold from frame 0, as late as it is.
 * @param media The samples of each file, one array per channel, at the graph's rate.
 * @param native Whether the browser's own compressor plays those that have no key.
 */
export async function renderOffline(
  graph: Graph,
  media: Readonly<Record<string, Float32Array<ArrayBuffer>[]>>,
  frames: number,
  native = true,
): Promise<Float32Array[]> {
  const context = new OfflineAudioContext(2, frames, graph.sample_rate);
  await addWorklet(context, compressorCode);
  const live = new LiveGraph(context, new Twins(native));
  live.output.connect(context.destination);
  live.update(graph);
  live.schedule({ from: 0, to: Number.MAX_SAFE_INTEGER, time: 0 });
  const clips = graph.nodes.filter((node): node is ClipNode => node.type === "clip" && node.duration > 0);
  for (const clip of clips) {
    const channels = (media[clip.media] ?? []).map((samples) => samples.slice(clip.offset, clip.offset + clip.duration));
    const buffer = context.createBuffer(channels.length, clip.duration, context.sampleRate);
    channels.forEach((samples, channel) => buffer.copyToChannel(samples, channel));
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(live.clip(clip.id) as GainNode);
    source.start(clip.start / context.sampleRate);
  }
  const rendered = await context.startRendering();
  return [rendered.getChannelData(0), rendered.getChannelData(1)];
}
