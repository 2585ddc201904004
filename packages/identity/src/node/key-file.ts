import { createPrivateKey, type KeyObject } from "node:crypto";
import { seal, sealingBytes, unseal } from "./sealing.js";
import { vaultCorrupt } from "./vault-error.js";

const magic = Buffer.from("CLVK");
const version = 1;
const secretBytes = 32;
const headBytes = magic.length + 2;

/** What comes in front of the 32 secret bytes of a key in its DER form. RFC 8410, section 7. */
const pkcs8Prefix = Buffer.from("302e020100300506032b657004220420", "hex");

/** Longest key file, in bytes. */
export const maxKeyFileBytes: number = headBytes + secretBytes + sealingBytes;

/**
 * The file of one key. Shape: `CLVK`, version, 0, 32 secret bytes; or `CLVK`, version, 1, the same sealed for the file's public key.
 */
export function writeKeyFile(
  secret: KeyObject,
  publicKey: Uint8Array,
  sealingKey: KeyObject | undefined,
): Buffer {
  const der = secret.export({ format: "der", type: "pkcs8" });
  const bytes = der.subarray(-secretBytes);
  const head = Buffer.concat([magic, Buffer.of(version, sealingKey === undefined ? 0 : 1)]);
  const body = sealingKey === undefined ? bytes : seal(sealingKey, Buffer.concat([head, publicKey]), bytes);
  const file = Buffer.concat([head, body]);
  der.fill(0);
  return file;
}

/**
 * Reads it.
 *
 * @throws CulvertError VAULT_CORRUPT, also for a key that was sealed for another public key or another vault
 */
export function readKeyFile(
  path: string,
  file: Buffer,
  publicKey: Uint8Array,
  sealingKey: KeyObject | undefined,
): KeyObject {
  const head = Buffer.concat([magic, Buffer.of(version, sealingKey === undefined ? 0 : 1)]);
  if (!file.subarray(0, headBytes).equals(head)) throw vaultCorrupt(path, "it is no key of this vault");
  const body = file.subarray(headBytes);
  const bytes = sealingKey === undefined ? body : unseal(sealingKey, Buffer.concat([head, publicKey]), body);
  if (bytes?.length !== secretBytes) throw vaultCorrupt(path, "it was changed");
  const der = Buffer.concat([pkcs8Prefix, bytes]);
  const secret = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  for (const each of [bytes, der, file]) each.fill(0);
  return secret;
}
