import { fileURLToPath } from "node:url";

/** Where tunnels of others are put to be measured beside: `apps/bench/peers`, which git ignores. */
export const peersFolder: string = fileURLToPath(new URL("../peers/", import.meta.url));
