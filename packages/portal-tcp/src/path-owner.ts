import type { Address, AddressState, CulvertError, Route } from "@x/core";
import type { Path } from "./path.js";
import type { SharedHop } from "./shared-hop.js";
import type { StreamId } from "./stream-id.js";
import type { Wakeups } from "./wakeups.js";

/** What a path needs of the inlet or outlet it belongs to. */
export interface PathOwner {
  readonly wakeups: Wakeups;
  /** The sender writes that it is an outlet. */
  readonly isOutlet: boolean;
  /** Silence after which an unanswered probe makes a path count as down, in milliseconds. */
  readonly pingTimeoutMs: number;
  /** Longest pause between probes of a path that is down and that nobody waits for, in milliseconds. */
  readonly retryWaitMs: number;
  /** Ask also when no stream needs the path. */
  readonly asksWhenIdle: boolean;
  /** A number from 0 to less than 1. */
  random(): number;
  /** As `WorkerHost.send`, with the owner's worker as the return route. */
  send(route: Route, payload: Uint8Array | readonly Uint8Array[]): Promise<void> | undefined;
  /** As `WorkerHost.watch`. */
  watch(address: Address, listener: (state: AddressState) => void): () => void;
  /** What is known of a first hop, for as long as the path uses it. */
  holdHop(address: Address): SharedHop;
  releaseHop(address: Address): void;
  /** A probe with this id was sent: its answer belongs to the path. */
  onProbe(id: StreamId, path: Path): void;
  /** The probe is no longer waited for. */
  onProbeOver(id: StreamId): void;
  onPathUp(path: Path, wasDown: boolean): void;
  onPathDown(path: Path, failure: CulvertError): void;
}
