import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { CulvertError } from "@x/core";
import type { ChannelIdentity, ChannelTrust, IdentityChecker } from "../src/index.js";

const prefix = Buffer.from("302a300506032b6570032100", "hex");
const domain = Buffer.from("test purpose key");

/** An identity for tests: an Ed25519 key, and as a proof that key with its signature of the purpose key. */
export class TestIdentity implements ChannelIdentity {
  readonly identifier: string;
  readonly #publicKey: Buffer;
  readonly #privateKey: KeyObject;

  constructor() {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    this.#publicKey = publicKey.export({ format: "der", type: "spki" }).subarray(prefix.length);
    this.#privateKey = privateKey;
    this.identifier = identifierOf(this.#publicKey);
  }

  proof(purposeKey: Uint8Array): Promise<Uint8Array> {
    const signature = sign(null, Buffer.concat([domain, purposeKey]), this.#privateKey);
    return Promise.resolve(Buffer.concat([this.#publicKey, signature]));
  }
}

function identifierOf(publicKey: Uint8Array): string {
  return `I${createHash("sha256").update(publicKey).digest("hex")}`;
}

/** Checks proofs of {@link TestIdentity}. */
export const testIdentities: IdentityChecker = {
  check: async (proof, purposeKey) => {
    const publicKey = proof.subarray(0, 32);
    if (proof.length !== 96)
      throw new CulvertError("IDENTITY_INVALID", "Cannot check proof: its length is wrong");
    const key = createPublicKey({ key: Buffer.concat([prefix, publicKey]), format: "der", type: "spki" });
    if (!verify(null, Buffer.concat([domain, purposeKey]), key, proof.subarray(32))) {
      throw new CulvertError("IDENTITY_INVALID", "Cannot check proof: its signature is wrong");
    }
    return { identifier: identifierOf(publicKey) };
  },
};

/** Trust in everybody who is somebody. */
export function trusting(identity: ChannelIdentity = new TestIdentity()): ChannelTrust {
  return { identity, identities: testIdentities, authorize: () => undefined };
}
