import type { Address } from "./address.js";
import type { Message, OutgoingMessage } from "./message.js";

/**
 * Handles one message. The next one waits until the returned promise settles; what it throws is reported, and the worker lives on.
 * A handler that has nothing to wait for returns nothing, which saves a turn of the event loop.
 */
export type MessageHandler = (message: Message) => Promise<void> | void;

/** Who may send to a worker: only workers of its node, or whoever can reach the node. */
export type Exposure = "local" | "network";

/** How to start a worker. */
export interface WorkerOptions {
  /** Its name. Default: a generated address, which is a capability. */
  readonly address?: Address;
  /** Who may send to it. Default `local`. */
  readonly exposure?: Exposure;
  /** What it is, for people: `hop`, `relay`, `outlet`. Default `worker`. */
  readonly type?: string;
  /** Most messages that wait for the handler. Default 1,024; see the limits of `@x/routing`. */
  readonly maxQueuedMessages?: number;
}

/** A running worker. */
export interface WorkerHandle extends AsyncDisposable {
  /** Where it receives. */
  readonly address: Address;
  /** Stops it: what still waits is refused. Safe to call twice. Resolves when the running handler is done, after 1 s at the latest. */
  close(): Promise<void>;
}

/**
 * Whether an address can take messages now.
 * `up`: a worker, or a connection that is open. `down`: a kept connection that is being dialled again. `gone`: nothing there.
 */
export type AddressState = "up" | "down" | "gone";

/** What relays, portals and other features need of a node. */
export interface WorkerHost {
  /**
   * Starts a worker.
   *
   * @throws CulvertError ADDRESS_INVALID, ADDRESS_TAKEN, WORKER_LIMIT_EXCEEDED, NODE_CLOSED
   */
  startWorker(handler: MessageHandler, options?: WorkerOptions): WorkerHandle;

  /**
   * Sends a message. Returns nothing when more may follow at once, or a promise that resolves (and never rejects) when it may.
   * A message that cannot be delivered is answered by a negative reply to its return route, never by an exception.
   *
   * @throws CulvertError ROUTE_INVALID, ROUTE_TOO_LONG, ADDRESS_INVALID, MESSAGE_INVALID, MESSAGE_TOO_LARGE for a message that begins
   * here and that no node would take
   */
  send(message: OutgoingMessage): Promise<void> | undefined;

  /**
   * Calls `listener` with the state of a local address or transport hop, at once and at each change, until the returned
   * function is called. The call at once comes before `watch` returns.
   * A transport hop is dialled, kept and shared, as `send` does.
   */
  watch(address: Address, listener: (state: AddressState) => void): () => void;
}
