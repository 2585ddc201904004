import { CulvertError } from "@x/core";
import type { ChannelCrypto, CipherName, DhKeyPair } from "../crypto/channel-crypto.js";
import { checkedSecret } from "../crypto/checked-secret.js";
import { keyBytes, maxHandshakeBytes, tagBytes } from "../limits.js";
import { joinBytes } from "../wire/bytes.js";
import { SymmetricState } from "./symmetric-state.js";

/** What a handshake begins with. */
export interface HandshakeOptions {
  readonly crypto: ChannelCrypto;
  readonly cipher: CipherName;
  readonly prologue: Uint8Array;
  /** The static key pair. */
  readonly staticKeys: DhKeyPair;
  /** The ephemeral key pair, used once. */
  readonly ephemeralKeys: DhKeyPair;
}

/** What both ends have when the handshake is done. */
export interface HandshakeResult {
  /** The keys of the two directions, 32 bytes each: from initiator to responder, and back. */
  readonly keys: readonly [Uint8Array, Uint8Array];
  /** Names this handshake. */
  readonly hash: Uint8Array;
}

/** What the other end said. */
export interface ReadMessage {
  readonly payload: Uint8Array;
  /** Its static key. */
  readonly peerKey: Uint8Array;
}

function begin({ crypto, cipher, prologue }: HandshakeOptions): SymmetricState {
  const state = new SymmetricState(crypto, cipher);
  state.mixHash(prologue);
  return state;
}

/**
 * The initiator of `Noise_XX_25519`: `-> e`, `<- e, ee, s, es`, `-> s, se`. See the Noise specification, revision 34, section 7.5.
 * A message that cannot be read changes nothing.
 */
export class Initiator {
  readonly #options: HandshakeOptions;
  #state: SymmetricState;
  #peerEphemeral: Uint8Array | undefined;

  constructor(options: HandshakeOptions) {
    this.#options = options;
    this.#state = begin(options);
  }

  /** The first message. */
  async write1(payload: Uint8Array): Promise<Uint8Array> {
    const { publicKey } = this.#options.ephemeralKeys;
    this.#state.mixHash(publicKey);
    return joinBytes([publicKey, await this.#state.encryptAndHash(payload)]);
  }

  /** @throws CulvertError HANDSHAKE_FAILED */
  async read2(message: Uint8Array): Promise<ReadMessage> {
    const { ephemeralKeys } = this.#options;
    const [ephemeral, sealedKey, sealed] = cut(message, [keyBytes, keyBytes + tagBytes], tagBytes);
    const state = this.#state.copy();
    state.mixHash(ephemeral);
    state.mixKey(await checkedSecret(ephemeralKeys, ephemeral));
    const peerKey = await state.decryptAndHash(sealedKey);
    state.mixKey(await checkedSecret(ephemeralKeys, peerKey));
    const payload = await state.decryptAndHash(sealed);
    this.#state = state;
    this.#peerEphemeral = ephemeral;
    return { payload, peerKey };
  }

  /** The last message, after {@link read2}. */
  async write3(payload: Uint8Array): Promise<Uint8Array> {
    const { staticKeys } = this.#options;
    const sealedKey = await this.#state.encryptAndHash(staticKeys.publicKey);
    this.#state.mixKey(await checkedSecret(staticKeys, this.#peerEphemeral ?? new Uint8Array(0)));
    return joinBytes([sealedKey, await this.#state.encryptAndHash(payload)]);
  }

  result(): HandshakeResult {
    return { keys: this.#state.split(), hash: this.#state.hash };
  }
}

/** The responder of `Noise_XX_25519`. A message that cannot be read changes nothing. */
export class Responder {
  readonly #options: HandshakeOptions;
  #state: SymmetricState;
  #peerEphemeral: Uint8Array = new Uint8Array(0);

  constructor(options: HandshakeOptions) {
    this.#options = options;
    this.#state = begin(options);
  }

  /** @throws CulvertError HANDSHAKE_FAILED */
  async read1(message: Uint8Array): Promise<Uint8Array> {
    const [ephemeral, payload] = cut(message, [keyBytes], 0);
    const state = this.#state.copy();
    state.mixHash(ephemeral);
    const plain = await state.decryptAndHash(payload);
    this.#state = state;
    this.#peerEphemeral = ephemeral;
    return plain;
  }

  /**
   * The second message, after {@link read1}.
   *
   * @throws CulvertError HANDSHAKE_FAILED for an ephemeral key of small order
   */
  async write2(payload: Uint8Array): Promise<Uint8Array> {
    const { ephemeralKeys, staticKeys } = this.#options;
    const state = this.#state;
    state.mixHash(ephemeralKeys.publicKey);
    state.mixKey(await checkedSecret(ephemeralKeys, this.#peerEphemeral));
    const sealedKey = await state.encryptAndHash(staticKeys.publicKey);
    state.mixKey(await checkedSecret(staticKeys, this.#peerEphemeral));
    return joinBytes([ephemeralKeys.publicKey, sealedKey, await state.encryptAndHash(payload)]);
  }

  /** @throws CulvertError HANDSHAKE_FAILED */
  async read3(message: Uint8Array): Promise<ReadMessage> {
    const [sealedKey, sealed] = cut(message, [keyBytes + tagBytes], tagBytes);
    const state = this.#state.copy();
    const peerKey = await state.decryptAndHash(sealedKey);
    state.mixKey(await checkedSecret(this.#options.ephemeralKeys, peerKey));
    const payload = await state.decryptAndHash(sealed);
    this.#state = state;
    return { payload, peerKey };
  }

  result(): HandshakeResult {
    return { keys: this.#state.split(), hash: this.#state.hash };
  }
}

type Pieces = [Uint8Array, Uint8Array, Uint8Array];

/** Cuts a message into pieces of these lengths and the rest, which has at least so many bytes. */
function cut(message: Uint8Array, lengths: readonly number[], minRest: number): Pieces {
  const fixed = lengths.reduce((sum, length) => sum + length, 0);
  if (message.length < fixed + minRest || message.length > maxHandshakeBytes) {
    throw new CulvertError("HANDSHAKE_FAILED", `Cannot read handshake message of ${message.length} bytes`);
  }
  let at = 0;
  const pieces = lengths.map((length) => {
    const from = at;
    at += length;
    return message.subarray(from, at);
  });
  return [...pieces, message.subarray(at)] as Pieces;
}
