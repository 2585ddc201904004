// @boundaries-ignore the build recipe of all packages
import { config } from "../../tsup.config.ts";

/** Two entries that share their code: `index` for users, `inner` for portals. */
export default config({
  entry: { index: "src/index.ts", inner: "src/inner.ts" },
  splitting: true,
  platform: "neutral",
});
