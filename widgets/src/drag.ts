// What every drag needs: the pointer stays with the element until it is let go, or taken away.

/** Follow a pressed pointer; `onEnd` is called once, when it is over. */
export function drag(
  element: HTMLElement | SVGElement,
  event: PointerEvent,
  onMove: (move: PointerEvent) => void,
  onEnd: () => void = () => undefined,
): void {
  element.setPointerCapture(event.pointerId);
  const onUp = (): void => {
    element.removeEventListener("pointermove", onMove as EventListener);
    element.removeEventListener("pointerup", onUp);
    element.removeEventListener("pointercancel", onUp);
    onEnd();
  };
  element.addEventListener("pointermove", onMove as EventListener);
  element.addEventListener("pointerup", onUp);
  element.addEventListener("pointercancel", onUp);
}
