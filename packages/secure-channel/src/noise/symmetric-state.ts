import { CulvertError } from "@x/core";
import type { AeadKey, ChannelCrypto, CipherName } from "../crypto/channel-crypto.js";
import { ascii, joinBytes } from "../wire/bytes.js";
import { noiseNonce } from "./nonce.js";

const none = new Uint8Array(0);

/** The SymmetricState of a Noise handshake, with its CipherState. See the Noise specification, revision 34, section 5. */
export class SymmetricState {
  readonly #crypto: ChannelCrypto;
  readonly #cipher: CipherName;
  #chainingKey: Uint8Array;
  #hash: Uint8Array;
  #key: AeadKey | undefined;
  #nonce = 0;

  constructor(crypto: ChannelCrypto, cipher: CipherName) {
    this.#crypto = crypto;
    this.#cipher = cipher;
    // A name of at most 32 bytes stands for itself; those of XX have exactly 32 or fewer.
    const name = ascii(`Noise_XX_25519_${cipher}_SHA256`);
    const start =
      name.length > 32 ? crypto.sha256(name) : joinBytes([name, new Uint8Array(32 - name.length)]);
    this.#chainingKey = start;
    this.#hash = start;
  }

  /** Names the handshake so far. */
  get hash(): Uint8Array {
    return this.#hash;
  }

  /** The same, to try what may fail. */
  copy(): SymmetricState {
    const copy = new SymmetricState(this.#crypto, this.#cipher);
    copy.#chainingKey = this.#chainingKey;
    copy.#hash = this.#hash;
    copy.#key = this.#key;
    copy.#nonce = this.#nonce;
    return copy;
  }

  mixHash(bytes: Uint8Array): void {
    this.#hash = this.#crypto.sha256(joinBytes([this.#hash, bytes]));
  }

  mixKey(secret: Uint8Array): void {
    const [chainingKey, key] = this.#derive(secret);
    this.#chainingKey = chainingKey;
    this.#key = this.#crypto.importAeadKey(this.#cipher, key);
    this.#nonce = 0;
  }

  async encryptAndHash(plain: Uint8Array): Promise<Uint8Array> {
    let sealed = plain;
    if (this.#key !== undefined) {
      const nonce = noiseNonce(this.#cipher, this.#nonce++);
      sealed = joinBytes(await this.#key.seal(nonce, this.#hash, [plain]));
    }
    this.mixHash(sealed);
    return sealed;
  }

  /** @throws CulvertError HANDSHAKE_FAILED when the tag is wrong */
  async decryptAndHash(sealed: Uint8Array): Promise<Uint8Array> {
    let plain: Uint8Array | undefined = sealed;
    if (this.#key !== undefined) {
      plain = await this.#key.open(noiseNonce(this.#cipher, this.#nonce++), this.#hash, sealed);
    }
    if (plain === undefined)
      throw new CulvertError("HANDSHAKE_FAILED", "Cannot read handshake: its tag is wrong");
    this.mixHash(sealed);
    return plain;
  }

  /** The keys of the two directions, 32 bytes each: the initiator's first. */
  split(): readonly [Uint8Array, Uint8Array] {
    return this.#derive(none);
  }

  /** HKDF with two outputs. */
  #derive(secret: Uint8Array): readonly [Uint8Array, Uint8Array] {
    const { hmacSha256 } = this.#crypto;
    const temporary = hmacSha256(this.#chainingKey, secret);
    const first = hmacSha256(temporary, Uint8Array.of(1));
    return [first, hmacSha256(temporary, joinBytes([first, Uint8Array.of(2)]))];
  }
}
