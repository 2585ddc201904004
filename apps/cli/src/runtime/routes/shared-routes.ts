import { type Address, CulvertError, isTransportHop, type Route } from "@x/core";
import type { Node } from "@x/routing";
import { firstSecureHop, listenerOf } from "../../syntax/secure-hop.js";
import type { NodeChannel, NodeChannels } from "../trust/node-channels.js";
import { waitUntil } from "./wait-until.js";

/** What stands at the beginning of a held route in the place of hops: a kept connection, or a kept channel. */
export interface RouteStart {
  readonly worker: Address;
  /** The hop it took the place of: `tcp#127.0.0.1:7000`, or `secure#api`. */
  readonly hop: Address;
  readonly state: "up" | "down" | "closed";
  readonly lastFailure: CulvertError | undefined;
  /** The tries to bring back what is down, of itself or beneath it; nothing where nobody counts them. */
  readonly tries: Tries | undefined;
  close(): Promise<void>;
}

/** Tries to bring a connection back. */
export interface Tries {
  readonly attempts: number;
  /** When the next one follows, in milliseconds since 1970; nothing when none is planned. */
  readonly nextAttemptAt: number | undefined;
}

/** A route whose first hop is a worker of this node, and the hold on what keeps it so. */
export interface HeldRoute {
  readonly route: Route;
  /** What took the place of hops at its beginning, if something did. */
  readonly start: RouteStart | undefined;
  /** The way to, and through, the first hops of the route that was given. */
  prefix(hops: number): Route;
  /** Lets go. What nobody else holds is closed. Safe to call twice. */
  release(): Promise<void>;
}

/** Lets go of several. */
export async function releaseAll(held: readonly HeldRoute[]): Promise<void> {
  await Promise.all(held.map((route) => route.release()));
}

/** How to hold a route. */
export interface HoldOptions {
  /** Longest wait for the outcome of the first try to open what it begins with, in milliseconds. Default 0. */
  readonly settleMs?: number;
  /** Gives up that wait, not the hold. */
  readonly signal?: AbortSignal | undefined;
}

interface SharedStart {
  holds: number;
  /** The channel's own way, for a channel. */
  readonly opening: Promise<{ readonly start: RouteStart; readonly beneath?: HeldRoute }>;
}

/** Kept connections and channels that several relays and inlets share, each open as long as one of them needs it. */
export class SharedRoutes {
  readonly #node: Pick<Node, "connect">;
  readonly #channels: Pick<NodeChannels, "keep" | "close">;
  readonly #starts = new Map<string, SharedStart>();
  /** How many hold each worker that a held route begins with, whoever connected it. */
  readonly #uses = new Map<Address, number>();

  constructor(node: Pick<Node, "connect">, channels: Pick<NodeChannels, "keep" | "close">) {
    this.#node = node;
    this.#channels = channels;
  }

