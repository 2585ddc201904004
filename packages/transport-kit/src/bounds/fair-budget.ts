/** Somebody who holds memory of a budget. */
export interface BudgetMember {
  /** Gives up what it holds longest, and says so to its share. Returns false when it holds nothing. */
  giveUpOldest(): boolean;
}

/** What one member holds. */
export interface BudgetShare {
  /** Counts bytes in; negative ones out. May make members of the sources that hold most give up something, this one too. */
  add(bytes: number): void;
  /** Counts everything out, for good. */
  leave(): void;
}

interface Holder {
  bytes: number;
  readonly member: BudgetMember;
}

interface Source {
  bytes: number;
  readonly holders: Set<Holder>;
}

/** A full budget is emptied by this part, so that looking for who holds most is not done for every little thing. */
const emptiedPart = 1 / 16;

/**
 * Memory for all peers together. When it is full, those sources give up first that hold most: whoever holds less than an even
 * part of the whole loses nothing to them, however many connections they open.
 */
export class FairBudget {
  readonly maxBytes: number;
  #usedBytes = 0;
  readonly #sources = new Map<string, Source>();

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Takes in a member; those of one source share one part. */
  join(sourceName: string, member: BudgetMember): BudgetShare {
    const source = this.#sources.get(sourceName) ?? { bytes: 0, holders: new Set() };
    this.#sources.set(sourceName, source);
    const holder: Holder = { bytes: 0, member };
    source.holders.add(holder);
    const count = (bytes: number): void => {
      holder.bytes += bytes;
      source.bytes += bytes;
      this.#usedBytes += bytes;
    };
    return {
      add: (bytes) => {
        count(bytes);
        if (this.#usedBytes > this.maxBytes) this.#makeRoom();
      },
      leave: () => {
        count(-holder.bytes);
        source.holders.delete(holder);
        if (source.holders.size === 0) this.#sources.delete(sourceName);
      },
    };
  }

  #makeRoom(): void {
    const lowBytes = this.maxBytes * (1 - emptiedPart);
    const evenBytes = this.maxBytes / this.#sources.size;
    for (const source of byBytes(this.#sources.values())) {
      if (this.#usedBytes <= lowBytes || source.bytes <= evenBytes) return;
      trim(source, Math.max(evenBytes, source.bytes - (this.#usedBytes - lowBytes)));
    }
  }
}

/** Lets those of a source that hold most give up, until it holds no more than `maxBytes`. */
function trim(source: Source, maxBytes: number): void {
  const evenBytes = maxBytes / source.holders.size;
  for (const holder of byBytes(source.holders)) {
    while (source.bytes > maxBytes && holder.bytes > evenBytes && holder.member.giveUpOldest());
    if (source.bytes <= maxBytes) return;
  }
}

function byBytes<T extends { readonly bytes: number }>(holders: Iterable<T>): T[] {
  return [...holders].sort((one, other) => other.bytes - one.bytes);
}
