// @boundaries-ignore the build recipe of all packages
import { config } from "../../tsup.config.ts";

/** Each role is a process of its own, so each is an entry. */
export default config({
  entry: ["src/index.ts", "src/install-peers.ts", "src/where-time-goes.ts", "src/roles/*.ts"],
  splitting: true,
});
