import type { Row } from "./row.js";
import { claims } from "./rows/claims.js";
import { downloads } from "./rows/downloads.js";
import { endings } from "./rows/endings.js";
import { hostileFaults } from "./rows/hostile.js";
import { lostPeers } from "./rows/lost-peers.js";
import { routeFaults } from "./rows/routes.js";
import { sleepFaults } from "./rows/sleep.js";
import { stateFaults } from "./rows/state.js";
import { targets } from "./rows/targets.js";
import { visitorFaults } from "./rows/visitors.js";

/** Every row, in the order of the table. */
export const allRows: readonly Row[] = [
  ...lostPeers,
  ...targets,
  ...visitorFaults,
  ...claims,
  ...hostileFaults,
  ...routeFaults,
  ...sleepFaults,
  ...stateFaults,
  ...endings,
  ...downloads,
];
