import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { serveRole } from "../process/serve-role.js";

/** What a pipe proxy can be asked. */
export interface PipeProxyOperations {
  readonly [operation: string]: (params: never) => unknown;
  /** Joins a new loopback port with a target port and gives the new one. */
  readonly join: (target: number) => Promise<number>;
}

/** The usual proxy of Node: two sockets and two pipes, with defaults apart from no-delay. */
async function join(target: number): Promise<number> {
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (inner) => {
    const outer = connect({ host: "127.0.0.1", port: target, noDelay: true, allowHalfOpen: true });
    inner.on("error", () => outer.destroy());
    outer.on("error", () => inner.destroy());
    inner.on("close", () => outer.destroy());
    outer.on("close", () => inner.destroy());
    inner.pipe(outer);
    outer.pipe(inner);
  });
  server.listen(0, "127.0.0.1", 1_024);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const operations: PipeProxyOperations = { join };
serveRole(operations);
