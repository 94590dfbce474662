// RIFF/WAVE: where the samples are, and samples as float32 (16, 24, 32 bit PCM and 32 bit float), RF64 included.

export interface WavLayout {
  sampleRate: number;
  channels: number;
  frames: number;
  bytesPerSample: number;
  isFloat: boolean;
  /** Where the first sample lies in the file. */
  dataOffset: number;
}

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;

export class WavError extends Error {}

/** Find the format and the samples in the first bytes of a file; null when the header is longer than `bytes`. */
export function parseWav(bytes: ArrayBuffer): WavLayout | null {
  const view = new DataView(bytes);
  const name = (at: number) => String.fromCharCode(...new Uint8Array(bytes, at, 4));
  if (bytes.byteLength < 12 || !["RIFF", "RF64"].includes(name(0)) || name(8) !== "WAVE")
    throw new WavError("expected a RIFF/WAVE file");
  let longData = 0;
  let format: Omit<WavLayout, "frames" | "dataOffset"> | null = null;
  for (let at = 12; at + 8 <= bytes.byteLength; ) {
    const [chunk, size] = [name(at), view.getUint32(at + 4, true)];
    if (chunk === "data") {
      if (!format) throw new WavError("expected a fmt chunk before the samples");
      const length = size === 0xffffffff ? longData : size;
      const frames = Math.floor(length / (format.channels * format.bytesPerSample));
      return { ...format, frames, dataOffset: at + 8 };
    }
    if (at + 8 + size > bytes.byteLength) return null;
    if (chunk === "ds64") longData = Number(view.getBigUint64(at + 16, true));
    if (chunk === "fmt ") format = parseFormat(view, at + 8, size);
    at += 8 + size + (size % 2);
  }
  return null;
}

function parseFormat(view: DataView, at: number, size: number): Omit<WavLayout, "frames" | "dataOffset"> {
  let tag = view.getUint16(at, true);
  if (tag === EXTENSIBLE && size >= 26) tag = view.getUint16(at + 24, true);
  const bits = view.getUint16(at + 14, true);
  if (!((tag === PCM && [16, 24, 32].includes(bits)) || (tag === FLOAT && bits === 32)))
    throw new WavError(`expected 16, 24 or 32 bit PCM or 32 bit float, got format ${tag} with ${bits} bits`);
  return {
    channels: view.getUint16(at + 2, true),
    sampleRate: view.getUint32(at + 4, true),
    bytesPerSample: bits / 8,
    isFloat: tag === FLOAT,
  };
}

/** Samples of whole frames as one float32 array per channel; full scale is 1. */
export function decodeWav(layout: WavLayout, bytes: ArrayBuffer): Float32Array<ArrayBuffer>[] {
  const { channels, bytesPerSample: width, isFloat } = layout;
  const frames = Math.floor(bytes.byteLength / (channels * width));
  const view = new DataView(bytes);
  const raw = new Uint8Array(bytes);
  const result = Array.from({ length: channels }, () => new Float32Array(frames));
  for (let channel = 0; channel < channels; channel++) {
    const out = result[channel] as Float32Array;
    let at = channel * width;
    const step = channels * width;
    if (isFloat) for (let i = 0; i < frames; i++, at += step) out[i] = view.getFloat32(at, true);
    else if (width === 2) for (let i = 0; i < frames; i++, at += step) out[i] = view.getInt16(at, true) / 32768;
    else if (width === 4) for (let i = 0; i < frames; i++, at += step) out[i] = view.getInt32(at, true) / 2147483648;
    else
      for (let i = 0; i < frames; i++, at += step) {
        const high = (raw[at + 2] as number) << 24;
        out[i] = (high | ((raw[at + 1] as number) << 16) | ((raw[at] as number) << 8)) / 2147483648;
      }
  }
  return result;
}
