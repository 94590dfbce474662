// A snapshot of the session: what compile, the player and every view read. Times in seconds, gains linear.

export interface Band {
  id: string;
  type: BiquadFilterType;
  frequency: number;
  Q?: number;
  gain: number;
  detune?: number;
}

export interface Equalizer {
  enabled: boolean;
  bands: Band[];
}

export interface Compressor {
  enabled: boolean;
  threshold: number;
  knee: number;
  ratio: number;
  attack: number;
  release: number;
  key?: string | null;
}

export interface Insert {
  id: string;
  type: string;
  enabled: boolean;
  params: Record<string, number | string | boolean>;
}

export interface Send {
  bus: string;
  gain: number;
  pre_fader: boolean;
}

export interface Clip {
  id: string;
  media: string;
  sha256: string | null;
  start_s: number;
  offset_s: number;
  duration_s: number | null;
  gain: number;
  fade_in_s: number;
  fade_out_s: number;
}

export interface Strip {
  id: string;
  name: string;
  color: string;
  gain: number;
  pan: number;
  mute: boolean;
  solo: boolean;
  output: string;
  eq: Equalizer | null;
  compressor: Compressor | null;
  inserts: Insert[];
  sends: Send[];
}

export interface Track extends Strip {
  clips: Clip[];
}

export interface Master {
  gain: number;
  compressor: Compressor | null;
  limiter: Compressor | null;
  inserts: Insert[];
}

export interface Point {
  id: string;
  time_s: number;
  value: number;
  curve: "set" | "linear" | "exponential" | "target" | "curve";
  time_constant_s?: number;
  values?: number[];
  duration_s?: number;
}

export interface Marker {
  id: string;
  time_s: number;
  name: string;
}

export interface Comment {
  id: string;
  time_s: number;
  track: string | null;
  author: string;
  text: string;
  resolved: boolean;
}

export interface Snapshot {
  uuid: string;
  name: string;
  sample_rate: number;
  tempo_bpm: number;
  time_signature: [number, number];
  tracks: Track[];
  buses: Strip[];
  master: Master;
  automation: Record<string, Point[]>;
  markers: Marker[];
  comments: Comment[];
  notes: string;
}
