// Bundles each widget into one offline ES module, into the folder named; worklets travel inside as text.
import { build } from "esbuild";
import { fileURLToPath } from "node:url";
import { worklets } from "./worklets.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

await build({
  entryPoints: ["console", "splits", "statements", "taps"].map((name) => here(`src/${name}.ts`)),
  outdir: process.argv[2] ?? here("../maxbooster_kernel/widgets/static"),
  bundle: true,
  format: "esm",
  minify: true,
  legalComments: "none",
  target: "es2022",
  loader: { ".css": "text" },
  plugins: [worklets()],
  logLevel: "warning",
});
