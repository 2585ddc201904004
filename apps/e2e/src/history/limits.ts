/** Clients at a time when none are asked for. 16: enough for several streams of each pattern to be open when a fault comes. */
export const defaultClients = 16;

/** Most clients; the number of a client has 12 bits in a stream's id, and the last one is the prober's. */
export const maxClients = 4_094;

/** What all senders together may send, in bytes a second. 20 MB: about half of one processor, so that other work can go on beside it. */
export const paceBytesPerSecond = 20_000_000;

/** Bytes per write. 64 KiB: what most programs write at once. */
export const pieceBytes = 65_536;

/** How often a side notes how far it is and the hash so far, in bytes. 4 MiB: ten notes for the largest stream. */
export const noteEveryBytes = 4_194_304;

/** Load without faults before the first levels are taken, in milliseconds. 15 s: buffers and compilers have settled. */
export const warmUpMs = 15_000;

/** Least pause between two faults, in milliseconds, counted from when a fresh stream was exact again. */
export const minGapMs = 3_000;

/** Longest pause between two faults, in milliseconds. 12 s: longer than the dead-peer time, so that some faults meet quiet paths. */
export const maxGapMs = 12_000;

/** Longest wait for a fresh stream to be exact after a fault was taken back, in milliseconds. The slowest promise is 15 s. */
export const recoveryLimitMs = 15_000;

/** Pause between two probes of the way back, in milliseconds. */
export const probePauseMs = 200;

/**
 * Longest time a stream may stand still while no fault is in place, in milliseconds.
 * An outlet whose inlet is gone asks after 45 s of silence and gives up 60 s later (`keepAliveMs`, `resumeTimeoutMs` of the portal);
 * the rest is margin.
 */
export const standstillLimitMs = 120_000;

/** How often streams are judged and standstills looked for, in milliseconds. */
export const sweepMs = 1_000;

/** The clock is asked with each sweep; after so long without, this process stood still and the time does not count. In milliseconds. */
export const pausedAfterMs = 3_000;

/** How long the target may come later than the end of its visitor before the stream counts as never opened, in milliseconds. */
export const lateTargetMs = 5_000;

/**
 * Longest life of a visitor that may be turned away because the path is down, in milliseconds: 5 s wait for a path, 10 s for the
 * outlet's answer, 15 s that a node may be stopped, and margin.
 */
export const openLimitMs = 35_000;

/** What an inlet may send before it heard of the outlet, in bytes: the first credit of PROTOCOL.md, "Segment". */
export const firstCreditBytes = 16_384;

/** How long after the killing of its node a socket may come to an end that looks good, in milliseconds. See `systemEnd` in verdict.ts. */
export const systemEndMs = 2_000;

/** What the system may hold for a reader when the node that sent it is killed, in bytes: the most Linux takes by default. */
export const systemBufferBytes = 6_291_456;

/** Longest wait for all streams to be over and all levels to be as before, in milliseconds: a standstill and margin. */
export const settleLimitMs = 150_000;

/** Longest wait for levels to stand still before the faults, in milliseconds. */
export const firstSettleLimitMs = 30_000;

/** Pause between two looks at levels, in milliseconds: a request to a node must be over when its sockets are counted. */
export const levelPauseMs = 500;

/** How often the memory of nodes is looked at while faults come, in milliseconds. */
export const memorySampleMs = 5_000;

/**
 * What a node's memory may have grown, in bytes. 96 MiB: what V8 and the allocator keep after the largest burst (16 streams with windows
 * of 16 MiB hold far more while it lasts), and far less than half an hour of any leak per stream or per fault.
 */
export const memoryMarginBytes = 100_663_296;

/** What a node's open files may have grown. 2: files that the runtime opens late. Sockets are counted exactly. */
export const filesMargin = 2;

/** Violations that are reported with the history of their stream; the rest is only counted. */
export const maxReportedViolations = 25;

/** Pause of a client after a stream that failed, in milliseconds: nobody dials a dead port in a loop. */
export const failurePauseMs = 500;

/** Longest wait for a node to end after SIGTERM, in milliseconds: its drain takes 4 s. */
export const endLimitMs = 10_000;
