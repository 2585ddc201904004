import {
  type Address,
  CulvertError,
  cleanPeerText,
  type ErrorCode,
  isAddress,
  isErrorCode,
  isTransportHop,
  maxReasonLength,
} from "@x/core";
import { maxRelayMessageBytes, maxTokenBytes, minTokenBytes } from "../limits.js";
import { checkRelayName } from "../names/relay-name.js";
import { decodePlainList, encodePlainList, isCount, type PlainValue } from "./plain-list.js";

/** Version of the messages between relay client and relay service. See PROTOCOL.md, "Relay". */
export const relayProtocolVersion = 1;

const registerType = 1;
const releaseType = 2;
const registeredType = 3;
const releasedType = 4;
const refusedType = 5;

// A cut can split a pair of surrogates, and half a pair has no UTF-8 form.
const loneSurrogate = /\p{Cs}/gu;

/** Which of two requests of one owner is the later: by epoch, then by sequence. */
export interface RequestOrder {
  /** When the client started, in milliseconds since 1970 by its own clock. Only compared, never used as a time. */
  readonly epoch: number;
  /** Counts the client's requests. 0 to 2^32 − 1. */
  readonly sequence: number;
}

/** Asks for a name, or renews it: both are the same message, so that a service that forgot everything learns it again. */
export interface RegisterRequest extends RequestOrder {
  readonly type: "register";
  /** The wanted name. */
  readonly name: string;
  /** The owner's secret, 16 to 64 bytes. */
  readonly token: Uint8Array;
  /** The worker on the client's node that passes messages on. It replaces the last hop of the request's return route. */
  readonly forwardTo: Address;
  /** The wanted lease, in milliseconds. 0: as the service likes. */
  readonly leaseMs: number;
}

/** Gives a name back. */
export interface ReleaseRequest extends RequestOrder {
  readonly type: "release";
  /** The name. */
  readonly name: string;
  /** The owner's secret. */
  readonly token: Uint8Array;
}

/** What a relay client sends. */
export type RelayRequest = RegisterRequest | ReleaseRequest;

/** What a relay service answers. */
export type RelayReply =
  | { readonly type: "registered"; readonly address: Address; readonly leaseMs: number }
  | { readonly type: "released" }
  | {
      readonly type: "refused";
      readonly code: ErrorCode;
      readonly reason: string;
      /** The epoch of the registration in force, with RELAY_SUPERSEDED; else 0. */
      readonly epoch: number;
    };

/** A request as bytes. */
export function encodeRelayRequest(request: RelayRequest): Uint8Array {
  const { epoch, sequence, name, token } = request;
  const head = [relayProtocolVersion, request.type === "register" ? registerType : releaseType];
  const tail = request.type === "register" ? [request.forwardTo, request.leaseMs] : [];
  return encodePlainList([...head, BigInt(epoch), sequence, name, token, ...tail]);
}

/** A reply as bytes. */
export function encodeRelayReply(reply: RelayReply): Uint8Array {
  if (reply.type === "released") return encodePlainList([relayProtocolVersion, releasedType]);
  if (reply.type === "registered") {
    return encodePlainList([relayProtocolVersion, registeredType, reply.address, reply.leaseMs]);
  }
  const reason = reply.reason.slice(0, maxReasonLength).replace(loneSurrogate, "?");
  return encodePlainList([relayProtocolVersion, refusedType, reply.code, reason, BigInt(reply.epoch)]);
}

/**
 * Reads a request. The token shares the input's memory.
 *
 * @throws CulvertError RELAY_REQUEST_INVALID, VERSION_UNSUPPORTED, RELAY_NAME_INVALID
 */
export function decodeRelayRequest(bytes: Uint8Array): RelayRequest {
  const [, type, epoch, sequence, name, token, forwardTo, leaseMs] = decodeList(
    bytes,
    "RELAY_REQUEST_INVALID",
  );
  check(type === registerType || type === releaseType, "its type is unknown");
  check(isCount(epoch) && isCount(sequence) && sequence < 2 ** 32, "its epoch or sequence is no count");
  check(isToken(token), `its token is not ${minTokenBytes} to ${maxTokenBytes} bytes`);
  const common = { epoch, sequence, name: checkRelayName(name), token };
  if (type === releaseType) return { type: "release", ...common };
  check(isAddress(forwardTo) && !isTransportHop(forwardTo), "it names no worker to forward to");
  check(isCount(leaseMs), "its lease is no number of milliseconds");
  return { type: "register", ...common, forwardTo, leaseMs };
}

/**
 * Reads a reply.
 *
 * @throws CulvertError REPLY_INVALID, VERSION_UNSUPPORTED
 */
export function decodeRelayReply(bytes: Uint8Array): RelayReply {
  const [, type, first, second, third] = decodeList(bytes, "REPLY_INVALID");
  if (type === releasedType) return { type: "released" };
  if (type === registeredType && isAddress(first) && isCount(second)) {
    return { type: "registered", address: first, leaseMs: second };
  }
  if (type === refusedType && typeof first === "string" && typeof second === "string" && isCount(third)) {
    // A code of a later version is no reason to lose the sentence that explains it.
    const code = isErrorCode(first) ? first : "INTERNAL";
    return { type: "refused", code, reason: cleanPeerText(second.slice(0, maxReasonLength)), epoch: third };
  }
  throw new CulvertError("REPLY_INVALID", "Cannot read the relay service's reply: it has a wrong shape");
}

function decodeList(bytes: Uint8Array, code: ErrorCode): PlainValue[] {
  if (bytes.byteLength > maxRelayMessageBytes) {
    throw new CulvertError(
      code,
      `Cannot read relay message of ${bytes.byteLength} bytes: limit is ${maxRelayMessageBytes} bytes`,
    );
  }
  const list = decodePlainList(bytes);
  if (list === undefined) throw new CulvertError(code, "Cannot read relay message: it is no list of values");
  if (list[0] !== relayProtocolVersion) {
    throw new CulvertError(
      "VERSION_UNSUPPORTED",
      `Cannot read relay message: its version is not ${relayProtocolVersion}`,
    );
  }
  return list;
}

function check(isRight: boolean, fault: string): asserts isRight {
  if (!isRight) throw new CulvertError("RELAY_REQUEST_INVALID", `Cannot read relay request: ${fault}`);
}

function isToken(value: unknown): value is Uint8Array {
  return (
    value instanceof Uint8Array && value.byteLength >= minTokenBytes && value.byteLength <= maxTokenBytes
  );
}
