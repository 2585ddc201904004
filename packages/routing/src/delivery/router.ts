import {
  type Address,
  CulvertError,
  checkCount,
  type ErrorCode,
  isAddress,
  isCulvertError,
  isTransportHop,
  maxHopCount,
  maxPayloadBytes,
  maxRouteHops,
  type OutgoingMessage,
  type Refusal,
} from "@x/core";
import { maxHeaderFields } from "../limits.js";
import type { Reporter } from "../report.js";
import { checkFields } from "../wire/header-fields.js";
import { type Carrier, checkedPayload, checkRouteShape, Delivery, noHops } from "./delivery.js";
import { NodeOrigin } from "./node-origin.js";
import { payloadHead } from "./payload.js";
import { probeField } from "./probe-field.js";
import type { Receiver } from "./receiver.js";
import type { Resolvers } from "./resolvers.js";

/** What a router needs of its node. */
export interface RouterOptions {
  readonly report: Reporter;
  /** Who is asked for addresses that nothing here has. */
  readonly resolvers: Resolvers;
  /**
   * The receiver behind a transport hop, dialled if there is none yet.
   *
   * @throws CulvertError the reason why there can be none
   */
  readonly dialHop: (hop: Address) => Receiver;
}

/** Brings each message to the receiver its onward route begins with, or refuses it. */
export class Router implements Carrier {
  /** Everything that has an address of its own, by that address. */
  readonly receivers: Map<Address, Receiver> = new Map();
  /** Messages handed to workers. */
  delivered = 0;
  /** Messages that could not be delivered. */
  refused = 0;
  /** Refused, too, and meant to be. */
  probes = 0;
  /** The same by their codes. */
  readonly refusedByCode: Map<ErrorCode, number> = new Map();
  /** How many synchronous deliveries are on the stack. */
  depth = 0;
  /** The origin of what workers send. */
  readonly plain: NodeOrigin = new NodeOrigin(this, "network");
  /** The origin of what the operator's host sends. */
  readonly own: NodeOrigin = new NodeOrigin(this, "operator");

  readonly #options: RouterOptions;

  constructor(options: RouterOptions) {
    this.#options = options;
  }

  /**
   * What `WorkerHost.send` does.
   *
   * @param host the origin of what the host sends
   */
  send(message: OutgoingMessage, host: NodeOrigin): Promise<void> | undefined {
    const { onwardRoute, returnRoute = noHops, fields, refusal, release, hopCount = 0 } = message;
    checkRouteShape(onwardRoute);
    checkRouteShape(returnRoute);
    const hops = Math.max(onwardRoute.length, returnRoute.length);
    if (hops > maxRouteHops) throw tooManyHops(hops);
    if (onwardRoute.length === 0) {
      throw new CulvertError("ROUTE_INVALID", "Cannot send message: its onward route is empty");
    }
    if (hopCount !== 0) checkCount("hopCount", hopCount);
    if (fields !== undefined) checkFields(fields);
    const content = { onwardRoute, returnRoute, hopCount, fields, refusal, release };
    const payload = checkedPayload(message.payload);
    const delivery = new Delivery(this, this.#originOf(message, host), content, payload, false);
    // Whoever sends with the origin of a message chose this route, and not the sender of that message.
    if (message.origin !== undefined) delivery.steeredBy = unnamed;
    return this.deliver(delivery);
  }

  /** Takes a message from a connection. Returns what that connection should wait for before it reads on. */
  arrive(delivery: Delivery): Promise<void> | undefined {
    const hop = delivery.onwardRoute[0] ?? unnamed;
    if (delivery.payload.length > maxPayloadBytes) {
      const reason = `Cannot pass message of ${delivery.payload.length} bytes: limit is ${maxPayloadBytes} bytes`;
      return this.refuse(delivery, "MESSAGE_TOO_LARGE", hop, reason);
    }
    if (delivery.returnRoute.length > maxRouteHops) {
      const { code, message } = tooManyHops(delivery.returnRoute.length);
      return this.refuse(delivery, code, hop, message);
    }
    return this.deliver(delivery);
  }

  /** Throws what is wrong with a message that begins here; refuses one that is passed on, whose worker is not to blame. */
  fail(delivery: Delivery, error: CulvertError, hop: Address): undefined {
    if (!delivery.isPassedOn) throw error;
    return this.refuse(delivery, error.code, hop, error.message);
  }

  /** Answers a message that cannot be delivered with a negative reply. See PROTOCOL.md, "Refusals". */
  refuse(delivery: Delivery, code: ErrorCode, hop: Address, reason: string): undefined {
    // Whoever traces a route wants to be refused: that is nothing to look into.
    if (delivery.fields?.[probeField] === true) this.probes++;
    else {
      this.refused++;
      this.refusedByCode.set(code, (this.refusedByCode.get(code) ?? 0) + 1);
    }
    const refusal = this.#shown(delivery, { code, hop, reason });
    if (!delivery.canReply) return void this.#options.report({ type: "refusal-dropped", refusal });
    const { returnRoute: onwardRoute, fields } = delivery;
    // One field is the refusal itself. Its way only gets shorter, so that it begins with no hops passed.
    const hasRoom = fields !== undefined && Object.keys(fields).length < maxHeaderFields;
    const content = {
      onwardRoute,
      returnRoute: noHops,
      hopCount: 0,
      refusal,
      fields: hasRoom ? fields : undefined,
    };
    const head = payloadHead(delivery.parts ?? [delivery.payload]);
    const answer = new Delivery(this, delivery.origin, content, head, true);
    answer.steeredBy = unnamed;
    void this.deliver(answer);
    return undefined;
  }

  /** A refusal names nothing to the network that its sender did not name: hops that a worker put in stay secret. */
  #shown({ origin, steeredBy }: Delivery, refusal: Refusal): Refusal {
    if (origin.arrivedBy === undefined || refusal.hop === steeredBy) return refusal;
    if (steeredBy === undefined && !isSecretOfRelay(origin, refusal)) return refusal;
    const hop = steeredBy ?? unnamed;
    return { code: refusal.code, hop, reason: `Cannot deliver at or behind "${hop}"` };
  }

