// Loads worklet code that travels inside the bundle, once per context.

const loaded = new WeakMap<BaseAudioContext, Map<string, Promise<void>>>();

export function addWorklet(context: BaseAudioContext, code: string): Promise<void> {
  const known = loaded.get(context) ?? new Map<string, Promise<void>>();
  loaded.set(context, known);
  let adding = known.get(code);
  if (!adding) {
    const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    adding = context.audioWorklet.addModule(url).finally(() => URL.revokeObjectURL(url));
    known.set(code, adding);
  }
  return adding;
}
