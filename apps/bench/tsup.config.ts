// @boundaries-ignore the build recipe of all packages
import { config } from "../../tsup.config.ts";

/** File by file, as the sources lie: each role is a process of its own, and is found by its place. */
export default config({ entry: ["src/**/*.ts", "!src/**/*.test.ts"], bundle: false });
