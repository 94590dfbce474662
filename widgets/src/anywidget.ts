// What anywidget gives a view, as far as it is used here.

export interface Model {
  get(name: string): unknown;
  send(content: unknown, callbacks?: unknown, buffers?: (ArrayBuffer | ArrayBufferView)[]): void;
  on(event: "msg:custom", callback: (message: unknown, buffers: DataView[]) => void): void;
  off(event: "msg:custom", callback: (message: unknown, buffers: DataView[]) => void): void;
}
