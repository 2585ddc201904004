import { CulvertError } from "@x/core";
import { ed25519 } from "#ed25519";
import { toHex } from "./hex.js";
import type { SigningKey, Vault } from "./signing-key.js";

/** The error for a key that a vault does not have. */
export function keyNotFound(publicKey: Uint8Array): CulvertError {
  return new CulvertError(
    "VAULT_KEY_NOT_FOUND",
    `Cannot sign with key ${toHex(publicKey)}: the vault does not have it`,
  );
}

/** A vault that lasts as long as the process. For browsers, tests, and identities that are made for one use. */
export function memoryVault(): Vault {
  const keys = new Map<string, SigningKey>();
  return {
    createKey: async () => {
      const key = await ed25519.generate();
      keys.set(toHex(key.publicKey), key);
      return key;
    },
    key: async (publicKey) => {
      const key = keys.get(toHex(publicKey));
      if (key === undefined) throw keyNotFound(publicKey);
      return key;
    },
    publicKeys: async () => [...keys.values()].map((key) => key.publicKey),
    deleteKey: async (publicKey) => {
      keys.delete(toHex(publicKey));
    },
  };
}
