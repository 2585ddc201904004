import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { type CulvertError, parseHostPort } from "@x/core";
import { type Bound, listenOnHost } from "./listen-host.js";
import { SocketSource } from "./socket-source.js";
import { type Reading, SocketStream } from "./socket-stream.js";
import { systemError } from "./system-error.js";

/** How to listen for TCP. */
export interface TcpListening {
  readonly reading: Reading;
  /** Most sockets for each address; the system closes further ones at once. */
  readonly maxSockets: number;
  /** Told of errors of the listener. */
  readonly onReport: (error: CulvertError) => void;
}

/**
 * Listens on ``host:port``, on all addresses of a name.
 *
 * @throws CulvertError ADDRESS_INVALID, LISTEN_ADDRESS_TAKEN, LISTEN_FAILED
 */
export async function listenTcp(
  where: string,
  { reading, maxSockets, onReport }: TcpListening,
): Promise<SocketSource> {
  const source = new SocketSource((socket, server) => SocketStream.adopt(socket, server, reading));
  const bind = async (address: string, port: number): Promise<Bound> => {
    const server = createServer({ pauseOnConnect: true, noDelay: true });
    server.maxConnections = maxSockets;
    await once(server.listen({ host: address, port }), "listening");
    server.on("error", (error) => onReport(systemError(error, `accept on ${source.where}`)));
    source.add(server);
    const closed = new Promise<void>((resolve) => server.once("close", resolve));
    return {
      ...(server.address() as AddressInfo),
      close: () => {
        server.close();
        return closed;
      },
    };
  };
  const bound = await listenOnHost(parseHostPort(where), bind);
  source.where = bound.where;
  return source;
}
