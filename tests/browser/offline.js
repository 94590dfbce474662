// Build a compiled graph with the browser's own nodes and render it offline; PCM travels as raw bytes.
"use strict";

// An event acts from the first frame at or after its time: a time a hair before the frame is that frame.
function time(frame, rate) {
  return frame === 0 ? 0 : (frame - 1e-7) / rate;
}

function automate(param, value, rate) {
  if (typeof value === "number") {
    param.value = value;
    return;
  }
  param.value = value.value;
  for (const event of value.events) {
    const at = time(event.frame, rate);
    if (event.type === "set") param.setValueAtTime(event.value, at);
    else if (event.type === "linear") param.linearRampToValueAtTime(event.value, at);
    else if (event.type === "exponential") param.exponentialRampToValueAtTime(event.value, at);
    else if (event.type === "target") param.setTargetAtTime(event.value, at, event.time_constant);
    else param.setValueCurveAtTime(new Float32Array(event.values), at, event.duration / rate);
  }
}

let fetched = new Map();

async function samples(path) {
  if (!fetched.has(path)) fetched.set(path, new Float32Array(await (await fetch(path)).arrayBuffer()));
  return fetched.get(path);
}

async function clip(context, node, rate) {
  const pcm = await samples("media/" + encodeURIComponent(node.media));
  const frames = pcm.length / node.channels;
  // Cut to the frame: an offset and a duration in seconds may round to one frame more or less.
  const buffer = context.createBuffer(node.channels, Math.max(1, node.duration), rate);
  for (let c = 0; c < node.channels; c++) {
    const first = c * frames + node.offset;
    buffer.copyToChannel(pcm.subarray(first, first + node.duration), c);
  }
  const source = context.createBufferSource();
  source.buffer = buffer;
  source.start(node.start / rate);
  if (node.gain === 1 && !node.fade_in && !node.fade_out) return source;
  const gain = context.createGain();
  const end = node.start + node.duration;
  const events = [];
  if (node.fade_in) {
    events.push({ type: "set", frame: node.start, value: 0 });
    events.push({ type: "linear", frame: node.start + node.fade_in, value: node.gain });
  }
  if (node.fade_out) {
    events.push({ type: "set", frame: end - node.fade_out, value: node.gain });
    events.push({ type: "linear", frame: end, value: 0 });
  }
  automate(gain.gain, { value: node.gain, events }, rate);
  source.connect(gain);
  return gain;
}

async function build(context, node, rate) {
  switch (node.type) {
    case "clip":
      return clip(context, node, rate);
    case "gain": {
      const gain = context.createGain();
      if (node.channels) {
        gain.channelCount = node.channels;
        gain.channelCountMode = "explicit";
      }
      automate(gain.gain, node.gain, rate);
      return gain;
    }
    case "stereo_panner": {
      const panner = context.createStereoPanner();
      automate(panner.pan, node.pan, rate);
      return panner;
    }
    case "biquad_filter": {
      const filter = context.createBiquadFilter();
      filter.type = node.filter;
      // A filter whose sources have all ended would fall back to one channel and lose its state.
      filter.channelCount = node.channels ?? 2;
      filter.channelCountMode = "explicit";
      for (const name of ["frequency", "Q", "gain", "detune"]) automate(filter[name], node[name], rate);
      return filter;
    }
    case "dynamics_compressor": {
      if (node.key) throw new Error("a keyed compressor has no native node");
      const compressor = context.createDynamicsCompressor();
      for (const name of ["threshold", "knee", "ratio", "attack", "release"]) automate(compressor[name], node[name], rate);
      return compressor;
    }
    case "delay": {
      const delay = context.createDelay(Math.max(1, (node.frames + 1) / rate));
      delay.delayTime.value = node.frames / rate;
      return delay;
    }
    case "insert": {
      const response = await samples("impulse/" + encodeURIComponent(node.id));
      const convolver = new ConvolverNode(context, { disableNormalization: true });
      const buffer = context.createBuffer(2, response.length / 2, rate);
      buffer.copyToChannel(response.subarray(0, response.length / 2), 0);
      buffer.copyToChannel(response.subarray(response.length / 2), 1);
      convolver.buffer = buffer;
      return convolver;
    }
  }
  throw new Error("unknown node type " + node.type);
}

let offline = null;
let result = null;

async function buildGraph(frames, awake = true) {
  fetched = new Map();
  const graph = await (await fetch("graph")).json();
  const rate = graph.sample_rate;
  const context = new OfflineAudioContext(2, frames, rate);
  const nodes = new Map();
  // Chromium stops a filter when its decay is below 2**-15 of a sample: a signal of -500 dBFS keeps it going.
  const hum = new ConstantSourceNode(context, { offset: 1e-25 });
  hum.start();
  for (const node of graph.nodes) {
    const made = await build(context, node, rate);
    if (awake && node.type === "biquad_filter") hum.connect(made);
    for (const input of node.inputs) nodes.get(input).connect(made);
    nodes.set(node.id, made);
  }
  nodes.get(graph.output).connect(context.destination);
  offline = context;
}

async function startGraph() {
  result = await offline.startRendering();
}

async function sendResult() {
  const frames = result.length;
  const pcm = new Float32Array(2 * frames);
  result.copyFromChannel(pcm.subarray(0, frames), 0);
  result.copyFromChannel(pcm.subarray(frames), 1);
  await fetch("result", { method: "POST", body: pcm.buffer });
}
