import type { Row } from "./row.js";
import { lostPeers } from "./rows/lost-peers.js";
import { targets } from "./rows/targets.js";
import { visitorFaults } from "./rows/visitors.js";

/** Every row, in the order of the table. */
export const allRows: readonly Row[] = [...lostPeers, ...targets, ...visitorFaults];
