import { type Address, isTransportHop, type Route } from "@x/core";
import type { Node, NodeConnection } from "@x/routing";
import { waitUntil } from "./wait-until.js";

/** A route whose first hop is a worker of this node, and the hold on what keeps it so. */
export interface HeldRoute {
  readonly route: Route;
  /** The connection that took the place of a transport hop, if one did. */
  readonly connection: NodeConnection | undefined;
  /** Lets go. The connection closes when nobody else holds it. Safe to call twice. */
  release(): Promise<void>;
}

/** Lets go of several. */
export async function releaseAll(held: readonly HeldRoute[]): Promise<void> {
  await Promise.all(held.map((route) => route.release()));
}

interface SharedConnection {
  holds: number;
  readonly opening: Promise<NodeConnection>;
}

/** Kept connections that several relays and inlets share, each open as long as one of them needs it. */
export class SharedConnections {
  readonly #node: Pick<Node, "connect">;
  readonly #connections = new Map<Address, SharedConnection>();
  /** How many hold each worker that a held route begins with, whoever connected it. */
  readonly #uses = new Map<Address, number>();

  constructor(node: Pick<Node, "connect">) {
    this.#node = node;
  }

  /**
   * Puts a connection in the place of a transport hop at the start of a route. It is dialled for ever, and may be down now.
   *
   * @param settleMs longest wait for the outcome of its first dial, in milliseconds. Default 0
   * @param signal gives up that wait, not the hold
   * @throws CulvertError what `connect` throws
   */
  async hold(route: Route, settleMs = 0, signal?: AbortSignal): Promise<HeldRoute> {
    const [first, ...rest] = route;
    if (first === undefined || !isTransportHop(first)) {
      return { route, connection: undefined, release: this.#use(first) };
    }
    const shared = this.#connections.get(first) ?? this.#open(first);
    shared.holds++;
    let held = true;
    let unuse = async (): Promise<void> => {};
    const release = async (): Promise<void> => {
      if (!held) return;
      held = false;
      await unuse();
      await this.#release(first, shared);
    };
    try {
      const connection = await shared.opening;
      const { worker } = connection;
      unuse = this.#use(worker);
      const isSettled = (): boolean => connection.state === "up" || connection.lastFailure !== undefined;
      await waitUntil(isSettled, settleMs, signal);
      return { route: [worker, ...rest], connection, release };
    } catch (error) {
      await release();
      throw error;
    }
  }

  /** Says whether a connection is held by somebody: also one of the user's, by whose worker a route begins. */
  isHeld(worker: Address): boolean {
    return this.#uses.has(worker);
  }

  /** Counts one more hold; the function that is returned takes it back, once. */
  #use(worker: Address | undefined): () => Promise<void> {
    if (worker === undefined) return async () => {};
    this.#uses.set(worker, (this.#uses.get(worker) ?? 0) + 1);
    let used = true;
    return async () => {
      if (!used) return;
      used = false;
      const rest = (this.#uses.get(worker) ?? 1) - 1;
      if (rest === 0) this.#uses.delete(worker);
      else this.#uses.set(worker, rest);
    };
  }

  #open(remote: Address): SharedConnection {
    const shared = { holds: 0, opening: this.#node.connect(remote, { keep: true, wait: false }) };
    this.#connections.set(remote, shared);
    return shared;
  }

  async #release(remote: Address, shared: SharedConnection): Promise<void> {
    shared.holds--;
    if (shared.holds > 0) return;
    this.#connections.delete(remote);
    const connection = await shared.opening.catch(() => undefined);
    if (connection === undefined) return;
    await connection.close();
  }
}
