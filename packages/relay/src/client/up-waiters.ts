import { CulvertError } from "@x/core";

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: CulvertError) => void;
}

/** Those who wait for a relay client to be up. */
export class UpWaiters {
  readonly #waiters = new Set<Waiter>();

  /** Resolves with `resolveAll`; rejects with `rejectAll`, or with ABORTED when the signal fires. */
  async wait(signal?: AbortSignal): Promise<void> {
    let onAbort: (() => void) | undefined;
    let waiter: Waiter | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        waiter = { resolve, reject };
        this.#waiters.add(waiter);
        onAbort = () => reject(new CulvertError("ABORTED", "Cannot wait for relay: the wait was given up"));
        if (signal?.aborted) onAbort();
        else signal?.addEventListener("abort", onAbort);
      });
    } finally {
      if (waiter !== undefined) this.#waiters.delete(waiter);
      if (onAbort !== undefined) signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Ends all waits well. */
  resolveAll(): void {
    for (const waiter of this.#waiters) waiter.resolve();
  }

  /** Ends all waits with an error. */
  rejectAll(error: CulvertError): void {
    for (const waiter of this.#waiters) waiter.reject(error);
  }
}
