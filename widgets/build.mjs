// Bundles src/console.ts into one offline ES module; worklets travel inside it as text.
import { build } from "esbuild";
import { fileURLToPath } from "node:url";
import { worklets } from "./worklets.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

await build({
  entryPoints: [here("src/console.ts")],
  outfile: process.argv[2] ?? here("../maxbooster_kernel/widgets/static/console.js"),
  bundle: true,
  format: "esm",
  minify: true,
  legalComments: "none",
  target: "es2022",
  loader: { ".css": "text" },
  plugins: [worklets()],
  logLevel: "warning",
});
