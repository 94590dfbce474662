// Bundles each widget into one offline ES module, into the folder named; worklets travel inside as text.
// LICENSES.txt beside them holds the licences of the packages that are inside, as those ask.
import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { worklets } from "./worklets.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const outdir = process.argv[2] ?? here("../maxbooster_kernel/widgets/static");

/** The licences of the packages of some bundled files. */
function licences(files) {
  const found = files.map((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]);
  const names = [...new Set(found.filter(Boolean))].sort();
  return names.map((name) => `${name}\n\n${readFileSync(here(`node_modules/${name}/LICENSE`), "utf-8").trim()}\n`);
}

const { metafile } = await build({
  entryPoints: ["console", "release_form", "splits", "statements", "taps"].map((name) => here(`src/${name}.ts`)),
  outdir,
  bundle: true,
  metafile: true,
  format: "esm",
  minify: true,
  legalComments: "none",
  target: "es2022",
  loader: { ".css": "text" },
  plugins: [worklets()],
  logLevel: "warning",
});
writeFileSync(`${outdir}/LICENSES.txt`, licences(Object.keys(metafile.inputs)).join("\n\n"));
