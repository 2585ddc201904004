/** Longest wait for a background process to be ready, in milliseconds. 15,000: a loaded machine with many things to restore. */
export const startTimeoutMs = 15_000;

/** Longest wait for a node to end before it is killed, in milliseconds. 5,000: what the command line promises. */
export const stopTimeoutMs = 5_000;

/** Size at which a log file is put aside, in the notation of rotating-file-stream. 10 MiB: opens in any editor. */
export const maxLogFileSize = "10M";

/** How many log files that were put aside are kept. 5: some 50 MiB per node. */
export const maxLogFiles = 5;

/** Longest wait for the last log lines to reach the disk, in milliseconds. */
export const logFlushTimeoutMs = 500;

/** Pause before a log file that could not be written is opened again, in milliseconds. 1,000: little work on a disk that stays full. */
export const logRetryMs = 1000;

/** Pause before what a node has is saved again after that failed, in milliseconds. 5,000: a full disk is not freed in less. */
export const saveRetryMs = 5000;

/** Most errors nobody caught that a node outlives within a minute. 20: more of them mean that it is broken. */
export const maxUncaughtPerMinute = 20;

/** Longest wait for a killed process to vanish, in milliseconds. 2,000: the system takes it down at its next turn. */
export const killTimeoutMs = 2_000;

/** Pause between two looks at a process that is ending, in milliseconds. 20: below what people notice. */
export const stopPollMs = 20;
