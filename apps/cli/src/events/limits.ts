/** Events that a node keeps in memory for who asks. 1,000: what a person looks through, in some 300 KiB. */
export const maxKeptEvents = 1000;

/** Most events of visitors that are written down within a second. 100: a flood of visitors must neither fill the log nor cost much. */
export const maxVisitorEventsPerSecond = 100;

/** Pause between two looks at what happened, in milliseconds. 200: it seems to come at once. */
export const eventPollMs = 200;
