import { closeSync, openSync, readFileSync } from "node:fs";
import { devNull } from "node:os";

/** What a node keeps free of file descriptors for its control socket, its own connections, name look-ups and state files. */
const maxReservedFiles = 64;

/** Part of a small limit that is kept free. A quarter of the common lower bound, 64, lets a bare process live. */
const reservedShare = 4;

/** Most places that are given out before the process is looked at again. */
const maxPlacesPerLook = 256;

/** Knows whether this process has file descriptors left for peers. */
export class OpenFiles {
  /** The descriptors that may be open before peers are refused. */
  readonly limit: number;
  #placesLeft = 0;
  /** Places given in this turn to those that open their descriptor at its end. */
  #promised = 0;

  /** @param limit what the user set, if anything; never more than the system allows, less a reserve */
  constructor(limit: number = Number.MAX_SAFE_INTEGER, systemLimit: number = systemFileLimit()) {
    const reserved = Math.min(maxReservedFiles, Math.ceil(systemLimit / reservedShare));
    this.limit = Math.min(limit, systemLimit - reserved);
  }

  /** Why a descriptor that a peer opened just now may not stay; nothing when it may. */
  readonly refusal = (): string | undefined => {
    if (this.#placesLeft > 0) {
      this.#placesLeft--;
      return undefined;
    }
    const free = this.limit - lowestFree() - this.#promised;
    if (free <= 0) return `the process has its limit of ${this.limit} open files`;
    // Half of them: others open descriptors too.
    this.#placesLeft = Math.min(maxPlacesPerLook, Math.floor(free / 2));
    return undefined;
  };

  /** Why no descriptor may be opened for a peer; nothing when one may, which counts as open until it is, within this turn. */
  readonly refusalOfNext = (): string | undefined => {
    const refusal = this.refusal();
    if (refusal !== undefined) return refusal;
    // A whole turn's streams ask before the first of their sockets is made.
    if (this.#promised++ === 0) {
      setImmediate(() => {
        this.#promised = 0;
      });
    }
    return undefined;
  };
}

/** The lowest free descriptor: at most as many are open below it as its number says, and none below it is free. */
function lowestFree(): number {
  try {
    const descriptor = openSync(devNull, "r");
    closeSync(descriptor);
    return process.platform === "win32" ? 0 : descriptor;
  } catch {
    return Number.MAX_SAFE_INTEGER;
  }
}

/** The most descriptors that the system lets this process open; no bound where it does not say. */
function systemFileLimit(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    if (soft !== undefined) return Number(soft);
  } catch {
    // Not Linux: its own report tells, but takes longer.
  }
  try {
    const report = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
    const soft = report.userLimits?.open_files?.soft;
    if (typeof soft === "number") return soft;
  } catch {
    // Nothing to go by.
  }
  return Number.MAX_SAFE_INTEGER;
}
