// @boundaries-ignore the build recipe of all packages
import { config } from "../../tsup.config.ts";
import { cliConfig } from "./tsup.config.ts";

/**
 * The background process of a node, as one file beside the chunks of the command: it needs all of itself at once, and must start also
 * where few files may be open.
 */
export default config({
  ...cliConfig,
  entry: { "node-process": "src/node-process/main.ts" },
  splitting: false,
  clean: false,
});
