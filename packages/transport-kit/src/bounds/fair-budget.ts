import { placeOf } from "@x/core";

/** Somebody who holds memory of a budget. */
export interface BudgetMember {
  /**
   * Gives up what it can best do without, all that it holds or a part, and says so to its share before it returns. Returns false
   * when there is nothing to give up.
   */
  giveUp(): boolean;
}

/** What one member holds. */
export interface BudgetShare {
  /** Notes how much it holds now, in bytes. May make members of the sources that hold most give up something, this one too. */
  set(bytes: number): void;
  /** Whether it had better hold no more: half of the memory is used, and it and its source hold more than an even part of that each. */
  readonly isSpent: boolean;
  /** Counts everything out, for good. Safe to call twice. */
  leave(): void;
}

interface Holder {
  bytes: number;
  readonly source: Source;
  readonly member: BudgetMember;
}

interface Source {
  bytes: number;
  /** Those that hold something. */
  readonly holders: Set<Holder>;
}

/** A full budget is emptied by this part, so that looking for who holds most is not done for every little thing. */
const emptiedPart = 1 / 16;

/**
 * Memory for all peers together. The first half is for whoever needs it. From then on a member is spent that holds more than an
 * even part of it, in a source that does. When all is used, those members of the sources that hold most give up something.
 *
 * Only those count that hold something, and a source is a host, whatever addresses it takes: whoever holds less than an even
 * part loses nothing to others, however many connections they open.
 */
export class FairBudget {
  readonly maxBytes: number;
  #usedBytes = 0;
  /** Those that hold something. */
  readonly #sources = new Set<Source>();
  /** Those of which there are members, with their number. */
  readonly #known = new Map<string, { readonly source: Source; members: number }>();

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /**
   * Takes in one that can only give up all: `close` is called then, once and behind the running task, and it has left.
   *
   * @param address where its peer is
   */
  joinWhole(address: string, close: () => void): BudgetShare {
    const giveUp = (): boolean => {
      share.leave();
      queueMicrotask(close);
      return true;
    };
    const share = this.join(address, { giveUp });
    return share;
  }

  /**
   * Takes in a member; those of one source share one part.
   *
   * @param address where its peer is
   */
  join(address: string, member: BudgetMember): BudgetShare {
    const budget = this;
    const { host } = placeOf(address);
    const known = this.#known.get(host) ?? { source: { bytes: 0, holders: new Set() }, members: 0 };
    this.#known.set(host, known);
    known.members++;
    const holder: Holder = { bytes: 0, source: known.source, member };
    let hasLeft = false;
    return {
      set: (bytes) => {
        if (hasLeft || bytes === holder.bytes) return;
        const isMore = bytes > holder.bytes;
        this.#count(holder, bytes);
        if (isMore && this.#usedBytes > this.maxBytes) this.#makeRoom();
      },
      get isSpent() {
        return hasLeft || (holder.bytes > 0 && budget.#isSpent(holder));
      },
      leave: () => {
        if (hasLeft) return;
        hasLeft = true;
        this.#count(holder, 0);
        if (--known.members === 0) this.#known.delete(host);
      },
    };
  }

  #count(holder: Holder, bytes: number): void {
    const { source } = holder;
    source.bytes += bytes - holder.bytes;
    this.#usedBytes += bytes - holder.bytes;
    holder.bytes = bytes;
    if (bytes > 0) source.holders.add(holder);
    else source.holders.delete(holder);
    if (source.holders.size > 0) this.#sources.add(source);
    else this.#sources.delete(source);
  }

  #isSpent({ bytes, source }: Holder): boolean {
    const halfBytes = this.maxBytes / 2;
    if (this.#usedBytes < halfBytes) return false;
    const evenBytes = halfBytes / this.#sources.size;
    return source.bytes >= evenBytes && bytes >= evenBytes / source.holders.size;
  }

  #makeRoom(): void {
    const lowBytes = this.maxBytes - Math.floor(this.maxBytes * emptiedPart);
    const evenBytes = this.maxBytes / this.#sources.size;
    for (const source of byBytes(this.#sources)) {
      if (this.#usedBytes <= lowBytes || source.bytes <= evenBytes) return;
      trim(source, Math.max(evenBytes, source.bytes - (this.#usedBytes - lowBytes)));
    }
  }
}

/** Lets those of a source that hold most give up, until it holds no more than `maxBytes`. */
function trim(source: Source, maxBytes: number): void {
  const evenBytes = maxBytes / source.holders.size;
  for (const holder of byBytes(source.holders)) {
    while (source.bytes > maxBytes && holder.bytes > evenBytes && holder.member.giveUp());
    if (source.bytes <= maxBytes) return;
  }
}

function byBytes<T extends { readonly bytes: number }>(holders: Iterable<T>): T[] {
  return [...holders].sort((one, other) => other.bytes - one.bytes);
}
