// @boundaries-ignore the build recipe of all packages
import { config } from "../../tsup.config.ts";

/** File by file, as the sources lie: the harness finds the command and its own scripts by their place. */
export default config({ entry: ["src/**/*.ts", "!src/**/*.test.ts"], bundle: false });
