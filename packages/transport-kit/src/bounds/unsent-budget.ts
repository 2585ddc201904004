import { CulvertError } from "@x/core";

/** What one connection holds to be sent. */
export interface UnsentShare {
  /** Notes how much it holds now, in bytes. May take it from those who hold most, this one too: see {@link UnsentBudget}. */
  set(bytes: number): void;
  /** Whether it may hold no more: memory is short, and it and its source hold more than an even part each. */
  readonly isSpent: boolean;
  /** Counts everything out, for good. */
  leave(): void;
}

interface Holder {
  bytes: number;
  readonly giveUp: () => void;
}

interface Source {
  bytes: number;
  readonly holders: Set<Holder>;
}

/** A full budget is emptied by this part, so that looking for who holds most is not done for every little thing. */
const emptiedPart = 1 / 16;

/**
 * Memory of what all connections of a transport hold to be sent. The first half is for whoever needs it. When it is used up,
 * a connection is spent that holds more than an even part of it, in a source that holds more than an even part. When all is
 * used up, the connection with most of the source with most has to go. Only those count that hold something.
 * So whoever does not read takes no memory from those who hold little.
 */
export class UnsentBudget {
  readonly maxBytes: number;
  #usedBytes = 0;
  readonly #sources = new Map<string, Source>();

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Takes in a connection; those of one source share one part. `giveUp` is called when it has to go, behind the running task. */
  join(sourceName: string, giveUp: () => void): UnsentShare {
    const budget = this;
    let hasLeft = false;
    const holder: Holder = {
      bytes: 0,
      giveUp: () => {
        leave();
        queueMicrotask(giveUp);
      },
    };
    const leave = (): void => {
      if (!hasLeft) this.#change(sourceName, holder, 0);
      hasLeft = true;
    };
    return {
      set: (bytes) => {
        if (hasLeft || bytes === holder.bytes) return;
        this.#change(sourceName, holder, bytes);
        if (this.#usedBytes > this.maxBytes) this.#makeRoom();
      },
      get isSpent() {
        return hasLeft || (holder.bytes > 0 && budget.#isSpent(sourceName, holder));
      },
      leave,
    };
  }

  #change(sourceName: string, holder: Holder, bytes: number): void {
    const source = this.#sources.get(sourceName) ?? { bytes: 0, holders: new Set() };
    source.bytes += bytes - holder.bytes;
    this.#usedBytes += bytes - holder.bytes;
    holder.bytes = bytes;
    if (bytes > 0) source.holders.add(holder);
    else source.holders.delete(holder);
    if (source.holders.size > 0) this.#sources.set(sourceName, source);
    else this.#sources.delete(sourceName);
  }

  #isSpent(sourceName: string, holder: Holder): boolean {
    const halfBytes = this.maxBytes / 2;
    if (this.#usedBytes < halfBytes) return false;
    const source = this.#sources.get(sourceName) as Source;
    const sourceBytes = halfBytes / this.#sources.size;
    return source.bytes >= sourceBytes && holder.bytes >= sourceBytes / source.holders.size;
  }

  #makeRoom(): void {
    while (this.#usedBytes > this.maxBytes * (1 - emptiedPart)) {
      const source = withMost(this.#sources.values());
      if (source === undefined) return;
      withMost(source.holders)?.giveUp();
    }
  }
}

function withMost<Each extends { readonly bytes: number }>(all: Iterable<Each>): Each | undefined {
  let most: Each | undefined;
  for (const each of all) if (most === undefined || each.bytes > most.bytes) most = each;
  return most;
}

/** The error of a connection that has to go. */
export function tooMuchUnread(where: string, limitBytes: number): CulvertError {
  return new CulvertError(
    "CONNECTION_LIMIT_EXCEEDED",
    `Cannot keep connection to ${where}: limit is ${limitBytes} bytes for what waits to be sent, and much of it is for this peer, which takes too little`,
  );
}
