/** The file a background node logs to; older ones are {@link oldLogFileName}. */
export const logFileName = "stdout.log";

/** A log file that was put aside, the newest with index 1. */
export function oldLogFileName(index: number): string {
  return `stdout.${index}.log`;
}
