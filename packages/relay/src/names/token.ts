import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { generatedTokenBytes, maxTokenBytes, minTokenBytes } from "../limits.js";

/**
 * The secret that makes a client the owner of its relay's name, as an even number of hex digits.
 * Shape: 32 to 128 lowercase hex digits, 16 to 64 bytes on the wire.
 */
export type RelayToken = string;

const tokenPattern = new RegExp(`^(?:[0-9a-f]{2}){${minTokenBytes},${maxTokenBytes}}$`);

/** A new token of 32 random bytes. */
export function generateToken(): RelayToken {
  return bytesToHex(crypto.getRandomValues(new Uint8Array(generatedTokenBytes)));
}

/**
 * The bytes of a token.
 *
 * @throws RangeError if it is no token; the text is not repeated, because it is a secret
 */
export function tokenBytes(token: RelayToken): Uint8Array {
  if (!tokenPattern.test(token)) {
    throw new RangeError(
      `Cannot use relay token: a token is ${minTokenBytes} to ${maxTokenBytes} bytes as lowercase hex digits`,
    );
  }
  return hexToBytes(token);
}

/** SHA-256 of a token, 32 bytes. All that a service keeps of one: who reads its memory or its directory cannot use it. */
export function hashToken(token: Uint8Array): Uint8Array {
  return sha256(token);
}

/** Says whether two hashes of tokens are equal, in a time that does not depend on where they differ. */
export function hashesAreEqual(one: Uint8Array, other: Uint8Array): boolean {
  let difference = one.length ^ other.length;
  for (let i = 0; i < one.length; i++) difference |= (one[i] as number) ^ (other[i] ?? 0);
  return difference === 0;
}
