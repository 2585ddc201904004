import type { Options } from "tsup";
import { thirdPartyLicenses } from "./third-party-licenses.config.js";

/**
 * The one build recipe: ESM for Node 20, type declarations come from `tsc`.
 * What `dependencies` name stays an import; what `devDependencies` name is bundled, and its licence goes along.
 */
export const config = (over: Options = {}): Options => ({
  entry: ["src/index.ts"],
  format: ["esm"],
  dts: false,
  clean: true,
  sourcemap: true,
  target: "node20",
  platform: "node",
  // Without `node:` a built-in cannot be told from a package of that name.
  removeNodeProtocol: false,
  esbuildPlugins: [thirdPartyLicenses],
  silent: true,
  ...over,
});

export default config();
