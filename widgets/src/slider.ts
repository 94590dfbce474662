// A value under the hand: faders and knobs share the keyboard, the pointer and the accessible name.
import { put } from "./dom";
import { drag } from "./drag";
import { openEntry, type Unit } from "./entry";

export interface SliderOptions {
  label: string;
  minimum: number;
  maximum: number;
  initial: number;
  /** Arrow keys move by `step`, with Shift by a fifth of it; Page keys by `page`. */
  step: number;
  page: number;
  format: (value: number) => string;
  /** What a typed value is in; without it nothing can be typed. */
  unit?: Unit;
  /** From value to position 0..1 and back; linear when left out. */
  toPosition?: (value: number) => number;
  toValue?: (position: number) => number;
  orientation?: "vertical" | "horizontal";
  /** How many pixels a drag takes from minimum to maximum; a fader's own length when left out. */
  travel?: number;
  onInput: (value: number) => void;
  onEnd: () => void;
  /** The hand takes hold, or lets go, at a value. */
  onTouch?: (touched: boolean, value: number) => void;
}

export class Slider {
  value: number;
  private dragging = false;
  private pressing = false;

  constructor(
    readonly element: HTMLElement,
    private readonly options: SliderOptions,
    private readonly draw: (position: number, text: string) => void,
  ) {
    this.value = options.initial;
    element.tabIndex = 0;
    put(element, "role", "slider");
    put(element, "aria-orientation", options.orientation ?? "vertical");
    put(element, "aria-valuemin", options.minimum);
    put(element, "aria-valuemax", options.maximum);
    element.addEventListener("keydown", this.onKeyDown);
    element.addEventListener("keyup", this.onKeyUp);
    element.addEventListener("blur", this.onKeyUp);
    element.addEventListener("pointerdown", this.onPointerDown);
    element.addEventListener("dblclick", this.onDoubleClick);
    this.label(options.label);
    this.paint();
  }

  /** Rename it, as when its track is renamed. */
  label(text: string): void {
    put(this.element, "aria-label", text);
  }

  /** Show what the document says, unless the hand is on it. */
  update(value: number): void {
    if (this.dragging || this.pressing || value === this.value) return;
    this.value = value;
    this.paint();
  }

  set disabled(disabled: boolean) {
    if (disabled) put(this.element, "aria-disabled", "true");
    else this.element.removeAttribute("aria-disabled");
  }

  get disabled(): boolean {
    return this.element.getAttribute("aria-disabled") === "true";
  }

  private position(value: number): number {
    const { minimum, maximum, toPosition } = this.options;
    return toPosition ? toPosition(value) : (value - minimum) / (maximum - minimum);
  }

  private valueAt(position: number): number {
    const { minimum, maximum, toValue } = this.options;
    const clamped = Math.min(1, Math.max(0, position));
    return toValue ? toValue(clamped) : minimum + clamped * (maximum - minimum);
  }

  private paint(): void {
    const text = this.options.format(this.value);
    put(this.element, "aria-valuenow", Number(this.value.toFixed(4)));
    put(this.element, "aria-valuetext", text);
    this.draw(Math.min(1, Math.max(0, this.position(this.value))), text);
  }

  private input(value: number): void {
    const { minimum, maximum } = this.options;
    const next = Math.min(maximum, Math.max(minimum, value));
    if (next === this.value) return;
    this.value = next;
    this.paint();
    this.options.onInput(next);
  }

  private readonly onKeyDown = (event: KeyboardEvent): void => {
    if (this.disabled || event.ctrlKey || event.metaKey || event.altKey) return;
    const { minimum, maximum, step, page, initial } = this.options;
    const fine = event.shiftKey ? step / 5 : step;
    const targets: Record<string, number> = {
      ArrowUp: this.value + fine,
      ArrowRight: this.value + fine,
      ArrowDown: this.value - fine,
      ArrowLeft: this.value - fine,
      PageUp: this.value + page,
      PageDown: this.value - page,
      Home: minimum,
      End: maximum,
      Delete: initial,
    };
    const target = targets[event.key];
    if (target === undefined) return this.typed(event);
    event.preventDefault();
    event.stopPropagation();
    if (!this.pressing) this.options.onTouch?.(true, this.value);
    this.pressing = true;
    this.input(Math.round(target * 1e6) / 1e6);
  };

  /** Enter opens a field with the value, a digit one that begins with it. */
  private typed(event: KeyboardEvent): void {
    const begins = /^[-+.\d]$/.test(event.key);
    if (!this.options.unit || (!begins && event.key !== "Enter")) return;
    event.preventDefault();
    event.stopPropagation();
    this.type(begins ? event.key : undefined);
  }

  /** Let the value be typed; what is typed is one edit. */
  type(text?: string): void {
    const { unit, format } = this.options;
    if (!unit || this.disabled) return;
    const label = this.element.getAttribute("aria-label") ?? "";
    const field = openEntry(this.element, label, text ?? format(this.value), unit, (value) => {
      this.options.onTouch?.(true, this.value);
      this.input(value);
      this.options.onEnd();
      this.options.onTouch?.(false, this.value);
    });
    if (text === undefined) field.select();
  }

  private readonly onKeyUp = (): void => {
    if (!this.pressing) return;
    this.pressing = false;
    this.options.onEnd();
    this.options.onTouch?.(false, this.value);
  };

  private readonly onDoubleClick = (): void => {
    if (this.disabled) return;
    this.input(this.options.initial);
    this.options.onEnd();
  };

  private readonly onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0 || this.disabled) return;
    event.preventDefault();
    this.element.focus({ preventScroll: true });
    this.dragging = true;
    this.options.onTouch?.(true, this.value);
    const horizontal = this.options.orientation === "horizontal";
    const travel = this.options.travel ?? (horizontal ? this.element.clientWidth : this.element.clientHeight);
    let position = this.position(this.value);
    let last = horizontal ? event.clientX : -event.clientY;
    const onMove = (move: PointerEvent): void => {
      const now = horizontal ? move.clientX : -move.clientY;
      position += ((now - last) / travel) * (move.shiftKey ? 0.2 : 1);
      last = now;
      this.input(this.valueAt(position));
    };
    drag(this.element, event, onMove, () => {
      this.dragging = false;
      this.options.onEnd();
      this.options.onTouch?.(false, this.value);
    });
  };
}
