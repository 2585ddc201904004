/** How a log looks to people. */
export const prettyOptions = {
  translateTime: "UTC:yyyy-mm-dd'T'HH:MM:ss.l'Z'",
  ignore: "pid,hostname",
  singleLine: true,
} as const;
