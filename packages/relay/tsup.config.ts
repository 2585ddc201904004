// @boundaries-ignore the build recipe of all packages
import { config } from "../../tsup.config.ts";

/** For any platform: what is bundled must not be the form of it that needs Node.js. */
export default config({ platform: "neutral" });
