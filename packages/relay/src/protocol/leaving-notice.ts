import { maxRelayMessageBytes, tokenHashBytes } from "../limits.js";
import { decodePlainList, encodePlainList, isCount } from "./plain-list.js";
import { type RequestOrder, relayProtocolVersion } from "./relay-message.js";

const leavingType = 6;

/**
 * Tells a client that the relay service is about to end: sent to the client's forwarding worker, with no hop behind it.
 * Epoch and sequence are those of the registration in force. See PROTOCOL.md, "Relay".
 */
export interface LeavingNotice extends RequestOrder {
  /** SHA-256 of the owner's token, 32 bytes: only the service and the owner know it. */
  readonly tokenHash: Uint8Array;
}

/** A notice as bytes. */
export function encodeLeavingNotice({ epoch, sequence, tokenHash }: LeavingNotice): Uint8Array {
  return encodePlainList([relayProtocolVersion, leavingType, BigInt(epoch), sequence, tokenHash]);
}

/** Reads a notice. The hash shares the input's memory. Returns nothing for any other input; never throws. */
export function decodeLeavingNotice(bytes: Uint8Array): LeavingNotice | undefined {
  if (bytes.byteLength > maxRelayMessageBytes) return undefined;
  const [version, type, epoch, sequence, tokenHash] = decodePlainList(bytes) ?? [];
  if (version !== relayProtocolVersion || type !== leavingType) return undefined;
  if (!isCount(epoch) || !isCount(sequence)) return undefined;
  if (!(tokenHash instanceof Uint8Array) || tokenHash.byteLength !== tokenHashBytes) return undefined;
  return { epoch, sequence, tokenHash };
}
