import { CulvertError } from "./error.js";
import { maxAddressBytes } from "./limits.js";

/**
 * One hop of a route.
 *
 * Shape: a worker's name, `echo`, or a transport hop, `transport#where`, such as `tcp#127.0.0.1:7000`.
 * A worker's name holds no `#`, no `/`, no white space and no control character.
 * Two addresses are the same when their UTF-8 bytes are. See PROTOCOL.md, "Addresses".
 */
export type Address = string;

/** The two halves of a transport hop: `tcp#127.0.0.1:7000` is `{ transport: "tcp", where: "127.0.0.1:7000" }`. */
export interface TransportHop {
  /** The transport's name: lowercase letters, digits and hyphens. */
  readonly transport: string;
  /** What the transport's `dial` takes, unread by anybody else. */
  readonly where: string;
}

// `\p{Cs}` keeps out lone surrogates, which have no UTF-8 form; U+FFFD is what broken UTF-8 decodes to.
const forbiddenInAddress = /[\s\p{Cc}\p{Cs}\uFFFD]/u;
const transportName = /^[a-z][a-z0-9-]*$/;
const encoder = new TextEncoder();

/**
 * Checks an address from outside and returns it.
 *
 * @throws CulvertError ADDRESS_INVALID
 */
export function checkAddress(address: unknown): Address {
  if (isAddress(address)) return address;
  const shown = typeof address === "string" ? JSON.stringify(address.slice(0, 64)) : typeof address;
  throw new CulvertError("ADDRESS_INVALID", `Cannot use address ${shown}: ${addressRule}`);
}

const addressRule = `an address is 1 to ${maxAddressBytes} bytes of text without white space, control characters or "/", and "#" only after a transport's name`;

/** Says whether a value is a well-formed address. Never throws. */
export function isAddress(address: unknown): address is Address {
  if (typeof address !== "string" || address.length === 0 || address.length > maxAddressBytes) return false;
  if (forbiddenInAddress.test(address) || utf8Length(address) > maxAddressBytes) return false;
  const hash = address.indexOf("#");
  if (hash === -1) return !address.includes("/");
  return transportName.test(address.slice(0, hash)) && hash + 1 < address.length;
}

function utf8Length(text: string): number {
  // A UTF-16 unit makes three bytes at most, so short text needs no counting.
  return text.length * 3 <= maxAddressBytes ? text.length : encoder.encode(text).length;
}

/** Says whether an address is a transport hop (`tcp#…`) and not a worker's name. */
export function isTransportHop(address: Address): boolean {
  return address.includes("#");
}

/**
 * Splits a transport hop.
 *
 * @throws CulvertError ADDRESS_INVALID if the address is not a transport hop
 */
export function parseTransportHop(address: Address): TransportHop {
  checkAddress(address);
  const hash = address.indexOf("#");
  if (hash === -1) {
    throw new CulvertError("ADDRESS_INVALID", `Cannot use address "${address}": it names no transport`);
  }
  return { transport: address.slice(0, hash), where: address.slice(hash + 1) };
}

/** Joins a transport's name and a place it can dial: `transportHop("tcp", "127.0.0.1:7000")`. */
export function transportHop(transport: string, where: string): Address {
  return checkAddress(`${transport}#${where}`);
}

/**
 * A new address nobody can guess: 128 random bits as 32 lowercase hex digits.
 * Such an address is a capability: whoever was told it may use it.
 */
export function generateAddress(): Address {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}
