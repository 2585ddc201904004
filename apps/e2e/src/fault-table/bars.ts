// The longest times that pass, in milliseconds.

/** How soon a broken connection, or a corrupt state, must be told. */
export const toldBarMs = 1_000;

/** How soon a peer that fell silent must count as dead (design, section 4). */
export const deadPeerBarMs = 15_000;

/** How soon service must be back after a killed relay listens again, a node that did not stop, or that listens again. */
export const serviceBarMs = 3_000;

/** How soon service must be back after a line that was cut carries again. */
export const lineReturnBarMs = 5_000;

/** How soon an error must be told, beside what starting the command takes. */
export const errorBarMs = 500;
