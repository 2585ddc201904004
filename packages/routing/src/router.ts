import {
  type Address,
  CulvertError,
  type ErrorCode,
  isAddress,
  isTransportHop,
  maxHopCount,
  maxPayloadBytes,
  maxRouteHops,
  type OutgoingMessage,
} from "@x/core";
import type { ArrivedMessage } from "./frame-reader.js";
import { payloadBytes, payloadHead } from "./payload.js";
import type { Receiver } from "./receiver.js";
import type { Reporter } from "./report.js";

/** What a router needs of its node. */
export interface RouterOptions {
  readonly report: Reporter;
  /**
   * The receiver behind a transport hop, dialled if there is none yet.
   *
   * @throws CulvertError the reason why there can be none
   */
  readonly dialHop: (hop: Address) => Receiver;
}

/** Brings each message to the receiver its onward route begins with, or refuses it. */
export class Router {
  /** Everything that has an address of its own, by that address. */
  readonly receivers: Map<Address, Receiver> = new Map();
  /** Messages handed to workers. */
  delivered = 0;
  /** Messages that could not be delivered. */
  refused = 0;
  /** The same by their codes. */
  readonly refusedByCode: Map<ErrorCode, number> = new Map();
  /** How many synchronous deliveries are on the stack. */
  depth = 0;

  readonly #options: RouterOptions;
  /** Congestion met by the messages that were passed on within the delivery under way. */
  #pushedBack: Promise<void> | undefined;

  constructor(options: RouterOptions) {
    this.#options = options;
  }

  /** What `WorkerHost.send` does. */
  send(message: OutgoingMessage): Promise<void> | undefined {
    const fault = this.#fault(message);
    if (fault === undefined) return this.#follow(message);
    return this.fail(message, fault, message.onwardRoute[0] ?? message.returnRoute?.[0] ?? "");
  }

  /** Takes a message from a connection. Returns what that connection should wait for before it reads on. */
  arrive(message: ArrivedMessage): Promise<void> | undefined {
    if (message.payload.length > maxPayloadBytes || message.returnRoute.length > maxRouteHops) {
      const fault = this.#fault(message);
      if (fault !== undefined) return this.fail(message, fault, message.local.arrivedBy ?? "");
    }
    return this.#follow(message);
  }

  /** Throws what is wrong with a message that begins here; refuses one that is passed on, whose worker is not to blame. */
  fail(message: OutgoingMessage, error: CulvertError, hop: Address): undefined {
    if (!isPassedOn(message) && message.refusal === undefined) throw error;
    return this.refuse(message, error.code, hop, error.message);
  }

  /** Answers a message that cannot be delivered with a negative reply. See PROTOCOL.md, "Refusals". */
  refuse(message: OutgoingMessage, code: ErrorCode, hop: Address, reason: string): undefined {
    this.refused++;
    this.refusedByCode.set(code, (this.refusedByCode.get(code) ?? 0) + 1);
    const refusal = { code, hop, reason };
    if (message.refusal !== undefined || !hasWayBack(message)) {
      return void this.#options.report({ type: "refusal-dropped", refusal });
    }
    const { returnRoute: onwardRoute = [], local } = message;
    const reply = { onwardRoute, returnRoute: [], payload: payloadHead(message.payload), refusal };
    void this.#follow(local === undefined ? reply : { ...reply, local });
    return undefined;
  }