  /** Brings a message to its next receiver. Returns what `send` returns. */
  deliver(delivery: Delivery): Promise<void> | undefined {
    const hop = delivery.onwardRoute[0];
    if (hop === undefined) return this.#refuseEnd(delivery);
    const receiver = this.receivers.get(hop);
    if (receiver === undefined) return this.#deliverElsewhere(delivery, hop);
    const veto = vetoOf(receiver, delivery, hop);
    if (veto !== undefined) {
      return this.refuse(delivery, "HOP_REFUSED", hop, `Cannot deliver to "${hop}": ${veto}`);
    }
    return this.#handTo(receiver, delivery, hop);
  }

  /** Last of all, so that a refusal for the hop count tells that the hop is there. See PROTOCOL.md, "Probing". */
  #handTo(receiver: Receiver, delivery: Delivery, hop: Address): Promise<void> | undefined {
    delivery.hopCount++;
    if (delivery.hopCount <= maxHopCount) return receiver.take(delivery);
    const reason = `Cannot deliver to "${hop}": the message passed ${maxHopCount} hops already`;
    return this.refuse(delivery, "HOP_LIMIT_EXCEEDED", hop, reason);
  }

  #deliverElsewhere(delivery: Delivery, hop: Address): Promise<void> | undefined {
    if (!isAddress(hop)) return this.fail(delivery, invalidAddress(hop), hop);
    if (!isTransportHop(hop)) return this.#resolve(delivery, hop);
    if (!delivery.origin.isOwn) {
      const reason = `Cannot deliver to "${hop}": only the operator's own messages make a node dial`;
      return this.refuse(delivery, "HOP_REFUSED", hop, reason);
    }
    const receiver = this.#dialHop(delivery, hop);
    return receiver === undefined ? undefined : this.#handTo(receiver, delivery, hop);
  }

  #resolve(delivery: Delivery, hop: Address): Promise<void> | undefined {
    const isAsked = !delivery.isResolved && this.#options.resolvers.ask(delivery, hop, this);
    if (isAsked) return undefined;
    return this.refuse(delivery, "WORKER_NOT_FOUND", hop, `Cannot deliver to "${hop}": no such worker`);
  }

  #dialHop(delivery: Delivery, hop: Address): Receiver | undefined {
    try {
      return this.#options.dialHop(hop);
    } catch (error) {
      if (!isCulvertError(error)) throw error;
      return this.refuse(delivery, error.code, hop, error.message);
    }
  }

  #refuseEnd(delivery: Delivery): undefined {
    // The one that sent it last is in front of the way back: a hop, or the connection it came by.
    const last = delivery.returnRoute[0] ?? unnamed;
    const hop = last === delivery.origin.arrivedBy ? unnamed : last;
    return this.refuse(delivery, "ROUTE_ENDED", hop, "Cannot deliver: the route ends before a worker");
  }

  #originOf({ origin, facts }: OutgoingMessage, host: NodeOrigin): NodeOrigin {
    if (origin === undefined) return host.with(facts);
    if (origin instanceof NodeOrigin && origin.node === this) return origin.with(facts);
    throw new CulvertError("MESSAGE_INVALID", "Cannot send message: its origin is not of this node");
  }
}

/** Stands for a hop that a refusal does not name. */
const unnamed: Address = "unknown";

const generated = /^[0-9a-f]{32}$/;

/** Why a receiver is not open to a message; nothing when it is. */
function vetoOf(receiver: Receiver, { origin, steeredBy }: Delivery, hop: Address): string | undefined {
  if (receiver.exposure === "local" && !origin.isOwn) return "only the operator of its node may use it";
  if (origin.rights === "told" && !generated.test(hop)) {
    return "it is not open to what comes by a connection that its node dialled";
  }
  if (hop !== origin.arrivedBy || steeredBy !== undefined || !receiver.isDialled) return undefined;
  return "no message leaves by the connection it came by";
}

/**
 * What comes by a connection that this node dialled may have been sent on by a relay, which put in a generated address of this
 * node that the sender was never told. One that is not there is no secret.
 */
function isSecretOfRelay(origin: NodeOrigin, { code, hop }: Refusal): boolean {
  return origin.isDialled && code !== "WORKER_NOT_FOUND" && generated.test(hop);
}

function tooManyHops(hops: number): CulvertError {
  const reason = `Cannot send message with route of ${hops} hops: limit is ${maxRouteHops} hops`;
  return new CulvertError("ROUTE_TOO_LONG", reason);
}

function invalidAddress(hop: Address): CulvertError {
  return new CulvertError(
    "ADDRESS_INVALID",
    `Cannot deliver to ${JSON.stringify(hop.slice(0, 64))}: it is no address`,
  );
}
