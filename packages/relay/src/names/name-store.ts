import { nameSaveMs, nameSaveRest, tokenHashBytes } from "../limits.js";
import { isCount } from "../protocol/plain-list.js";
import { isRelayName } from "./relay-name.js";

/** A held name as a store keeps it: plain data, without the token. */
export interface SavedName {
  readonly name: string;
  /** SHA-256 of the owner's token, 64 lowercase hex digits. */
  readonly tokenHash: string;
  /** Who holds it, such as an identity; absent when that is whoever has the token. */
  readonly owner?: string;
  /** The owner's latest start. */
  readonly epoch: number;
  /** The latest request of that start that was written down. */
  readonly sequence: number;
  /** It was held for 10 minutes, and is kept for 24 h. */
  readonly hasSettled: boolean;
  /** Where it was registered from, such as `10.0.0.0/24`; empty when nobody knows. */
  readonly network: string;
  /** Since when its owner is away, in milliseconds since 1970; absent when he was there. */
  readonly awaySince?: number;
}

/** Keeps a relay service's names from one run to the next. */
export interface NameStore {
  /** What was saved last. Names of a wrong shape are passed over. */
  load(): readonly unknown[];
  /** Replaces what was saved. One call at a time. A failure is reported, and the next change tries again. */
  save(names: readonly SavedName[]): Promise<void>;
}

/** Says whether a value is a saved name. */
export function isSavedName(value: unknown): value is SavedName {
  if (typeof value !== "object" || value === null) return false;
  const { name, tokenHash, owner, epoch, sequence, hasSettled, network, awaySince } =
    value as Partial<SavedName>;
  return (
    isRelayName(name) &&
    typeof tokenHash === "string" &&
    hashPattern.test(tokenHash) &&
    (owner === undefined || typeof owner === "string") &&
    isCount(epoch) &&
    isCount(sequence) &&
    typeof hasSettled === "boolean" &&
    typeof network === "string" &&
    (awaySince === undefined || isCount(awaySince))
  );
}

const hashPattern = new RegExp(`^[0-9a-f]{${2 * tokenHashBytes}}$`);

/** Writes names to their store: at once after a change, yet one write at a time, one a second at most, and slow ones less often. */
export class NameSaver {
  readonly #store: NameStore;
  readonly #read: () => readonly SavedName[];
  readonly #onError: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #isDirty = false;
  #writing: Promise<void> | undefined;
  #mayWriteAt = 0;

  constructor(store: NameStore, read: () => readonly SavedName[], onError: (error: unknown) => void) {
    this.#store = store;
    this.#read = read;
    this.#onError = onError;
  }

  /** Tells that the names have changed. */
  changed(): void {
    this.#isDirty = true;
    if (this.#timer !== undefined || this.#writing !== undefined) return;
    this.#timer = setTimeout(() => void this.#write(), Math.max(0, this.#mayWriteAt - performance.now()));
  }

  /** Writes what is not written yet, and resolves when it is. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writing;
    clearTimeout(this.#timer);
    if (this.#isDirty) await this.#write();
    clearTimeout(this.#timer);
  }

  #write(): Promise<void> {
    this.#timer = undefined;
    this.#isDirty = false;
    this.#writing = this.#save();
    return this.#writing;
  }

  async #save(): Promise<void> {
    let hasFailed = false;
    const beganAt = performance.now();
    try {
      await this.#store.save(this.#read());
    } catch (error) {
      hasFailed = true;
      this.#onError(error);
    }
    this.#writing = undefined;
    const endedAt = performance.now();
    this.#mayWriteAt = endedAt + Math.max(nameSaveMs, nameSaveRest * (endedAt - beganAt));
    if (this.#isDirty || hasFailed) this.changed();
  }
}
