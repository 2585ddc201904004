import type { Address } from "./address.js";
import type { CulvertError, ErrorCode } from "./error.js";
import type { IncomingMessage, Message, Origin, OutgoingMessage } from "./message.js";
import type { Route } from "./route.js";

/**
 * Handles one message. The next one waits until the returned promise settles.
 * When it throws or rejects, the sender is told HANDLER_FAILED and nothing else, the node reports the error, and the worker lives on.
 * A handler that has nothing to wait for returns nothing, which saves a turn of the event loop.
 */
export type MessageHandler = (message: Message) => Promise<void> | void;

/**
 * Who may send to a worker: only the operator's host of its node, or whoever can reach the node. What comes by a connection that
 * the node dialled reaches generated addresses only, which it must have been told, unless the connection or a worker admits it.
 */
export type Exposure = "local" | "network";

/**
 * Says whether a message may be delivered. Asked at every delivery, before anything else of the message is looked at.
 * Only `true` lets it in; for anything else, and when the rule throws, the sender is told ACCESS_DENIED.
 */
export type AccessRule = (origin: Origin, message: IncomingMessage) => boolean;

/** How to start a worker. */
export interface WorkerOptions {
  /** Its name. Default: a generated address, which is a capability. */
  readonly address?: Address;
  /** Who may send to it. Default `local`. */
  readonly exposure?: Exposure;
  /** Who may send to it, beyond that. Default: all whom the exposure lets in. */
  readonly access?: AccessRule;
  /** What it is, for people: `hop`, `relay`, `outlet`. Default `worker`. */
  readonly type?: string;
  /**
   * Whether it takes payloads in the parts in which they are there, uncopied: a message that has `parts` has an empty `payload`.
   * Default false: payloads are in one piece.
   */
  readonly takesParts?: boolean;
  /** Most messages that wait for the handler. Default 1,024; see the limits of `@x/routing`. */
  readonly maxQueuedMessages?: number;
}

/** A running worker. */
export interface WorkerHandle extends AsyncDisposable {
  /** Where it receives. */
  readonly address: Address;
  /**
   * Takes no messages for now: who watches it is told, and what is sent to it is refused with this reason.
   *
   * @param code of those refusals; with one, what was under way through it is over, and who watches it is told so. Default WORKER_DOWN
   */
  goDown(reason: string, code?: ErrorCode): void;
  /** Takes messages again. It is up from the start. */
  comeUp(): void;
  /**
   * Stops it: what still waits is refused. Safe to call twice. Resolves when the running handler is done, after 1 s at the latest.
   *
   * @param why for those who watch it: what was under way through it is over, so that nothing is worth waiting for. Default: nobody is told
   */
  close(why?: CulvertError): Promise<void>;
}

/**
 * Whether an address can take messages now.
 * `up`: a worker, or a connection that is open. `down`: a worker that said so, or a kept connection that is being dialled again.
 * `gone`: nothing there.
 */
export type AddressState = "up" | "down" | "gone";

/** Is told the state of an address; with `down` and `gone`, why what was under way through it is over, where its worker said so. */
export type AddressListener = (state: AddressState, why?: CulvertError) => void;

/**
 * Finds the way to an address that nothing on the node has: hops that stand in its place. Nothing: there is no such address.
 *
 * @param signal fires when nobody waits any more
 */
export type AddressResolver = (address: Address, signal: AbortSignal) => Promise<Route | undefined>;

/** Names something that exists once per node. Two keys are the same when they are the same object. */
export interface SharedKey<Value> {
  /** What it is, for people. */
  readonly name: string;
  /** Makes it, at the first use. */
  readonly make: () => Value;
}

/** What relays, portals and other features need of a node. */
export interface WorkerHost {
  /**
   * Whether this is the operator's host: what it sends may dial, and reach workers of exposure `local`.
   * It is given routes of the operator only, never parts of a message. Services that answer others do not want it.
   */
  readonly isOwn: boolean;

  /**
   * Starts a worker.
   *
   * @throws CulvertError ADDRESS_INVALID, ADDRESS_TAKEN, OPTION_INVALID, WORKER_LIMIT_EXCEEDED, NODE_CLOSED
   */
  startWorker(handler: MessageHandler, options?: WorkerOptions): WorkerHandle;

  /**
   * Sends a message. Returns nothing when more may follow at once, or a promise that resolves (and never rejects) when it may.
   * A message that cannot be delivered is answered by a negative reply to its return route, never by an exception.
   *
   * @throws CulvertError ROUTE_INVALID, ROUTE_TOO_LONG, ADDRESS_INVALID, MESSAGE_INVALID, MESSAGE_TOO_LARGE for a message that no
   * node would take
   */
  send(message: OutgoingMessage): Promise<void> | undefined;

  /**
   * Calls `listener` with the state of a local address, at once and at each change, until the returned function is called.
   * It is told again when its worker says why what was under way through it is over.
   * The call at once comes before `watch` returns.
   * The operator's host dials, keeps and shares a transport hop; to any other one a transport hop is `gone`.
   */
  watch(address: Address, listener: AddressListener): () => void;

  /**
   * Asks `resolve` for addresses that begin with `prefix` and that nothing on this node has, until the returned function is
   * called. Look-ups are bounded in number and time, and what was not found is remembered for a while.
   *
   * @throws CulvertError ADDRESS_TAKEN when the prefix has a resolver already
   */
  addResolver(prefix: string, resolve: AddressResolver): () => void;

  /** Something that exists once per node, whoever asks, also through another host of the same node. Closed with the node if it can be. */
  shared<Value>(key: SharedKey<Value>): Value;
}
