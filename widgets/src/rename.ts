// A name typed over the place where it stands: Enter takes it, Escape leaves it, an empty one changes nothing.
import { overlayField } from "./entry";

/** Let a name be typed over an element. */
export function openName(over: HTMLElement, label: string, name: string, take: (name: string) => void): HTMLInputElement {
  const width = Math.max(96, over.getBoundingClientRect().width + 12);
  const field = overlayField(over, { label, text: name, left: -6, width, finish: (typed) => {
    const text = typed.trim();
    if (text !== "" && text !== name) take(text);
    return null;
  } });
  field.classList.add("mb-entry-name");
  field.select();
  return field;
}
