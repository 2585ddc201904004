import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { receiveBufferBytes } from "../limits.js";

type Lookup = (
  host: string,
  options: unknown,
  done: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
) => void;

/** An address needs no look-up; answered at once it saves a turn of the event loop per datagram. */
const asIs: Lookup = (host, _options, done) => done(null, host, isIPv6(host) ? 6 : 4);

/** A socket of an address's family, given as IPv4 or IPv6 address. */
export function openSocket(address: string): Socket {
  const socket = createSocket({ type: isIPv6(address) ? "udp6" : "udp4", lookup: asIs as never });
  const widen = (): void => {
    try {
      socket.setRecvBufferSize(receiveBufferBytes);
    } catch {
      // The system may not allow it; then bursts are lost sooner.
    }
  };
  socket.once("listening", widen);
  return socket;
}
