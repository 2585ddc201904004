/** The first byte of each connection tells the load server what it is for. */
export const loadCommands = {
  /** The client sends, the server counts. */
  up: 0x55,
  /** The server sends without end. */
  down: 0x44,
  /** The server sends back what it gets. */
  echo: 0x45,
  /** The client sends {@link exchangeBytes}, the server answers with as many and ends. */
  exchange: 0x43,
} as const;

/** Each way of an exchange, in bytes. */
export const exchangeBytes = 1_024;

/** A request and its reply, in bytes: a keystroke or a small query. */
export const requestBytes = 100;

/** One write of a bulk load, in bytes: large, so that the load costs little beside the chain. */
export const bulkWriteBytes = 262_144;

/** How much a bulk sender hands to its socket before it waits, in bytes. */
export const bulkHighWaterMark = 1_048_576;
