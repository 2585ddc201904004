/** Where a node writes what happens to it. A pino logger is one. */
export interface RuntimeLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Writes nothing. */
export const silentLog: RuntimeLog = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};

/** Fields that tell of an error without its stack: `{ code, reason }`. */
export function failureFields(error: unknown): { readonly code?: string; readonly reason: string } {
  if (!(error instanceof Error)) return { reason: String(error) };
  const code = (error as { code?: unknown }).code;
  return { ...(typeof code === "string" ? { code } : {}), reason: error.message };
}
