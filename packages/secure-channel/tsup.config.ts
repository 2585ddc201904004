// @boundaries-ignore the build recipe of all packages
import { config } from "../../tsup.config.ts";

/** Two forms of one package: `index` for browsers and others, `node` with the cryptography of Node.js. */
export default config({ entry: ["src/index.ts", "src/node.ts"] });
