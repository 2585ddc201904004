import {
  type Address,
  CulvertError,
  type ErrorCode,
  errorField,
  type ForwardOptions,
  type HeaderFields,
  type Message,
  maxPayloadBytes,
  maxRouteHops,
  ownBytes,
  type Payload,
  type Refusal,
  type Release,
  type ReplyOptions,
  type Route,
} from "@x/core";
import { messageOverheadBytes } from "../limits.js";
import { checkFields } from "../wire/header-fields.js";
import type { NodeOrigin } from "./node-origin.js";
import { joinParts, keptBytes, ownParts, payloadBytes, sizeOf } from "./payload.js";

const nothing = new Uint8Array(0);
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The onward route of every message that ends at its worker: most do, and a list for each costs as much as its header. */
export const noHops: Route = Object.freeze([]);

/** Brings deliveries further: the router. */
export interface Carrier {
  /** Brings a message to its next receiver. Returns what `send` returns. */
  deliver(delivery: Delivery): Promise<void> | undefined;
  /** Answers a message that cannot be delivered with a negative reply. */
  refuse(delivery: Delivery, code: ErrorCode, hop: Address, reason: string): undefined;
}

/** What a message on its way through a node begins with. */
export interface DeliveryContent {
  readonly onwardRoute: Route;
  readonly returnRoute: Route;
  readonly hopCount: number;
  readonly fields?: HeaderFields | undefined;
  readonly refusal?: Refusal | undefined;
  readonly release?: Release | undefined;
}

/**
 * One message on its way through a node, from the place where it enters to a worker or a connection.
 * A worker sees it as its message; one object serves for both, because there is one for each message.
 */
export class Delivery implements Message {
  onwardRoute: Route;
  readonly returnRoute: Route;
  /** In one piece; empty while there are parts. */
  payload: Uint8Array;
  hopCount: number;
  readonly fields: HeaderFields | undefined;
  readonly refusal: Refusal | undefined;
  release: Release | undefined;
  origin: NodeOrigin;
  /** The payload in several parts, before a worker gets it; also then if it takes them so. */
  parts: readonly Uint8Array[] | undefined;
  /** Some worker or another node sends it along its way: what is wrong with it is not the fault of whoever is running now. */
  readonly isPassedOn: boolean;
  /** Who chose its next hop on this node: a worker; absent when its sender did. */
  steeredBy: Address | undefined = undefined;
  /** A resolver was asked for it. */
  isResolved = false;
  /** Congestion that its answers, and what became of it further on, met while its handler ran. */
  pushedBack: Promise<void> | undefined = undefined;
  readonly #carrier: Carrier;
  /** The worker that has it. */
  #worker: Address = "";

  constructor(
    carrier: Carrier,
    origin: NodeOrigin,
    content: DeliveryContent,
    payload: Uint8Array | readonly Uint8Array[],
    isPassedOn: boolean,
  ) {
    this.#carrier = carrier;
    this.origin = origin;
    this.onwardRoute = content.onwardRoute;
    this.returnRoute = content.returnRoute;
    this.hopCount = content.hopCount;
    this.fields = content.fields;
    this.refusal = content.refusal;
    this.release = content.release;
    this.isPassedOn = isPassedOn;
    if (payload instanceof Uint8Array) {
      this.payload = payload;
      this.parts = undefined;
    } else {
      this.payload = nothing;
      this.parts = payload;
    }
  }

  /** Size of the payload, in bytes. */
  get size(): number {
    return this.parts === undefined ? this.payload.length : sizeOf(this.parts);
  }

  /** What it holds in memory once it is {@link keep}t, in bytes. */
  get heldBytes(): number {
    let bytes = messageOverheadBytes + textBytes(this.onwardRoute) + textBytes(this.returnRoute);
    for (const part of this.parts ?? [this.payload]) bytes += keptBytes(part);
    for (const [name, value] of Object.entries(this.fields ?? {})) {
      bytes +=
        name.length + (typeof value === "string" || value instanceof Uint8Array ? value.length : 8) * 2;
    }
    return bytes;
  }

  get error(): string | undefined {
    const code = this.fields?.[errorField];
    return typeof code === "string" ? code : undefined;
  }

  /** A return route that ends with the arriving connection leads to a node, and to no worker there. */
  get canReply(): boolean {
    const route = this.returnRoute;
    if (this.refusal !== undefined || route.length === 0) return false;
    return route.length > 1 || route[0] !== this.origin.arrivedBy;
  }

  /** Makes it fit to wait: what waits must not keep a larger buffer alive. */
  keep(): void {
    if (this.parts !== undefined) {
      this.parts = ownParts(this.parts);
      return;
    }
    const own = ownBytes(this.payload);
    if (own === this.payload) return;
    this.payload = own;
    this.#releaseNow();
  }

  /** A worker takes it, in one piece or in parts: its address comes off the onward route. */
  arriveAt(worker: Address, takesParts: boolean): void {
    this.#worker = worker;
    this.onwardRoute = this.onwardRoute.length === 1 ? noHops : this.onwardRoute.slice(1);
    if (this.parts === undefined || takesParts) return;
    this.payload = joinParts(this.parts);
    const isCopy = this.parts.length > 1;
    this.parts = undefined;
    if (isCopy) this.#releaseNow();
  }

  /** A resolver knows the way to the address that the onward route begins with: other hops stand in its place. */
  redirect(route: Route): void {
    this.steeredBy = this.onwardRoute[0];
    this.onwardRoute = [...route, ...this.onwardRoute.slice(1)];
    this.origin = this.origin.withoutOwn();
  }

