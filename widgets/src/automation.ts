// Parameter events: their value at a frame, and how they are put on an AudioParam for one stretch of playing.
import type { Parameter, ParameterEvent } from "./compile";

/** The number a parameter has where nothing automates it. */
export function staticValue(parameter: Parameter): number {
  return typeof parameter === "number" ? parameter : parameter.value;
}

export function isAutomated(parameter: Parameter): parameter is Exclude<Parameter, number> {
  return typeof parameter !== "number" && parameter.events.length > 0;
}

/** The value at a session frame, with Web Audio's meaning of each event. */
export function valueAt(parameter: Parameter, frame: number, sampleRate: number): number {
  if (typeof parameter === "number") return parameter;
  let value = parameter.value;
  let from = 0;
  const { events } = parameter;
  for (let i = 0; i < events.length; i++) {
    const event = events[i] as ParameterEvent;
    if (event.frame > frame) {
      if (event.type === "linear") return value + ((event.value - value) * (frame - from)) / (event.frame - from);
      if (event.type === "exponential" && value * event.value > 0)
        return value * (event.value / value) ** ((frame - from) / (event.frame - from));
      return value;
    }
    const next = events[i + 1];
    const end = Math.min(frame, next ? next.frame : Infinity);
    const isRamp = next?.type === "linear" || next?.type === "exponential";
    switch (event.type) {
      case "target": {
        // A ramp after a target starts from where the target has got to at the next start of a block.
        const grid = Math.ceil(event.frame / 128) * 128;
        const reached = isRamp ? Math.min(end, grid) : end;
        const passed = (reached - event.frame) / (event.time_constant * sampleRate);
        value = event.value + (value - event.value) * Math.exp(-passed);
        from = reached;
        break;
      }
      case "curve": {
        const at = (Math.min(end - event.frame, event.duration) / event.duration) * (event.values.length - 1);
        value = interpolate(event.values, at);
        from = event.frame + event.duration;
        break;
      }
      default:
        value = event.value;
        from = event.frame;
    }
  }
  return value;
}

function interpolate(values: number[], at: number): number {
  const index = Math.min(Math.floor(at), values.length - 2);
  const [a, b] = [values[index] as number, values[index + 1] as number];
  return a + (b - a) * (at - index);
}

/** One stretch of session frames `[from, to)` played from a context time on. */
export interface Stretch {
  from: number;
  to: number;
  time: number;
}

/**
 * How far before its frame an event is put, in frames. An event acts from the first frame at or after its time, and
 * frame / rate * rate may lie above the frame: a hair before, it can never slip to the next one.
 */
const HAIR = 1e-7;

/** The context time of an event at a context time that is a whole frame. */
function before(time: number, sampleRate: number): number {
  return Math.max(0, time - HAIR / sampleRate);
}

/** Put a parameter's events of one stretch on an AudioParam; what happens before it is folded into its first value. */
export function schedule(param: AudioParam, parameter: Parameter, stretch: Stretch, sampleRate: number): void {
  const at = (frame: number) => before(stretch.time + (frame - stretch.from) / sampleRate, sampleRate);
  param.setValueAtTime(valueAt(parameter, stretch.from, sampleRate), at(stretch.from));
  if (!isAutomated(parameter)) return;
  const { events } = parameter;
  for (let i = 0; i < events.length; i++) {
    const event = events[i] as ParameterEvent;
    const running = event.frame <= stretch.from;
    if (running) {
      const next = events[i + 1];
      if (next && next.frame <= stretch.from) continue;
      const isRamp = next?.type === "linear" || next?.type === "exponential";
      if (event.type === "target" && !isRamp) param.setTargetAtTime(event.value, at(stretch.from), event.time_constant);
      if (event.type === "curve") restOfCurve(param, event, stretch, at);
      continue;
    }
    if (event.frame >= stretch.to) {
      if (event.type === "linear")
        param.linearRampToValueAtTime(valueAt(parameter, stretch.to, sampleRate), at(stretch.to));
      if (event.type === "exponential")
        param.exponentialRampToValueAtTime(valueAt(parameter, stretch.to, sampleRate), at(stretch.to));
      return;
    }
    put(param, event, at(event.frame), sampleRate);
  }
}

function put(param: AudioParam, event: ParameterEvent, time: number, sampleRate: number): void {
  switch (event.type) {
    case "set":
      param.setValueAtTime(event.value, time);
      break;
    case "linear":
      param.linearRampToValueAtTime(event.value, time);
      break;
    case "exponential":
      param.exponentialRampToValueAtTime(event.value, time);
      break;
    case "target":
      param.setTargetAtTime(event.value, time, event.time_constant);
      break;
    case "curve":
      param.setValueCurveAtTime(event.values, time, event.duration / sampleRate);
  }
}

function restOfCurve(
  param: AudioParam,
  event: Extract<ParameterEvent, { type: "curve" }>,
  stretch: Stretch,
  at: (frame: number) => number,
): void {
  const step = event.duration / (event.values.length - 1);
  event.values.forEach((value, index) => {
    const frame = Math.round(event.frame + index * step);
    if (frame > stretch.from && frame < stretch.to) param.linearRampToValueAtTime(value, at(frame));
  });
}

/** Forget everything scheduled from a time on, keeping the value reached there; what is put next comes after it. */
export function hold(param: AudioParam, frameTime: number, sampleRate: number): void {
  const time = Math.max(0, frameTime - (2 * HAIR) / sampleRate);
  const modern = param as AudioParam & { cancelAndHoldAtTime?: (time: number) => void };
  if (modern.cancelAndHoldAtTime) modern.cancelAndHoldAtTime(time);
  else param.cancelScheduledValues(time);
}
