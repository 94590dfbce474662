// Small helpers to build the page by hand.

type Child = Node | string | null | undefined;
type Attributes = Record<string, string | number | boolean | null | undefined>;

/** An element with attributes and children; `false` and null attributes are left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  assign(element, attributes);
  element.append(...children.filter((child): child is Node | string => child !== null && child !== undefined));
  return element;
}

/** The same for SVG. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Node[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  assign(element, attributes);
  element.append(...children);
  return element;
}

function assign(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
}

/** Set an attribute only when it differs, which keeps assistive technology and the style engine quiet. */
export function put(element: Element, name: string, value: string | number | boolean): void {
  const text = String(value);
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/** Let a form be submitted, by its button or by Enter in a field: Lab takes the browser's own Enter away in a notebook. */
export function onSubmit(form: HTMLFormElement, take: () => void): void {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    take();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !(event.target instanceof HTMLInputElement)) return;
    event.preventDefault();
    event.stopPropagation();
    form.requestSubmit();
  });
}

/** Set the text only when it differs, in the text node that is there: another one would be laid out anew. */
export function write(element: Element, text: string): void {
  if (element.textContent === text) return;
  const { firstChild } = element;
  if (firstChild instanceof Text && firstChild === element.lastChild) firstChild.data = text;
  else element.textContent = text;
}

/** Choose an option only when another one is chosen: the browser looks through every form of the page after a choice. */
export function pick(select: HTMLSelectElement, value: string): void {
  if (select.value !== value) select.value = value;
}

/** Set a custom property of an element's style only when it differs. */
export function paint(element: HTMLElement | SVGElement, name: `--${string}`, value: string): void {
  if (element.style.getPropertyValue(name) !== value) element.style.setProperty(name, value);
}

/** Keep one child per item, in order, made once per key and updated always. */
export function keyed<T, V extends { element: Element; update(item: T): void; close?(): void }>(
  parent: Element,
  views: Map<string, V>,
  items: readonly T[],
  key: (item: T) => string,
  make: (item: T) => V,
): void {
  const wanted = new Set(items.map(key));
  for (const [name, view] of views) {
    if (wanted.has(name)) continue;
    view.close?.();
    view.element.remove();
    views.delete(name);
  }
  let before: Element | null = parent.firstElementChild;
  for (const item of items) {
    let view = views.get(key(item));
    if (!view) {
      view = make(item);
      views.set(key(item), view);
    }
    view.update(item);
    if (view.element === before) before = before.nextElementSibling;
    else parent.insertBefore(view.element, before);
  }
}
