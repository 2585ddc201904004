/** The code of a system error, such as `ENOENT`; nothing for other errors. */
export function systemErrorCode(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}
