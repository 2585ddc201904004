import { createSecretKey, type KeyObject, randomBytes, scrypt } from "node:crypto";
import { promisify } from "node:util";
import { checkCount, optionInvalid } from "@x/core";
import { blockSize, defaultCostLog2, maxCostLog2, maxPassphraseBytes, minCostLog2 } from "./limits.js";
import { seal, sealingBytes, unseal } from "./sealing.js";
import { vaultCorrupt, vaultLocked } from "./vault-error.js";

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);

const magic = Buffer.from("CLVV");
const version = 1;
const keyBytes = 32;
const saltBytes = 16;

const plainBytes = magic.length + 2;
const openBytes = plainBytes + 1 + saltBytes;

/** Longest header, in bytes. */
export const maxHeaderBytes: number = openBytes + sealingBytes + keyBytes;

/**
 * What a vault is sealed with.
 * The passphrase seals one key, and that key seals all others: a new passphrase rewrites one file.
 */
export interface VaultHeader {
  /** The file. Shape: `CLVV`, version, 0; or `CLVV`, version, 1, cost, 16 bytes of salt, the sealed key. */
  readonly bytes: Buffer;
  /** Seals the keys of the vault; nothing in a vault without a passphrase. */
  readonly sealingKey: KeyObject | undefined;
}

/** A header for a vault that only file permissions protect. */
export function openHeader(): VaultHeader {
  return { bytes: Buffer.concat([magic, Buffer.of(version, 0)]), sealingKey: undefined };
}

/**
 * A header for a vault that a passphrase seals.
 *
 * @param sealingKey what seals the keys so far. Default: a new one
 * @throws CulvertError OPTION_INVALID
 */
export async function sealedHeader(
  passphrase: string,
  costLog2: number = defaultCostLog2,
  sealingKey: KeyObject = createSecretKey(randomBytes(keyBytes)),
): Promise<VaultHeader> {
  checkCount("costLog2", costLog2, { min: minCostLog2, max: maxCostLog2 });
  const salt = randomBytes(saltBytes);
  const context = Buffer.concat([magic, Buffer.of(version, 1, costLog2), salt]);
  const sealed = seal(await passphraseKey(passphrase, salt, costLog2), context, sealingKey.export());
  return { bytes: Buffer.concat([context, sealed]), sealingKey };
}

/**
 * Checks all of a header that can be checked without a passphrase, and says whether it asks for one.
 *
 * @throws CulvertError VAULT_CORRUPT
 */
export function isSealedHeader(path: string, bytes: Buffer): boolean {
  if (!bytes.subarray(0, magic.length).equals(magic)) throw vaultCorrupt(path, "it is no vault of Culvert");
  if (bytes[magic.length] !== version) throw vaultCorrupt(path, `it has version ${bytes[magic.length]}`);
  const costLog2 = bytes[plainBytes] ?? 0;
  const isSealed = bytes[plainBytes - 1] === 1;
  const isSound = isSealed
    ? bytes.length === maxHeaderBytes && costLog2 >= minCostLog2 && costLog2 <= maxCostLog2
    : bytes.length === plainBytes && bytes[plainBytes - 1] === 0;
  if (isSound) return isSealed;
  throw vaultCorrupt(path, "its header is broken");
}

/**
 * Reads a header.
 *
 * @throws CulvertError VAULT_LOCKED without its passphrase, VAULT_CORRUPT, OPTION_INVALID
 */
export async function readHeader(
  path: string,
  bytes: Buffer,
  passphrase: string | undefined,
): Promise<VaultHeader> {
  if (!isSealedHeader(path, bytes)) {
    if (passphrase === undefined) return { bytes, sealingKey: undefined };
    // Going on would make people believe that their passphrase protects something.
    throw optionInvalid("passphrase", "(hidden)", "the vault has none");
  }
  if (passphrase === undefined) throw vaultLocked(path, "it asks for a passphrase");
  const salt = bytes.subarray(plainBytes + 1, openBytes);
  const key = await passphraseKey(passphrase, salt, bytes[plainBytes] as number);
  const secret = unseal(key, bytes.subarray(0, openBytes), bytes.subarray(openBytes));
  if (secret === undefined) throw vaultLocked(path, "the passphrase is wrong, or its header was changed");
  const sealingKey = createSecretKey(secret);
  secret.fill(0);
  return { bytes, sealingKey };
}

/** scrypt, RFC 7914. The text is normalized, as keyboards write the same letter in several ways. */
async function passphraseKey(passphrase: string, salt: Buffer, costLog2: number): Promise<KeyObject> {
  const text = passphrase.normalize("NFKC");
  const length = Buffer.byteLength(text);
  if (length < 1 || length > maxPassphraseBytes) {
    throw optionInvalid("passphrase", "(hidden)", `it has to be 1 to ${maxPassphraseBytes} bytes long`);
  }
  const cost = 2 ** costLog2;
  const options = { N: cost, r: blockSize, p: 1, maxmem: 2 * 128 * cost * blockSize };
  const secret = await derive(text, salt, keyBytes, options);
  const key = createSecretKey(secret);
  secret.fill(0);
  return key;
}
