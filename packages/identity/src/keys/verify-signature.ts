import { ed25519 } from "#ed25519";
import { signatureBytes } from "./signing-key.js";
import { isSoundEd25519Key } from "./sound-key.js";

/** Verifies an Ed25519 signature by a key that is sound. Everything else is false. */
export async function verifySignature(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (signature.length !== signatureBytes || !isSoundEd25519Key(publicKey)) return false;
  return ed25519.verify(publicKey, message, signature);
}
