import { createPrivateKey } from "node:crypto";
import { NodeSigningKey } from "../ed25519-node.js";
import type { OwnIdentity } from "../history/own-identity.js";
import { createIdentity } from "../history/own-identity.js";
import { memoryVault } from "../keys/memory-vault.js";
import type { SigningKey, Vault } from "../keys/signing-key.js";

/** The secret keys of RFC 8032, section 7.1, tests 1 to 3. */
export const seeds: readonly string[] = [
  "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
  "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
  "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
];

/** An X25519 public key: Alice's of RFC 7748, section 6.1. */
export const purposeKey: Uint8Array = Buffer.from(
  "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
  "hex",
);

/** The signing key of a secret key in hex digits. */
export function keyOfSeed(seed: string): SigningKey {
  const der = Buffer.from(`302e020100300506032b657004220420${seed}`, "hex");
  return new NodeSigningKey(createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
}

/** A vault whose new keys are those of {@link seeds}, in their order. */
export function seededVault(): Vault {
  const vault = memoryVault();
  let next = 0;
  return { ...vault, createKey: async () => keyOfSeed(seeds[next++] ?? "") };
}

/** A new identity in a vault of its own. */
export function newIdentity(): Promise<OwnIdentity> {
  return createIdentity(memoryVault());
}