  /**
   * Puts a connection in the place of a transport hop at the start of a route, and a channel in that of the hops up to each
   * `secure#…`. Both are tried for ever, and may be down now.
   *
   * @throws CulvertError what `connect` throws, and what keeping a channel throws
   */
  async hold(route: Route, options: HoldOptions = {}): Promise<HeldRoute> {
    const secureAt = firstSecureHop(route);
    if (secureAt !== -1) return this.#holdChannel(route, secureAt, options);
    const [first, ...rest] = route;
    if (first !== undefined && isTransportHop(first)) {
      const open = async () => ({ start: connectionStart(await this.#connect(first)) });
      return this.#holdStart({ key: first, open, rest, options, before: 1 });
    }
    const release = this.#use(first);
    return { route, start: undefined, prefix: (hops) => route.slice(0, hops), release };
  }

  /** Says whether a connection or channel is held by somebody: also one of the user's, by whose worker a route begins. */
  isHeld(worker: Address): boolean {
    return this.#uses.has(worker);
  }

  async #holdChannel(route: Route, secureAt: number, options: HoldOptions): Promise<HeldRoute> {
    const given = route.slice(0, secureAt + 1);
    const hop = given[secureAt] as Address;
    const outer = [...route.slice(0, secureAt), listenerOf(hop) as Address];
    const open = async () => {
      const beneath = await this.hold(outer);
      try {
        const kept = await this.#channels.keep({ route: beneath.route, given });
        return {
          start: channelStart(kept, { hop, beneath: beneath.start, channels: this.#channels }),
          beneath,
        };
      } catch (error) {
        await beneath.release();
        throw error;
      }
    };
    const rest = route.slice(secureAt + 1);
    const held = await this.#holdStart({ key: given.join("\n"), open, rest, options, before: given.length });
    if (firstSecureHop(rest) === -1) return held;
    // Another channel, within this one.
    try {
      return within(held, await this.hold(held.route, options), given.length);
    } catch (error) {
      await held.release();
      throw error;
    }
  }

  async #holdStart({ key, open, rest, options, before }: StartToHold): Promise<HeldRoute> {
    const shared = this.#starts.get(key) ?? { holds: 0, opening: open() };
    this.#starts.set(key, shared);
    shared.holds++;
    let held = true;
    let unuse = async (): Promise<void> => {};
    const release = async (): Promise<void> => {
      if (!held) return;
      held = false;
      await unuse();
      await this.#release(key, shared);
    };
    try {
      const { start, beneath } = await shared.opening;
      unuse = this.#use(start.worker);
      const isSettled = (): boolean => start.state === "up" || start.lastFailure !== undefined;
      await waitUntil(isSettled, options.settleMs ?? 0, options.signal);
      const route = [start.worker, ...rest];
      const prefix = (hops: number): Route =>
        hops < before && beneath !== undefined ? beneath.prefix(hops) : route.slice(0, 1 + hops - before);
      return { route, start, prefix, release };
    } catch (error) {
      await release();
      throw error;
    }
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

  #connect(remote: Address): ReturnType<Node["connect"]> {
    return this.#node.connect(remote, { keep: true, wait: false });
  }

  async #release(key: string, shared: SharedStart): Promise<void> {
    shared.holds--;
    if (shared.holds > 0) return;
    this.#starts.delete(key);
    const opened = await shared.opening.catch(() => undefined);
    await opened?.start.close();
    await opened?.beneath?.release();
  }
}

interface StartToHold {
  readonly key: string;
  readonly open: () => SharedStart["opening"];
  /** The hops behind it. */
  readonly rest: Route;
  readonly options: HoldOptions;
  /** How many hops it takes the place of. */
  readonly before: number;
}

/** A held route that begins within another one. */
function within(outer: HeldRoute, inner: HeldRoute, before: number): HeldRoute {
  return {
    route: inner.route,
    start: inner.start,
    // To the inner one, the outer one is a single hop.
    prefix: (hops) => (hops <= before ? outer.prefix(hops) : inner.prefix(1 + hops - before)),
    async release() {
      await inner.release();
      await outer.release();
    },
  };
}

function connectionStart(connection: Awaited<ReturnType<Node["connect"]>>): RouteStart {
  return {
    worker: connection.worker,
    hop: connection.remote,
    get state() {
      return connection.state;
    },
    get lastFailure() {
      return connection.lastFailure;
    },
    get tries() {
      return connection.state === "down" ? connection : undefined;
    },
    close: () => connection.close(),
  };
}

interface ChannelPlace {
  readonly hop: Address;
  readonly beneath: RouteStart | undefined;
  readonly channels: Pick<NodeChannels, "close">;
}

function channelStart(kept: NodeChannel, { hop, beneath, channels }: ChannelPlace): RouteStart {
  const { channel } = kept;
  return {
    worker: channel.address,
    hop,
    get state() {
      return channel.state;
    },
    get lastFailure() {
      // What is beneath it is down: then it does not even try.
      return (beneath?.state === "up" ? undefined : beneath?.lastFailure) ?? channel.lastFailure;
    },
    get tries() {
      return beneath?.tries;
    },
    close: () => channels.close(kept),
  };
}

/** Why a start is down says more than the refusal that would come of it. */
export function throwIfDown({ start }: HeldRoute, timeoutMs: number): void {
  if (start === undefined || start.state === "up") return;
  const { hop, lastFailure } = start;
  if (lastFailure === undefined) {
    const reason = `Cannot connect to ${hop}: no connection within ${timeoutMs} ms`;
    throw new CulvertError("CONNECTION_TIMED_OUT", reason, { hop });
  }
  throw new CulvertError(lastFailure.code, lastFailure.message, { hop, cause: lastFailure });
}
