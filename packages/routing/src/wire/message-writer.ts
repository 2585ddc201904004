import type { Route } from "@x/core";
import { framePrefixBytes, frameVersion, maxRememberedHeaderBytes, rememberedHeaders } from "../limits.js";
import type { Header } from "./header.js";
import { packHeader } from "./header-codec.js";

interface Remembered {
  readonly onward: Route;
  readonly back: Route;
  readonly hopCount: number;
  readonly head: Uint8Array;
}

/** Writes the heads of frames and remembers the last ones, because most messages repeat a header. */
export class MessageWriter {
  #remembered: (Remembered | undefined)[] | undefined;
  /** The one used last: a busy sender mostly sends along one route. */
  #latest: Remembered | undefined;

  /**
   * The bytes before the payload: version, header length and header. They may be shared: do not change them.
   *
   * @param header its onward route still begins with the address of the connection, which stays off the wire
   * @throws CulvertError ROUTE_INVALID, ROUTE_TOO_LONG, ADDRESS_INVALID, MESSAGE_INVALID
   */
  head(header: Header): Uint8Array {
    if (header.fields !== undefined || header.refusal !== undefined) return writeHead(header);
    if (this.#latest !== undefined && isSame(this.#latest, header)) return this.#latest.head;
    const slot = slotOf(header);
    const known = this.#remembered?.[slot];
    if (known !== undefined && isSame(known, header)) {
      this.#latest = known;
      return known.head;
    }
    const head = writeHead(header);
    if (head.length <= maxRememberedHeaderBytes) this.#remember(slot, header, head);
    return head;
  }

  #remember(slot: number, header: Header, head: Uint8Array): void {
    this.#remembered ??= new Array<Remembered | undefined>(rememberedHeaders).fill(undefined);
    const { hopCount } = header;
    // Copies: the sender may change its lists.
    this.#remembered[slot] = {
      onward: header.onwardRoute.slice(1),
      back: header.returnRoute.slice(),
      hopCount,
      head,
    };
  }
}

/** {@inheritDoc MessageWriter.head} Remembers nothing. */
function writeHead(header: Header): Uint8Array {
  const { returnRoute, hopCount, fields, refusal } = header;
  const onwardRoute = header.onwardRoute.slice(1);
  const bytes = packHeader({ onwardRoute, returnRoute, hopCount, fields, refusal });
  // Memory of its own: a remembered head must not keep a shared pool alive.
  const head = new Uint8Array(framePrefixBytes + bytes.length);
  head[0] = frameVersion;
  head[1] = bytes.length >> 8;
  head[2] = bytes.length & 0xff;
  head.set(bytes, framePrefixBytes);
  return head;
}

function isSame(known: Remembered, header: Header): boolean {
  return (
    known.hopCount === header.hopCount &&
    endsWith(header.onwardRoute, known.onward, 1) &&
    endsWith(header.returnRoute, known.back, 0)
  );
}

function endsWith(route: Route, tail: Route, from: number): boolean {
  if (route.length !== tail.length + from) return false;
  // From the end: the last hop tells most routes apart.
  for (let i = tail.length - 1; i >= 0; i--) if (route[i + from] !== tail[i]) return false;
  return true;
}

function slotOf(header: Header): number {
  return (lastUnit(header.onwardRoute) * 31 + lastUnit(header.returnRoute)) % rememberedHeaders;
}

function lastUnit(route: Route): number {
  const last = route[route.length - 1];
  return last === undefined ? 0 : last.charCodeAt(last.length - 1);
}
