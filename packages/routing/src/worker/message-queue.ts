import type { Address } from "@x/core";

/** Who filled a queue: the connection by which messages came; nothing for those of the node itself. */
export type QueueSource = Address | undefined;

/** The hard bounds of a queue; at half of either it is congested. */
export interface QueueBounds {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

/** What some source has in a queue, or in all of them. */
interface Part {
  messages: number;
  bytes: number;
}

interface Entry<T> {
  readonly item: T;
  readonly bytes: number;
  readonly source: QueueSource;
}

/** A queue as the sum of all sees it. */
interface Counted {
  /** What a source has in it, in bytes. */
  bytesOf(source: QueueSource): number;
  /** Gives back the newest message of a source. */
  giveBack(source: QueueSource): void;
}

/** What all queues of a node hold together. When it is full, the source pays that has most in all of them. */
export class QueueTotal {
  bytes = 0;
  readonly #maxBytes: number;
  readonly #sources = new Map<QueueSource, { bytes: number; readonly queues: Set<Counted> }>();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Says whether a source may have so many bytes more, and makes room for them. */
  makeRoom(source: QueueSource, bytes: number): boolean {
    while (this.bytes + bytes > this.#maxBytes) {
      const own = this.#sources.get(source)?.bytes ?? 0;
      const [greediest, held] = most(this.#sources, (each) => each.bytes) ?? [];
      if (held === undefined || held.bytes <= own + bytes) return false;
      let fullest: Counted | undefined;
      for (const queue of held.queues)
        if (queue.bytesOf(greediest) > (fullest?.bytesOf(greediest) ?? 0)) fullest = queue;
      fullest?.giveBack(greediest);
    }
    return true;
  }

  /** Counts what a source puts into a queue, or takes out of it. */
  count(queue: Counted, source: QueueSource, bytes: number): void {
    this.bytes += bytes;
    const held = this.#sources.get(source) ?? { bytes: 0, queues: new Set() };
    held.bytes += bytes;
    if (queue.bytesOf(source) > 0) held.queues.add(queue);
    else held.queues.delete(queue);
    if (held.queues.size > 0) this.#sources.set(source, held);
    else this.#sources.delete(source);
  }
}

/**
 * A bounded queue, first in, first out. Where it is full, the source that has most in it gives back its newest message for one
 * of a source that would still have less: nobody keeps others out by sending much.
 */
export class MessageQueue<T> implements Counted {
  readonly #bounds: QueueBounds;
  readonly #total: QueueTotal;
  readonly #onGivenBack: (item: T) => void;
  #entries: (Entry<T> | undefined)[] = [];
  #head = 0;
  #length = 0;
  #bytes = 0;
  readonly #parts = new Map<QueueSource, Part>();

  /** @param onGivenBack told of an item that gave way, which is no longer in the queue */
  constructor(bounds: QueueBounds, total: QueueTotal, onGivenBack: (item: T) => void) {
    this.#bounds = bounds;
    this.#total = total;
    this.#onGivenBack = onGivenBack;
  }

  /** Items that wait. */
  get length(): number {
    return this.#length;
  }

  /** At half a bound or more: senders should wait. */
  get isCongested(): boolean {
    return this.#length * 2 >= this.#bounds.maxMessages || this.#bytes * 2 >= this.#bounds.maxBytes;
  }

  /** At a quarter of the bounds or less: senders may go on. */
  get hasRoom(): boolean {
    return this.#length * 4 <= this.#bounds.maxMessages && this.#bytes * 4 <= this.#bounds.maxBytes;
  }

  /**
   * Puts an item at the end. Returns false, and takes nothing, beyond a hard bound.
   *
   * @param bytes all the memory that the item keeps alive
   */
  push(item: T, bytes: number, source: QueueSource): boolean {
    if (!this.#makeRoom(source, bytes) || !this.#total.makeRoom(source, bytes)) return false;
    const entry: Entry<T> = { item, bytes, source };
    this.#entries.push(entry);
    this.#count(entry, 1);
    return true;
  }

  /** Takes the first item. */
  shift(): T | undefined {
    while (this.#head < this.#entries.length) {
      const entry = this.#entries[this.#head];
      this.#entries[this.#head++] = undefined;
      this.#compact();
      if (entry === undefined) continue;
      this.#count(entry, -1);
      return entry.item;
    }
    return undefined;
  }

  bytesOf(source: QueueSource): number {
    return this.#parts.get(source)?.bytes ?? 0;
  }

  giveBack(source: QueueSource): void {
    for (let i = this.#entries.length - 1; i >= this.#head; i--) {
      const entry = this.#entries[i];
      if (entry === undefined || entry.source !== source) continue;
      this.#entries[i] = undefined;
      this.#count(entry, -1);
      this.#onGivenBack(entry.item);
      return;
    }
  }

  #makeRoom(source: QueueSource, bytes: number): boolean {
    const { maxMessages, maxBytes } = this.#bounds;
    while (this.#length >= maxMessages || this.#bytes + bytes > maxBytes) {
      const own = this.#parts.get(source) ?? { messages: 0, bytes: 0 };
      const after = this.#load({ messages: own.messages + 1, bytes: own.bytes + bytes });
      const [greediest, part] = most(this.#parts, (each) => this.#load(each)) ?? [];
      if (part === undefined || this.#load(part) <= after) return false;
      this.giveBack(greediest);
    }
    return true;
  }

  /** What part of the queue somebody takes. */
  #load({ messages, bytes }: Part): number {
    return Math.max(messages / this.#bounds.maxMessages, bytes / this.#bounds.maxBytes);
  }

  #count({ source, bytes }: Entry<T>, by: 1 | -1): void {
    const part = this.#parts.get(source) ?? { messages: 0, bytes: 0 };
    part.messages += by;
    part.bytes += by * bytes;
    if (part.messages > 0) this.#parts.set(source, part);
    else this.#parts.delete(source);
    this.#length += by;
    this.#bytes += by * bytes;
    this.#total.count(this, source, by * bytes);
  }

  #compact(): void {
    if (this.#head === this.#entries.length) this.#entries = [];
    else if (this.#head < 64 || this.#head * 2 < this.#entries.length) return;
    else this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
  }
}

function most<Key, Value>(
  all: ReadonlyMap<Key, Value>,
  sizeOf: (value: Value) => number,
): [Key, Value] | undefined {
  let found: [Key, Value] | undefined;
  for (const entry of all) if (found === undefined || sizeOf(entry[1]) > sizeOf(found[1])) found = entry;
  return found;
}