  /**
   * Delivers a message. When its receiver passed it on and met congestion, that comes back to the sender too:
   * so a worker in the middle need not wait itself, which would hold up everybody else's messages.
   */
  #follow(message: OutgoingMessage): Promise<void> | undefined {
    const outer = this.#pushedBack;
    this.#pushedBack = undefined;
    try {
      const room = this.#deliver(message) ?? this.#pushedBack;
      this.#pushedBack = outer ?? (isPassedOn(message) ? room : undefined);
      return room;
    } catch (error) {
      this.#pushedBack = outer;
      throw error;
    }
  }

  #deliver(message: OutgoingMessage): Promise<void> | undefined {
    const hop = message.onwardRoute[0];
    if (hop === undefined) return this.#refuseEnd(message);
    const hopCount = (message.hopCount ?? 0) + 1;
    const receiver = this.receivers.get(hop);
    if (receiver === undefined) return this.#deliverElsewhere(message, hop, hopCount);
    if (receiver.exposure === "local" && cameFromNetwork(message)) {
      const reason = `Cannot deliver to "${hop}": it is not open to the network`;
      return this.refuse(message, "HOP_REFUSED", hop, reason);
    }
    // Last of all, so that this refusal tells that the hop is there. See PROTOCOL.md, "Probing".
    return hopCount > maxHopCount ? this.#refuseLimit(message, hop) : receiver.take(message, hopCount);
  }

  #deliverElsewhere(message: OutgoingMessage, hop: Address, hopCount: number): Promise<void> | undefined {
    if (!isAddress(hop)) return this.fail(message, invalidAddress(hop), hop);
    if (!isTransportHop(hop)) {
      return this.refuse(message, "WORKER_NOT_FOUND", hop, `Cannot deliver to "${hop}": no such worker`);
    }
    if (cameFromNetwork(message)) {
      const reason = `Cannot deliver to "${hop}": a message from the network does not make a node dial`;
      return this.refuse(message, "HOP_REFUSED", hop, reason);
    }
    if (hopCount > maxHopCount) return this.#refuseLimit(message, hop);
    const receiver = this.#dialHop(message, hop);
    return receiver?.take(message, hopCount);
  }

  #refuseLimit(message: OutgoingMessage, hop: Address): undefined {
    const reason = `Cannot deliver to "${hop}": the message passed ${maxHopCount} hops already`;
    return this.refuse(message, "HOP_LIMIT_EXCEEDED", hop, reason);
  }

  #dialHop(message: OutgoingMessage, hop: Address): Receiver | undefined {
    try {
      return this.#options.dialHop(hop);
    } catch (error) {
      if (!(error instanceof CulvertError)) throw error;
      return this.refuse(message, error.code, hop, error.message);
    }
  }

  #refuseEnd(message: OutgoingMessage): undefined {
    // The one that sent it last is in front of the way back: a hop, or the connection it came by.
    const hop = message.returnRoute?.[0] ?? "";
    return this.refuse(message, "ROUTE_ENDED", hop, "Cannot deliver: the route ends before a worker");
  }

  /** What no node would take. Addresses are checked where they are used: looked up, or written to the wire. */
  #fault(message: OutgoingMessage): CulvertError | undefined {
    const bytes = payloadBytes(message.payload);
    const hops = Math.max(message.onwardRoute.length, message.returnRoute?.length ?? 0);
    if (bytes > maxPayloadBytes) {
      const reason = `Cannot send message of ${bytes} bytes: limit is ${maxPayloadBytes} bytes`;
      return new CulvertError("MESSAGE_TOO_LARGE", reason);
    }
    if (hops > maxRouteHops) {
      const reason = `Cannot send message with route of ${hops} hops: limit is ${maxRouteHops} hops`;
      return new CulvertError("ROUTE_TOO_LONG", reason);
    }
    if (message.onwardRoute.length > 0 || isPassedOn(message)) return undefined;
    return new CulvertError("ROUTE_INVALID", "Cannot send message: its onward route is empty");
  }
}

function invalidAddress(hop: unknown): CulvertError {
  return new CulvertError("ADDRESS_INVALID", `Cannot deliver to ${JSON.stringify(hop)}: it is no address`);
}

/** Was delivered before: some worker or another node sends it along its way. */
function isPassedOn(message: OutgoingMessage): boolean {
  return message.local !== undefined || (message.hopCount ?? 0) > 0;
}

function cameFromNetwork(message: OutgoingMessage): boolean {
  return message.local?.arrivedBy !== undefined;
}

/** A return route that ends with the arriving connection leads to a node, and to no worker there. */
function hasWayBack(message: OutgoingMessage): boolean {
  const route = message.returnRoute;
  if (route === undefined || route.length === 0) return false;
  return route.length > 1 || route[0] !== message.local?.arrivedBy;
}
