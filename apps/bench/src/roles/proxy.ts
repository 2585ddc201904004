import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type DelayLineOptions, delayBytes } from "../loads/delay-line.js";
import { serveRole } from "../process/serve-role.js";

/** What a proxy can be asked. */
export type ProxyOperations = typeof operations;

// Sockets hand on what they have at once, so that only the line decides when.
const longLineBytes = 4_194_304;

/** Joins a new loopback port with a target port and gives the new one. */
async function join(
  target: number,
  options: { readonly highWaterMark?: number },
  carry: (from: Socket, to: Socket) => void,
): Promise<number> {
  const server = createServer({ noDelay: true, allowHalfOpen: true, ...options }, (inner) => {
    const outer = connect({ host: "127.0.0.1", port: target, noDelay: true, allowHalfOpen: true });
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      from.on("error", () => to.destroy()).on("close", () => to.destroy());
      carry(from, to);
    }
  });
  server.listen(0, "127.0.0.1", 1_024);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const operations = {
  /** The usual proxy of Node: two sockets and two pipes, with defaults apart from no-delay. */
  join(target: number): Promise<number> {
    return join(target, {}, (from, to) => from.pipe(to));
  },
  /** A long path in front of the target. */
  joinDelayed({ target, ...line }: DelayLineOptions & { readonly target: number }): Promise<number> {
    return join(target, { highWaterMark: longLineBytes }, (from, to) => delayBytes(from, to, line));
  },
};
serveRole(operations);
