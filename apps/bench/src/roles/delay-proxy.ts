import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { type DelayLineOptions, delayBytes } from "../loads/delay-line.js";
import { serveRole } from "../process/serve-role.js";

/** What a delay proxy can be asked. */
export interface DelayProxyOperations {
  readonly [operation: string]: (params: never) => unknown;
  /** Joins a new loopback port with a target port over a long path, and gives the new one. */
  readonly join: (options: DelayLineOptions & { readonly target: number }) => Promise<number>;
}

// Sockets hand on what they have at once, so that only the line decides when.
const highWaterMark = 4_194_304;

const operations: DelayProxyOperations = {
  join: async ({ target, ...line }) => {
    const server = createServer({ noDelay: true, allowHalfOpen: true, highWaterMark }, (inner) => {
      const outer = connect({ host: "127.0.0.1", port: target, noDelay: true, allowHalfOpen: true });
      inner.on("error", () => outer.destroy());
      outer.on("error", () => inner.destroy());
      inner.on("close", () => outer.destroy());
      outer.on("close", () => inner.destroy());
      delayBytes(inner, outer, line);
      delayBytes(outer, inner, line);
    });
    server.listen(0, "127.0.0.1", 1_024);
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  },
};
serveRole(operations);
