import { readFileSync } from "node:fs";
import type { Options } from "tsup";
// @boundaries-ignore the build recipe of all packages
import { config } from "../../tsup.config.ts";

const { version } = JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** What both entries have in common. What `devDependencies` name is bundled; bundled CommonJS needs a `require`. */
export const cliConfig: Options = {
  define: { CULVERT_VERSION: JSON.stringify(version) },
  banner: {
    js: 'import { createRequire as culvertRequire } from "node:module"; const require = culvertRequire(import.meta.url);',
  },
};

/** The command, cut into chunks, so that each one loads its own code and little else. */
export default config({ ...cliConfig, entry: { index: "src/index.ts" }, splitting: true });
