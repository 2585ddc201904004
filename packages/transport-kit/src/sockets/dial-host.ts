import type { Socket } from "node:net";
import { CulvertError, parseHostPort } from "@x/core";
import { type DialLimit, untilAborted, withinDialLimit } from "../dial-limit.js";
import { type AddressRace, interleaveFamilies, raceAddresses } from "./address-race.js";
import { nameLookUps } from "./name-look-ups.js";
import { type Reading, SocketStream } from "./socket-stream.js";
import { dialError } from "./system-error.js";

/**
 * Dials a host by all its addresses (RFC 8305), whatever dialling means: the first attempt that succeeds counts.
 *
 * @throws CulvertError NAME_UNRESOLVED; the reason of the signal; what an attempt throws
 */
export async function dialHost<Result>(host: string, race: AddressRace<Result>): Promise<Result> {
  const addresses = await untilAborted(nameLookUps.addresses(host), race.signal);
  return raceAddresses(interleaveFamilies(addresses), race);
}

/**
 * Opens a TCP connection to ``host:port``.
 *
 * @throws CulvertError ADDRESS_INVALID, NAME_UNRESOLVED, CONNECTION_REFUSED, CONNECTION_TIMED_OUT, HANDSHAKE_FAILED, TRANSPORT_FAILED, ABORTED
 */
export function dialTcp(where: string, reading: Reading, limit: DialLimit): Promise<SocketStream> {
  const { host, port } = parseHostPort(where, { minPort: 1 });
  return withinDialLimit(where, limit, (signal) =>
    dialHost(host, {
      signal,
      attempt: async (address, given) => {
        const to = { host: address, port, noDelay: true };
        const stream = SocketStream.connect(to, reading, { remoteWhere: where });
        await untilConnected(stream.socket as Socket, where, given);
        return stream;
      },
      discard: (stream) => stream.destroy(),
    }),
  );
}

/**
 * Waits until a socket is connected, to somebody else. It is destroyed when it does not, or when the signal is aborted.
 *
 * @throws CulvertError CONNECTION_REFUSED, CONNECTION_TIMED_OUT, HANDSHAKE_FAILED, TRANSPORT_FAILED; the reason of the signal
 */
export function untilConnected(socket: Socket, where: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      signal.removeEventListener("abort", onAbort);
      socket.off("connect", onConnect).off("error", onError);
    };
    const fail = (error: unknown): void => {
      done();
      socket.destroy();
      reject(error);
    };
    const onAbort = (): void => fail(signal.reason);
    const onError = (error: Error): void => fail(dialError(error, where));
    const onConnect = (): void => {
      if (isSelfConnected(socket)) fail(selfConnected(where));
      else {
        done();
        resolve();
      }
    };
    // A socket without an error listener takes the process down, also when it is destroyed already.
    socket.on("error", () => {});
    socket.once("connect", onConnect).once("error", onError);
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
  });
}

/** Says whether a socket is connected to itself: TCP does so when a free port of this machine is dialled and the system chooses just that port for it. */
export function isSelfConnected({ localPort, remotePort, localAddress, remoteAddress }: Socket): boolean {
  return localPort !== undefined && localPort === remotePort && localAddress === remoteAddress;
}

function selfConnected(where: string): CulvertError {
  return new CulvertError("CONNECTION_REFUSED", `Cannot connect to ${where}: nobody listens there`);
}
