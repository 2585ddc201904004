// @boundaries-ignore the build recipe of all packages
import { config } from "../../tsup.config.ts";

/** Two forms of one package: `index` with the platform's WebSocket, `node` with that of ws, which also listens. */
export default config({ entry: ["src/index.ts", "src/node.ts"] });
