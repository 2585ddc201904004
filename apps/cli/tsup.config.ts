import { readFileSync } from "node:fs";
// @boundaries-ignore the build recipe of all packages
import { config } from "../../tsup.config.ts";

const { version } = JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8")) as {
  version: string;
};

/**
 * Two entries, cut into chunks, so that a command loads its own code and little else: `index` is the command, `node-process` the background process.
 * What `devDependencies` name is bundled; bundled CommonJS needs a `require`.
 */
export default config({
  entry: { index: "src/index.ts", "node-process": "src/node-process/main.ts" },
  splitting: true,
  define: { CULVERT_VERSION: JSON.stringify(version) },
  banner: {
    js: 'import { createRequire as culvertRequire } from "node:module"; const require = culvertRequire(import.meta.url);',
  },
});
