import { CulvertError, type ErrorCode, isCulvertError } from "@x/core";

const codes: Readonly<Record<string, ErrorCode>> = {
  ECONNREFUSED: "CONNECTION_REFUSED",
  ENOENT: "CONNECTION_REFUSED",
  EADDRINUSE: "LISTEN_ADDRESS_TAKEN",
  ECONNRESET: "CONNECTION_RESET",
  EPIPE: "CONNECTION_RESET",
};

/** Turns an error of the system into ours: `Cannot dial "/tmp/a.sock": ECONNREFUSED`. */
export function systemError(action: string, otherwise: ErrorCode, cause: unknown): CulvertError {
  if (isCulvertError(cause)) return cause;
  const code = (cause as NodeJS.ErrnoException).code ?? "unknown error";
  return new CulvertError(codes[code] ?? otherwise, `Cannot ${action}: ${code}`, { cause });
}
