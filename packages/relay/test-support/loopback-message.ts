import {
  type Address,
  type ErrorCode,
  type ForwardOptions,
  type HeaderFields,
  type Message,
  maxRouteHops,
  type Origin,
  type Payload,
  type Refusal,
  type ReplyOptions,
  type Route,
} from "@x/core";

/** What travels between loopback hosts. */
export interface Parcel {
  readonly onwardRoute: Route;
  readonly returnRoute: Route;
  readonly payload: Uint8Array;
  readonly hopCount: number;
  readonly arrivedBy?: Address;
  readonly fields?: HeaderFields | undefined;
  readonly refusal?: Refusal | undefined;
}

/** Takes what a message of it sends on. */
export interface Poster {
  post(parcel: Parcel): void;
}

/** A payload in one piece. */
export function joined(payload: Payload): Uint8Array {
  if (typeof payload === "string") return Buffer.from(payload);
  return payload instanceof Uint8Array ? payload : Buffer.concat(payload);
}

/** A message at a worker of a loopback host. */
export class LoopbackMessage implements Message {
  readonly onwardRoute: Route;
  readonly returnRoute: Route;
  readonly payload: Uint8Array;
  readonly hopCount: number;
  readonly fields: HeaderFields | undefined;
  readonly refusal: Refusal | undefined;
  readonly error: string | undefined = undefined;
  readonly origin: Origin;
  readonly #host: Poster;
  readonly #worker: Address;

  constructor(host: Poster, worker: Address, parcel: Parcel) {
    this.#host = host;
    this.#worker = worker;
    this.onwardRoute = parcel.onwardRoute;
    this.returnRoute = parcel.returnRoute;
    this.payload = parcel.payload;
    this.hopCount = parcel.hopCount;
    this.fields = parcel.fields;
    this.refusal = parcel.refusal;
    this.origin = { arrivedBy: parcel.arrivedBy, isOwn: false, fact: () => undefined };
  }

  text(): string {
    return Buffer.from(this.payload).toString();
  }

  json<Value>(): Value {
    return JSON.parse(this.text()) as Value;
  }

  reply(payload: Payload, { returnRoute = [] }: ReplyOptions = {}): undefined {
    if (!this.canReply) return undefined;
    return this.#post({
      onwardRoute: this.returnRoute,
      returnRoute,
      payload: joined(payload),
      refusal: undefined,
    });
  }

  replyError(code: string, text = ""): undefined {
    return this.reply(`${code} ${text}`);
  }

  forward({
    onwardRoute = this.onwardRoute,
    returnRoute = this.returnRoute,
  }: ForwardOptions = {}): undefined {
    if (onwardRoute.length === 0) return this.refuse("ROUTE_ENDED", "the route ends");
    if (onwardRoute.length > maxRouteHops) return this.refuse("ROUTE_TOO_LONG", "too many hops");
    return this.#post({ onwardRoute, returnRoute, payload: this.payload, refusal: this.refusal });
  }

  refuse(code: ErrorCode, reason: string, hop: Address = this.#worker): undefined {
    if (!this.canReply) return undefined;
    const refusal = { code, hop, reason };
    const payload = new Uint8Array();
    return this.#post({ onwardRoute: this.returnRoute, returnRoute: [], payload, refusal, hopCount: 0 });
  }

  get canReply(): boolean {
    const [first] = this.returnRoute;
    const leadsToWorker = this.returnRoute.length > 1 || first !== this.origin.arrivedBy;
    return this.refusal === undefined && first !== undefined && leadsToWorker;
  }

  #post(
    changed: Pick<Parcel, "onwardRoute" | "returnRoute" | "payload" | "refusal"> & Partial<Parcel>,
  ): undefined {
    const { arrivedBy } = this.origin;
    const origin = arrivedBy === undefined ? {} : { arrivedBy };
    this.#host.post({ hopCount: this.hopCount, fields: this.fields, ...origin, ...changed });
    return undefined;
  }
}
