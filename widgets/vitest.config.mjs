import { defineConfig } from "vitest/config";
import { viteWorklets } from "./worklets.mjs";

export default defineConfig({
  plugins: [viteWorklets()],
  test: { include: ["test/**/*.test.ts"], testTimeout: 20000 },
});