  text(): string {
    return decoder.decode(this.payload);
  }

  json<Value = unknown>(): Value {
    try {
      return JSON.parse(this.text()) as Value;
    } catch (cause) {
      throw new CulvertError("PAYLOAD_INVALID", "Cannot read payload as JSON", { cause });
    }
  }

  reply(payload: Payload, options: ReplyOptions = {}): Promise<void> | undefined {
    const { returnRoute = noHops, release } = options;
    const fields = joinFields(withoutError(this.fields), options.fields);
    const content = { onwardRoute: this.returnRoute, returnRoute, hopCount: this.hopCount, fields, release };
    const bytes = checkedPayload(payload);
    checkRouteShape(returnRoute);
    if (!this.canReply) return undefined;
    const next = new Delivery(this.#carrier, this.origin, content, bytes, true);
    next.steeredBy = this.#worker;
    return this.#pass(next);
  }

  replyError(code: string, text = ""): Promise<void> | undefined {
    return this.reply(text, { fields: { [errorField]: code } });
  }

  forward(options: ForwardOptions = {}): Promise<void> | undefined {
    const { onwardRoute = this.onwardRoute, returnRoute = this.returnRoute, payload } = options;
    checkRouteShape(onwardRoute);
    checkRouteShape(returnRoute);
    const bytes = payload === undefined ? (this.parts ?? this.payload) : checkedPayload(payload);
    const { hopCount, fields: own, refusal } = options.inner ?? this;
    const fields = joinFields(own, options.fields);
    if (this.#refuseRoutes(onwardRoute.length, returnRoute.length)) return undefined;
    const release = options.release ?? (options.handOver === true ? this.release : undefined);
    const content = { onwardRoute, returnRoute, hopCount, fields, refusal, release };
    const next = new Delivery(this.#carrier, this.#originFor(options), content, bytes, true);
    if (options.inner === undefined) {
      next.steeredBy = options.onwardRoute === undefined ? this.steeredBy : this.#worker;
    }
    return this.#pass(next);
  }

  refuse(code: ErrorCode, reason: string, hop: Address = this.#worker): void {
    if (this.canReply) this.#carrier.refuse(this, code, hop, reason);
  }

  #originFor({ onwardRoute, facts, admit }: ForwardOptions): NodeOrigin {
    const origin = onwardRoute === undefined ? this.origin : this.origin.withoutOwn();
    return (admit === true ? origin.admitted() : origin).with(facts);
  }

  /** Says whether the message cannot go on along routes of so many hops, and then refuses it. */
  #refuseRoutes(onwardHops: number, returnHops: number): boolean {
    const worker = this.#worker;
    if (onwardHops === 0) {
      this.refuse("ROUTE_ENDED", `Cannot pass message on at "${worker}": its route ends here`);
      return true;
    }
    const hops = Math.max(onwardHops, returnHops);
    if (hops <= maxRouteHops) return false;
    const reason = `Cannot pass message on at "${worker}" over ${hops} hops: limit is ${maxRouteHops} hops`;
    this.refuse("ROUTE_TOO_LONG", reason);
    return true;
  }

  #pass(next: Delivery): Promise<void> | undefined {
    const room = this.#carrier.deliver(next);
    if (room !== undefined) this.pushedBack = room;
    return room;
  }

  #releaseNow(): void {
    this.release?.();
    this.release = undefined;
  }
}

/** Text of V8 takes one or two bytes a unit, and a header of some 16. */
function textBytes(route: Route): number {
  let bytes = 0;
  for (const address of route) bytes += 16 + 2 * address.length;
  return bytes;
}

function joinFields(
  fields: HeaderFields | undefined,
  more: HeaderFields | undefined,
): HeaderFields | undefined {
  if (more === undefined) return fields;
  checkFields(more);
  const joined = { ...fields, ...more };
  checkFields(joined);
  return joined;
}

/** That a request is an error reply itself says nothing about the reply to it. */
function withoutError(fields: HeaderFields | undefined): HeaderFields | undefined {
  if (fields?.[errorField] === undefined) return fields;
  const { [errorField]: _, ...rest } = fields;
  return Object.keys(rest).length === 0 ? undefined : rest;
}

/**
 * Checks what a worker or program gives as a payload.
 *
 * @throws CulvertError MESSAGE_INVALID, MESSAGE_TOO_LARGE
 */
export function checkedPayload(payload: Payload): Uint8Array | readonly Uint8Array[] {
  const bytes = payloadBytes(payload);
  const size = bytes instanceof Uint8Array ? bytes.length : sizeOf(bytes);
  if (size <= maxPayloadBytes) return bytes;
  const reason = `Cannot send message of ${size} bytes: limit is ${maxPayloadBytes} bytes`;
  throw new CulvertError("MESSAGE_TOO_LARGE", reason);
}

/**
 * Checks that a route is a list of text. Whether each text is an address is checked where it is used: looked up, or written to
 * the wire.
 *
 * @throws CulvertError ROUTE_INVALID, ADDRESS_INVALID
 */
export function checkRouteShape(route: unknown): asserts route is Route {
  if (!Array.isArray(route)) {
    throw new CulvertError("ROUTE_INVALID", "Cannot use route: it is no list of addresses");
  }
  for (let i = 0; i < route.length; i++) {
    if (typeof route[i] !== "string" || route[i] === "") {
      throw new CulvertError("ADDRESS_INVALID", `Cannot use route: hop ${i + 1} is no address`);
    }
  }
}
