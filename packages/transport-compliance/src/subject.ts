import type { Transport } from "@x/core";
import type { Detour } from "./detour.js";

/** The transport under test and what the suite must know to use it. A new one is made for each case. */
export interface TransportSubject {
  /**
   * A transport. Called for each side of a connection: what it returns must reach what it returned before.
   * The suite waits for its `dialTimeoutMs` and `deadPeerMs`, so they should be about a second.
   */
  create(): Transport;
  /** Where to listen so that a free place is chosen: `127.0.0.1:0`. */
  listenWhere(): string;
  /**
   * A place at which nobody listens. Default: one that was listened on and given back.
   * Give one where a place once used cannot be told from one in use.
   */
  unreachableWhere?(): string | Promise<string>;
  /** Places that neither `dial` nor `listen` can read. Default: empty text, and a NUL character. */
  readonly malformedWheres?: readonly string[];
  /** A way around to a listener that can be cut. See `tcpDetour`, `udpDetour` and `pipeDetour`. */
  detour(where: string): Promise<Detour>;
  /** Called after each case, also one that failed. */
  cleanup?(): void | Promise<void>;
}

/** How long the suite waits. */
export interface ComplianceLimits {
  /** Longest wait for anything that must happen, in milliseconds. Default 5,000. */
  readonly waitMs: number;
  /** How long a promise must stay pending to count as stalled, in milliseconds. Default 200. */
  readonly stallMs: number;
  /** How long a case watches for what must not happen, in milliseconds. Default 30. */
  readonly watchMs: number;
}
