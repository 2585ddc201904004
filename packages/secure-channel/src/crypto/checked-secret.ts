import { CulvertError } from "@x/core";
import { copyBytes } from "../wire/bytes.js";
import type { DhKeyPair } from "./channel-crypto.js";

/**
 * The u-coordinates of small order, the highest bit aside. With any of them the result of X25519 is all zero, whatever the private
 * key. Sources: RFC 7748, section 6.1; the points of order 1, 2, 4 and 8 on curve25519 and its twist, and their forms beyond 2^255 - 19.
 */
const smallOrder: ReadonlySet<string> = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]);

/** Says whether an X25519 public key is of small order. */
export function isSmallOrder(publicKey: Uint8Array): boolean {
  const masked = copyBytes(publicKey);
  masked[31] = (masked[31] ?? 0) & 0x7f;
  return smallOrder.has(Array.from(masked, (byte) => byte.toString(16).padStart(2, "0")).join(""));
}

/**
 * X25519 with another's public key.
 *
 * @throws CulvertError HANDSHAKE_FAILED for a key of small order or of another length, and for a result that is all zero
 */
export async function checkedSecret(pair: DhKeyPair, publicKey: Uint8Array): Promise<Uint8Array> {
  if (publicKey.length !== 32 || isSmallOrder(publicKey)) throw refusedKey();
  let secret: Uint8Array;
  try {
    secret = await pair.sharedSecret(publicKey);
  } catch (cause) {
    throw refusedKey(cause);
  }
  let bits = 0;
  for (const byte of secret) bits |= byte;
  if (bits === 0) throw refusedKey();
  return secret;
}

function refusedKey(cause?: unknown): CulvertError {
  return new CulvertError("HANDSHAKE_FAILED", "Cannot agree on a secret: the peer's key is of no use", {
    cause,
  });
}
