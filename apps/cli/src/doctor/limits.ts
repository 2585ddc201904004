/** Longest wait for a node's answer, in milliseconds. 2,000: it does little for it. */
export const answerTimeoutMs = 2000;

/** Longest wait for a listener of this machine to accept, in milliseconds. */
export const probeTimeoutMs = 1000;

/** How long a visit to an inlet lasts, in milliseconds. 2,000: a target that refuses does so sooner, and one that serves may say nothing. */
export const visitMs = 2000;

/** Oldest Node.js that Culvert runs on, as major and minor version. */
export const minNodeVersion: readonly [number, number] = [20, 19];

/** Fewest open files that nodes can work with. 1,024: some 500 streams, each of which may take two. */
export const minOpenFiles = 1024;

/** Open files below which busy nodes run out of them. 8,192: some 4,000 streams. */
export const fewOpenFiles = 8192;

/** Least free space for state and logs, in bytes. 16 MiB: a log file and its successor. */
export const minFreeBytes = 16_777_216;

/** Free space below which logs that turn over may fill the disk, in bytes. 128 MiB: the logs of two nodes. */
export const littleFreeBytes = 134_217_728;
