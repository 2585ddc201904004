import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from "node:crypto";

const cipher = "chacha20-poly1305";
const nonceBytes = 12;
const tagBytes = 16;

/** How much longer sealed bytes are: nonce in front, tag behind. */
export const sealingBytes: number = nonceBytes + tagBytes;

/**
 * Seals bytes with ChaCha20-Poly1305 (RFC 8439) under a random nonce.
 * A key seals a few thousand small pieces in all, far below what random nonces of 96 bits are good for.
 *
 * @param context what the bytes belong to; sealed bytes open in the same context only
 */
export function seal(key: KeyObject, context: Uint8Array, bytes: Uint8Array): Buffer {
  const nonce = randomBytes(nonceBytes);
  const sealing = createCipheriv(cipher, key, nonce, { authTagLength: tagBytes });
  sealing.setAAD(context, { plaintextLength: bytes.length });
  const sealed = Buffer.concat([sealing.update(bytes), sealing.final()]);
  return Buffer.concat([nonce, sealed, sealing.getAuthTag()]);
}

/** Opens sealed bytes; nothing when the key, the context or a bit of them is another. */
export function unseal(key: KeyObject, context: Uint8Array, sealed: Uint8Array): Buffer | undefined {
  if (sealed.length < sealingBytes) return undefined;
  const nonce = sealed.subarray(0, nonceBytes);
  const opening = createDecipheriv(cipher, key, nonce, { authTagLength: tagBytes });
  opening.setAAD(context, { plaintextLength: sealed.length - sealingBytes });
  opening.setAuthTag(sealed.subarray(-tagBytes));
  const bytes = opening.update(sealed.subarray(nonceBytes, -tagBytes));
  try {
    opening.final();
    return bytes;
  } catch {
    bytes.fill(0);
    return undefined;
  }
}
