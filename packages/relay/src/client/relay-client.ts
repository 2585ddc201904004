import type { AccessRule, Address, CulvertError, Route } from "@x/core";
import type { RelayToken } from "../names/token.js";

/** How to make this node reachable through a relay service. */
export interface RelayClientOptions {
  /** The way to the relay service: the worker address of a connection, further hops, and the service's address (`relay`). */
  readonly route: Route;
  /** The wanted name. Default: 32 random hex digits. */
  readonly name?: string;
  /** The secret of the name's owner. Default: a new one. Keep it to claim the same name after a restart; use it for one service only. */
  readonly token?: RelayToken;
  /** The wanted lease, in milliseconds. Default: as the service likes, 60,000. It grants 10,000 to 600,000. */
  readonly leaseMs?: number;
  /** Who may send through the relay to this node, asked at every message. Default: everybody. */
  readonly access?: AccessRule;
  /** Told when `state`, `lastFailure` or `nextAttemptAt` changed. It must not throw. */
  readonly onChange?: (client: RelayClient) => void;
  /** A number from 0 up to 1, for the waits. Default `Math.random`. */
  readonly random?: () => number;
}

/** Keeps this node reachable through a relay service: registers, renews, and registers again by itself after any break. */
export interface RelayClient extends AsyncDisposable {
  /** The relay's name. */
  readonly name: string;
  /** The secret that makes this client the owner of the name. */
  readonly token: RelayToken;
  /** Where the relay service's node takes messages for this node: `forward_to_<name>`. */
  readonly remoteAddress: Address;
  /** The worker on this node to which the relay passes them. */
  readonly workerAddress: Address;
  /** The first hops by which this node itself can reach that address. */
  readonly flowRoute: Route;
  /** `up` while the service has the registration and the first hop is connected. */
  readonly state: "up" | "down";
  /** Since when it is in that state, in milliseconds since 1970. */
  readonly since: number;
  /** Failed attempts in a row. */
  readonly attempts: number;
  /** Why it is down, or why the last renewal failed; nothing once it is registered again. */
  readonly lastFailure: CulvertError | undefined;
  /** When it asks the service again, in milliseconds since 1970; nothing while it waits for a reply or for the connection. */
  readonly nextAttemptAt: number | undefined;

  /**
   * Resolves when the state is `up`, at once if it is.
   *
   * @throws CulvertError ABORTED when the signal fires or the client is closed first
   */
  whenUp(signal?: AbortSignal): Promise<void>;

  /** Stops. The name stays the owner's, who comes back with the token: 10 s for a new name, 24 h for one held for 10 minutes. */
  close(): Promise<void>;

  /**
   * Gives the name back, so that anybody may take it at once, and stops. Resolves within 1 s with whether the service knows;
   * where it does not, the name stays the owner's for as long as after `close()`. Safe to call twice.
   */
  release(): Promise<boolean>;
}
