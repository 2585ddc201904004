/** What all queues of a node hold together, in bytes. */
export interface QueueTotal {
  bytes: number;
}

/** The hard bounds of a queue; at half of either it is congested. */
export interface QueueBounds {
  readonly maxMessages: number;
  readonly maxBytes: number;
  /** Bound of what `total` counts, in bytes. */
  readonly maxTotalBytes: number;
}

interface Entry<T> {
  readonly item: T;
  readonly bytes: number;
}

/** A bounded queue, first in, first out. */
export class MessageQueue<T> {
  readonly #bounds: QueueBounds;
  readonly #total: QueueTotal;
  #entries: (Entry<T> | undefined)[] = [];
  #head = 0;
  #bytes = 0;

  constructor(bounds: QueueBounds, total: QueueTotal) {
    this.#bounds = bounds;
    this.#total = total;
  }

  /** Items that wait. */
  get length(): number {
    return this.#entries.length - this.#head;
  }

  /** At half a bound or more: senders should wait. */
  get isCongested(): boolean {
    return this.length * 2 >= this.#bounds.maxMessages || this.#bytes * 2 >= this.#bounds.maxBytes;
  }

  /** At a quarter of the bounds or less: senders may go on. */
  get hasRoom(): boolean {
    return this.length * 4 <= this.#bounds.maxMessages && this.#bytes * 4 <= this.#bounds.maxBytes;
  }

  /**
   * Puts an item at the end. Returns false, and takes nothing, beyond a hard bound.
   *
   * @param bytes all the memory that the item keeps alive
   */
  push(item: T, bytes: number): boolean {
    const { maxMessages, maxBytes, maxTotalBytes } = this.#bounds;
    if (this.length >= maxMessages || this.#bytes + bytes > maxBytes) return false;
    if (this.#total.bytes + bytes > maxTotalBytes) return false;
    this.#entries.push({ item, bytes });
    this.#count(bytes);
    return true;
  }

  /** Takes the first item. */
  shift(): T | undefined {
    const entry = this.#entries[this.#head];
    if (entry === undefined) return undefined;
    this.#entries[this.#head++] = undefined;
    this.#count(-entry.bytes);
    this.#compact();
    return entry.item;
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#total.bytes += bytes;
  }

  #compact(): void {
    if (this.#head === this.#entries.length) this.#entries = [];
    else if (this.#head < 64 || this.#head * 2 < this.#entries.length) return;
    else this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
  }
}
