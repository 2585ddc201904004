import { type AeadKey, type MaybePromise, whenReady } from "../crypto/channel-crypto.js";
import { recordHeadBytes, tagBytes } from "../limits.js";
import { noiseNonce } from "../noise/nonce.js";
import { type Direction, epochKey, type SessionSecret } from "./epoch-keys.js";
import { counterOf, epochOf } from "./record-sealer.js";
import { ReplayWindow } from "./replay-window.js";

/** A record that was opened. */
export interface OpenedRecord {
  readonly content: Uint8Array;
  /** No later record came before it. */
  readonly isNewest: boolean;
}

/**
 * Opens the records of one direction, each once, in any order. Nothing changes before a tag was right, so that no run of lost or
 * forged records keeps the next one out.
 */
export class RecordOpener {
  readonly #secret: SessionSecret;
  readonly #way: Direction;
  readonly #window = new ReplayWindow();
  /** The epoch in use and the one before, of which records may still come. */
  readonly #keys: { readonly epoch: number; readonly key: AeadKey }[] = [];

  constructor(secret: SessionSecret, way: Direction) {
    this.#secret = secret;
    this.#way = way;
  }

  /** Opens a record; nothing when it came already, is too old, or was not sealed by the other end. */
  open(record: Uint8Array): MaybePromise<OpenedRecord | undefined> {
    const counter = counterOf(record);
    if (counter === undefined || record.length < recordHeadBytes + tagBytes) return undefined;
    if (counter > Number.MAX_SAFE_INTEGER || !this.#window.mayBeNew(counter)) return undefined;
    const epoch = epochOf(record);
    const key = this.#keys.find((known) => known.epoch === epoch)?.key ?? this.#derive(epoch);
    const head = record.subarray(0, recordHeadBytes);
    const nonce = noiseNonce(this.#secret.cipher, counter);
    return whenReady(key.open(nonce, head, record.subarray(recordHeadBytes)), (content) => {
      if (content === undefined || !this.#window.mayBeNew(counter)) return undefined;
      return { content, isNewest: this.#note(counter, epoch, key) };
    });
  }

  #derive(epoch: number): AeadKey {
    return epochKey(this.#secret, this.#way, epoch);
  }

  #note(counter: number, epoch: number, key: AeadKey): boolean {
    const isNewest = counter > this.#window.newest;
    this.#window.note(counter);
    if (this.#keys.some((known) => known.epoch === epoch)) return isNewest;
    this.#keys.push({ epoch, key });
    this.#keys.sort((one, other) => other.epoch - one.epoch).splice(2);
    return isNewest;
  }
}
