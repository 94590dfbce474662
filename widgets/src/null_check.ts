// Whether this browser's own compressor sounds as the kernel's: a short render of both, compared.
import { CompressorKernel } from "./compressor_kernel";

const RATE = 44100;
const FRAMES = 8192;
const SETTINGS = { threshold: -24, knee: 30, ratio: 12, attack: 0.003, release: 0.25 };
/** -80 dBFS: another algorithm is far above it, rounding far below. */
const CLOSE = 1e-4;

let checked: Promise<boolean> | null = null;

export function nativeCompressorIsOurs(): Promise<boolean> {
  checked ??= check().catch(() => false);
  return checked;
}

async function check(): Promise<boolean> {
  const signal = bursts();
  const context = new OfflineAudioContext(2, FRAMES, RATE);
  const buffer = context.createBuffer(1, FRAMES, RATE);
  buffer.copyToChannel(signal, 0);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(new DynamicsCompressorNode(context, SETTINGS)).connect(context.destination);
  source.start();
  const native = (await context.startRendering()).getChannelData(0);
  const kernel = new CompressorKernel(RATE, SETTINGS);
  const out = [new Float32Array(128), new Float32Array(128)];
  let worst = 0;
  for (let at = 0; at < FRAMES; at += 128) {
    const block = [signal.subarray(at, at + 128)];
    kernel.process(block, block, out);
    for (let i = 0; i < 128; i++) worst = Math.max(worst, Math.abs((out[0]?.[i] as number) - (native[at + i] as number)));
  }
  return worst < CLOSE;
}

/** Noise that is loud and soft in turn, always the same. */
function bursts(): Float32Array<ArrayBuffer> {
  const signal = new Float32Array(FRAMES);
  let seed = 22222;
  for (let n = 0; n < FRAMES; n++) {
    seed = (Math.imul(seed, 196314165) + 907633515) | 0;
    signal[n] = (seed / 2 ** 31) * (n % 2048 < 1024 ? 0.9 : 0.05);
  }
  return signal;
}
