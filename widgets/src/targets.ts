// The parameters automation can move, with their ranges and how they are shown.
import type { Snapshot, Strip } from "./model";
import { dbToGain, dbToPosition, FADER_TOP_DB, formatDb, formatHz, formatPan, gainToDb, positionToDb } from "./scale";

export interface Target {
  /** As in the document: `drums/eq/low/gain`. */
  path: string;
  title: string;
  minimum: number;
  maximum: number;
  /** The value where nothing automates it. */
  value: number;
  format: (value: number) => string;
  toPosition: (value: number) => number;
  toValue: (position: number) => number;
}

type Range = Pick<Target, "minimum" | "maximum" | "format" | "toPosition" | "toValue">;

const GAIN: Range = {
  minimum: 0,
  maximum: dbToGain(FADER_TOP_DB),
  format: (gain) => `${formatDb(gainToDb(gain))} dB`,
  toPosition: (gain) => dbToPosition(gainToDb(gain)),
  toValue: (position) => dbToGain(positionToDb(position)),
};
const PAN = linear(-1, 1, formatPan);
const BAND_GAIN = linear(-24, 24, (db) => `${formatDb(db)} dB`);
const FREQUENCY: Range = {
  minimum: 20,
  maximum: 20000,
  format: formatHz,
  toPosition: (hz) => Math.log(Math.max(20, hz) / 20) / Math.log(1000),
  toValue: (position) => 20 * 1000 ** position,
};

function linear(minimum: number, maximum: number, format: (value: number) => string): Range {
  return {
    minimum,
    maximum,
    format,
    toPosition: (value) => (value - minimum) / (maximum - minimum),
    toValue: (position) => minimum + position * (maximum - minimum),
  };
}

/** What can be automated on a strip, the fader first. */
export function targetsOf(strip: Strip, buses: readonly Strip[] = []): Target[] {
  const { id } = strip;
  const busName = (bus: string): string => buses.find((item) => item.id === bus)?.name ?? bus;
  return [
    { path: `${id}/gain`, title: "Volume", value: strip.gain, ...GAIN },
    { path: `${id}/pan`, title: "Pan", value: strip.pan, ...PAN },
    ...(strip.eq?.bands ?? []).flatMap((band, index): Target[] => [
      { path: `${id}/eq/${band.id}/gain`, title: `EQ ${bandName(band.id, index)} gain`, value: band.gain, ...BAND_GAIN },
      { path: `${id}/eq/${band.id}/frequency`, title: `EQ ${bandName(band.id, index)} frequency`, value: band.frequency, ...FREQUENCY },
    ]),
    ...strip.sends.map((send): Target => ({
      path: `${id}/sends/${send.bus}/gain`,
      title: `Send to ${busName(send.bus)}`,
      value: send.gain,
      ...GAIN,
    })),
  ];
}

/** `low`, `mid`, `high`, or the band's number on the curve. */
function bandName(id: string, index: number): string {
  return ["low", "mid", "high"].includes(id) ? id : String(index + 1);
}

/** The master's fader as a target. */
export function masterTarget(session: Snapshot): Target {
  return { path: "master/gain", title: "Volume", value: session.master.gain, ...GAIN };
}
