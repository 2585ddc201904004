import { toHex } from "./hex.js";
import { publicKeyBytes } from "./signing-key.js";

/**
 * The points of Ed25519 whose order is 1, 2, 4 or 8, in their one canonical form (RFC 8032, section 5.1.2), and the two that a sign
 * bit in front of x = 0 makes. A signature by such a key fits many messages, and by the first one all of them.
 */
const weakEd25519: ReadonlySet<string> = new Set([
  "0100000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000080",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0000000000000000000000000000000000000000000000000000000000000080",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]);

/** The points of curve25519 and its twist whose order divides 8, canonical. The secret shared with such a key is all zeros (RFC 7748, section 6.1). */
const weakX25519: ReadonlySet<string> = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
]);

/** Says whether the low 255 bits, little-endian, are less than 2^255 - 19. */
function isReduced(key: Uint8Array): boolean {
  const [first = 0] = key;
  const last = key[publicKeyBytes - 1] ?? 0;
  return first < 0xed || (last & 0x7f) !== 0x7f || !key.subarray(1, -1).every((byte) => byte === 0xff);
}

/**
 * Says whether 32 bytes may be a peer's Ed25519 public key: canonical, and of no small order.
 * Platforms differ: Node.js 20 and 22 take all of these keys, and with the identity point accept one signature for every message.
 */
export function isSoundEd25519Key(key: Uint8Array): boolean {
  return key.length === publicKeyBytes && isReduced(key) && !weakEd25519.has(toHex(key));
}

/**
 * Says whether 32 bytes may be a peer's X25519 public key: canonical with the highest bit 0, and of no small order, so that no shared
 * secret is all zeros. Platforms do not look at the form: RFC 7748 has them take every string of 32 bytes.
 */
export function isSoundX25519Key(key: Uint8Array): boolean {
  const last = key[publicKeyBytes - 1] ?? 0;
  return key.length === publicKeyBytes && last < 0x80 && isReduced(key) && !weakX25519.has(toHex(key));
}
