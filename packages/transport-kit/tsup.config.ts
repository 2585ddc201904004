// @boundaries-ignore the build recipe of all packages
import { config } from "../../tsup.config.ts";

/** Two entries that share their code: `index` for any platform, `node` for sockets. */
export default config({ entry: { index: "src/index.ts", node: "src/node.ts" }, splitting: true });
