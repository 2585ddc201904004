import { type Connection, type DialOptions, parseHostPort } from "@x/core";
import { withinDialLimit } from "@x/transport-kit";
import { dialHost } from "@x/transport-kit/node";
import { dialAddress } from "./sockets/dial-address.js";
import type { WireContext } from "./wire/wire-context.js";

/** Opens a connection to `host:port`. See `Transport.dial`. */
export async function dialUdp(
  where: string,
  options: DialOptions,
  context: WireContext,
): Promise<Connection> {
  const { host, port } = parseHostPort(where, { minPort: 1 });
  const limit = { timeoutMs: context.settings.dialTimeoutMs, signal: options.signal };
  return withinDialLimit(where, limit, (signal) =>
    dialHost(host, {
      signal,
      attempt: (address, given) => dialAddress({ address, port, where, signal: given, context }),
      discard: (connection) => void connection.close(),
    }),
  );
}
