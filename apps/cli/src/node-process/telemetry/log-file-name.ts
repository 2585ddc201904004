/** The file a background node logs to; older ones are `stdout.1.log`, `stdout.2.log`, … */
export const logFileName = "stdout.log";
