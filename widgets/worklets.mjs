// `import code from "./tap?worklet"` gives the bundled text of ./tap.worklet.ts, for a Blob URL.
import { buildSync } from "esbuild";
import { dirname, resolve } from "node:path";

const text = (file) =>
  buildSync({ entryPoints: [file], bundle: true, write: false, format: "iife", minify: true, target: "es2022" })
    .outputFiles[0].text;

const source = (path, from) => resolve(from, path.replace(/\?worklet$/, ".worklet.ts"));

/** The esbuild plugin. */
export function worklets() {
  return {
    name: "worklets",
    setup(build) {
      build.onResolve({ filter: /\?worklet$/ }, (args) => ({
        path: source(args.path, args.resolveDir),
        namespace: "worklet",
      }));
      build.onLoad({ filter: /.*/, namespace: "worklet" }, (args) => ({ contents: text(args.path), loader: "text" }));
    },
  };
}

/** The same for vitest. */
export function viteWorklets() {
  return {
    name: "worklets",
    enforce: "pre",
    resolveId(id, importer) {
      return /\?worklet$/.test(id) ? `\0${source(id, dirname(importer))}` : null;
    },
    load(id) {
      return /^\0.*\.worklet\.ts$/.test(id) ? `export default ${JSON.stringify(text(id.slice(1)))};` : null;
    },
  };
}
