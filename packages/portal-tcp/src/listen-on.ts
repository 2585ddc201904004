import type { Server } from "node:net";
import { CulvertError, type ErrorCode } from "@x/core";

const codes: Readonly<Record<string, ErrorCode>> = {
  EADDRINUSE: "LISTEN_ADDRESS_TAKEN",
  ENOTFOUND: "NAME_UNRESOLVED",
};

/**
 * Makes a server listen.
 *
 * @throws CulvertError LISTEN_ADDRESS_TAKEN, LISTEN_FAILED, NAME_UNRESOLVED
 */
export function listenOn(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      const code = codes[error.code ?? ""] ?? "LISTEN_FAILED";
      const why = code === "LISTEN_ADDRESS_TAKEN" ? "it is taken" : error.message;
      reject(new CulvertError(code, `Cannot listen on ${host} port ${port}: ${why}`, { cause: error }));
    };
    server.once("error", onError);
    server.listen({ host, port }, () => {
      server.off("error", onError);
      resolve();
    });
  });
}
