import { bulkRow } from "./bulk.js";
import { connectionsRow } from "./connections.js";
import { delayedRow } from "./delayed.js";
import { interactiveRow } from "./interactive.js";
import { idlePortalsRow, idleRelaysRow, unreadRow } from "./memory.js";
import { messagesRow } from "./messages.js";
import { neighboursRow } from "./neighbours.js";
import { requestResponseRow } from "./request-response.js";
import type { Row } from "./row.js";
import { startUpRow } from "./start-up.js";

/** Every row, in the order of the report. */
export const allRows: readonly Row[] = [
  bulkRow,
  delayedRow,
  requestResponseRow,
  connectionsRow,
  interactiveRow,
  neighboursRow,
  messagesRow,
  unreadRow,
  idleRelaysRow,
  idlePortalsRow,
  startUpRow,
];
