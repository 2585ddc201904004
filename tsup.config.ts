import type { Options } from "tsup";

/** The one build recipe: ESM for Node 20, type declarations come from `tsc`. */
export const config = (over: Options = {}): Options => ({
  entry: ["src/index.ts"],
  format: ["esm"],
  dts: false,
  clean: true,
  sourcemap: true,
  target: "node20",
  platform: "node",
  silent: true,
  ...over,
});

export default config();
