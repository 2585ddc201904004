import { type AeadKey, type MaybePromise, whenReady } from "../crypto/channel-crypto.js";
import { recordHeadBytes, recordsPerEpoch } from "../limits.js";
import { noiseNonce } from "../noise/nonce.js";
import { outerType } from "../wire/outer.js";
import { type Direction, epochKey, type SessionSecret } from "./epoch-keys.js";

/** A record before it is sealed has its number already. */
export interface SealedRecord {
  readonly counter: number;
  /** The whole record, in parts. */
  readonly parts: MaybePromise<readonly Uint8Array[]>;
}

/** Makes the records of one direction. */
export class RecordSealer {
  readonly #secret: SessionSecret;
  readonly #way: Direction;
  readonly #receiverId: Uint8Array;
  #counter = 0;
  #epoch = -1;
  #key: AeadKey | undefined;

  constructor(secret: SessionSecret, way: Direction, receiverId: Uint8Array) {
    this.#secret = secret;
    this.#way = way;
    this.#receiverId = receiverId;
  }

  /** Seals what the parts hold as one record. The parts are read until the record is there. */
  seal(parts: readonly Uint8Array[]): SealedRecord {
    const counter = this.#counter++;
    const epoch = epochOfCounter(counter);
    if (this.#key === undefined || epoch !== this.#epoch) {
      this.#key = epochKey(this.#secret, this.#way, epoch);
      this.#epoch = epoch;
    }
    const head = recordHead(this.#receiverId, epoch, counter);
    const sealed = this.#key.seal(noiseNonce(this.#secret.cipher, counter), head, parts);
    return { counter, parts: whenReady(sealed, (ciphertext) => [head, ...ciphertext]) };
  }
}

/** The epoch in which a record is sealed. */
export function epochOfCounter(counter: number): number {
  return Math.floor(counter / recordsPerEpoch);
}

/** Type, session of the receiver, epoch and counter. See PROTOCOL.md, "Records". */
export function recordHead(receiverId: Uint8Array, epoch: number, counter: number): Uint8Array {
  const head = new Uint8Array(recordHeadBytes);
  const view = new DataView(head.buffer);
  head[0] = outerType.record;
  head.set(receiverId, 1);
  view.setUint32(9, epoch);
  view.setUint32(13, Math.floor(counter / 0x1_0000_0000));
  view.setUint32(17, counter >>> 0);
  return head;
}

/** The counter of a record, or of the beginning of one; nothing when the bytes are none. */
export function counterOf(record: Uint8Array): number | undefined {
  if (record.length < recordHeadBytes || record[0] !== outerType.record) return undefined;
  const view = new DataView(record.buffer, record.byteOffset, recordHeadBytes);
  return view.getUint32(13) * 0x1_0000_0000 + view.getUint32(17);
}

/** The epoch of a record. */
export function epochOf(record: Uint8Array): number {
  return new DataView(record.buffer, record.byteOffset, recordHeadBytes).getUint32(9);
}
