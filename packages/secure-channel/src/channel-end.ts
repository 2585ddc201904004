import {
  type AccessRule,
  type Address,
  type CulvertError,
  checkRoute,
  type ErrorCode,
  type Fact,
  type IncomingMessage,
  isCulvertError,
  type Message,
  maxRouteHops,
  type Origin,
  type Refusal,
  type Release,
  type Route,
  type WorkerHandle,
  type WorkerHost,
} from "@x/core";
import { whenReady } from "./crypto/channel-crypto.js";
import { headBytes, maxContentBytes, maxQueuedMessages, minGivenBackBytes } from "./limits.js";
import {
  type ChannelPeer,
  type ChannelTrust,
  channelPeer,
  type ProvenPeer,
  stateChannelPeer,
} from "./peer.js";
import { counterOf } from "./record/record-sealer.js";
import type { Session } from "./record/session.js";
import { SentHeads } from "./sent-heads.js";
import { sizeOf } from "./wire/bytes.js";
import { type InnerContent, type InnerHeader, writeInner } from "./wire/inner.js";
import { sessionKey } from "./wire/outer.js";

/** What a channel end is made of. */
export interface ChannelEndOptions {
  readonly host: WorkerHost;
  /** Where it receives. Default: a generated address. */
  readonly address?: Address | undefined;
  /** Puts a record on its way. Returns what `send` returns. */
  readonly sendRecord: (record: readonly Uint8Array[], release?: Release) => Promise<void> | undefined;
  /** Takes back memory of what was sealed or opened. */
  readonly giveBack: (bytes: Uint8Array) => void;
  /** The way to the other end's node outside the channel. */
  readonly wayBack: () => Route;
  /** What comes out may use workers of exposure `network`, by whatever connection it came. */
  readonly admit: boolean;
  /** Who else may send into it. */
  readonly letIn: AccessRule | undefined;
  /** What else is known of whoever is at the other end. */
  readonly facts: ChannelTrust["facts"];
}

/** Refusals of records that say something about the path; all others only say that the record did not get there. */
const pathCodes: ReadonlySet<ErrorCode> = new Set([
  "MESSAGE_TOO_LARGE",
  "CONNECTION_BUSY",
  "WORKER_BUSY",
  "CONNECTION_DOWN",
]);

/**
 * One end of a channel: a worker whose messages come out at the other end, sealed on the way.
 * What comes out of the channel carries who sent it, and may use what came by that connection may use.
 */
export class ChannelEnd {
  readonly #options: ChannelEndOptions;
  readonly #worker: WorkerHandle;
  readonly #sent = new SentHeads();
  readonly #downReasons = new Map<string, { readonly reason: string; readonly code?: ErrorCode }>();
  #session: Session | undefined;
  #peer: ChannelPeer | undefined;
  #facts: readonly Fact[] = [];

  constructor(options: ChannelEndOptions) {
    this.#options = options;
    this.#worker = options.host.startWorker((message) => this.#take(message), {
      ...(options.address !== undefined && { address: options.address }),
      exposure: "network",
      type: "secure-channel",
      takesParts: true,
      maxQueuedMessages,
      access: (origin, message) => this.#mayEnter(origin, message),
    });
  }

  get address(): Address {
    return this.#worker.address;
  }

  get session(): Session | undefined {
    return this.#session;
  }

  get peer(): ChannelPeer | undefined {
    return this.#peer;
  }

  get isUp(): boolean {
    return this.#downReasons.size === 0;
  }

  /** Uses a session for what is sent from now on, and says so of whoever is at its other end. */
  use(session: Session, { identifier, credential }: ProvenPeer): void {
    const { wayBack } = this.#options;
    this.#session = session;
    this.#peer = Object.freeze({
      identifier,
      credential,
      channel: this.address,
      get wayBack() {
        return wayBack();
      },
    });
    const more = this.#options.facts?.(this.#peer) ?? [];
    this.#facts = [stateChannelPeer(this.#peer), ...more];
  }

  /**
   * Says of one thing that the channel rests on why it is down; without a reason that it is up. The channel is up when all are.
   *
   * @param code of what is sent to it meanwhile
   */
  setDown(what: string, reason?: string, code?: ErrorCode): void {
    if (reason === undefined) this.#downReasons.delete(what);
    else this.#downReasons.set(what, { reason, ...(code !== undefined && { code }) });
    const [first, ...others] = this.#downReasons.values();
    if (first === undefined) this.#worker.comeUp();
    else {
      // What an end says of the channel is more than that something is down.
      const told = [first, ...others].find((each) => each.code !== undefined) ?? first;
      this.#worker.goDown(told.reason, told.code);
    }
  }

  /** Its session is over: nothing is sealed until there is another. The identity it is bound to stays. */
  endSession(): void {
    this.#session = undefined;
  }

  /** Seals something that is no message. */
  sendContent(content: Uint8Array, session: Session | undefined = this.#session): void {
    if (session !== undefined) this.#sendSealed(session, [content]);
  }

  /**
   * Delivers what was sealed in a message, in its place. Whoever receives it may be slow: the node tells that to the one who sent
   * the message, and nobody waits for it here, where other channels would have to wait too.
   *
   * @param opened what was in the record, the payload included
   */
  emerge(outer: Message, content: InnerContent, opened: Uint8Array): undefined {
    const { onwardRoute, payload, hopCount, fields, refusal } = content;
    if (onwardRoute.length === 0) {
      return this.#refuseInside(content, "ROUTE_ENDED", "the route ends at a channel");
    }
    // An empty way back stays one, so that nobody answers into the channel.
    const back = content.returnRoute.length === 0 ? [] : [this.address, ...content.returnRoute];
    if (back.length > maxRouteHops) {
      return this.#refuseInside(content, "ROUTE_TOO_LONG", `its return route would have ${back.length} hops`);
    }
    const { admit } = this.#options;
    const inner = { hopCount, fields, refusal };
    const release = this.#releaseOf([opened]);
    const more = release === undefined ? {} : { release };
    void outer.forward({
      onwardRoute,
      returnRoute: back,
      payload,
      facts: this.#facts,
      admit,
      inner,
      ...more,
    });
    return undefined;
  }

  /**
   * A record was refused on its way. That may be true or not: it is told to whoever sent what was in it, as something that
   * happened to the path, and changes nothing here.
   */
  hear({ code, reason }: Refusal, head: Uint8Array): void {
    const counter = counterOf(head);
    if (counter === undefined) return;
    const sent = this.#sent.take(sessionKey(head), counter);
    if (sent === undefined) return;
    const refusal: Refusal = {
      code: pathCodes.has(code) ? code : "CONNECTION_DOWN",
      hop: this.address,
      reason: `Cannot get through the channel: ${reason}`,
    };
    const { returnRoute: onwardRoute, head: payload, fields, origin } = sent;
    const message = { onwardRoute, payload, origin, refusal };
    void this.#options.host.send(fields === undefined ? message : { ...message, fields });
  }

  /** @param why what was under way is over; nothing where its other end may come back, or another channel take its place */
  close(why?: CulvertError): Promise<void> {
    return this.#worker.close(why);
  }

  /** What began on this node, what answers to something that came out here, and, for the channel itself, word of its records. */
  #mayEnter(origin: Origin, message: IncomingMessage): boolean {
    if (message.refusal !== undefined && message.onwardRoute.length === 0) return true;
    const peer = origin.fact(channelPeer);
    const isOurs = peer === undefined ? origin.arrivedBy === undefined : peer.channel === this.address;
    return isOurs || this.#options.letIn?.(origin, message) === true;
  }

  #take(message: Message): Promise<void> | undefined {
    if (message.onwardRoute.length === 0) {
      if (message.refusal !== undefined) this.hear(message.refusal, message.payload);
      else message.refuse("ROUTE_ENDED", `Cannot deliver to "${this.address}": the route ends at a channel`);
      return undefined;
    }
    if (this.#session === undefined) {
      message.refuse("WORKER_DOWN", `Cannot deliver to "${this.address}": the channel is not open`);
      return undefined;
    }
    return this.#seal(this.#session, message);
  }

  #seal(session: Session, message: Message): Promise<void> | undefined {
    const header = this.#header(message);
    if (header === undefined) return undefined;
    const parts = message.parts ?? [message.payload];
    const payloadBytes = sizeOf(parts);
    if (header.length + payloadBytes > maxContentBytes) {
      const limit = maxContentBytes - header.length;
      const reason = `Cannot seal payload of ${payloadBytes} bytes: limit is ${limit} bytes`;
      message.refuse("MESSAGE_TOO_LARGE", reason);
      return undefined;
    }
    const { counter, parts: sealed } = session.sealer.seal([header, ...parts]);
    this.#sent.note(session.remoteKey, counter, message);
    const room = whenReady(sealed, (record) => {
      message.release?.();
      return this.#options.sendRecord(record, this.#releaseOf(record));
    });
    return room as Promise<void> | undefined;
  }

  /** Lets go what is large enough to be worth it, once nobody needs it any more. */
  #releaseOf(parts: readonly Uint8Array[]): Release | undefined {
    const large = parts.filter(({ length }) => length >= minGivenBackBytes);
    if (large.length === 0) return undefined;
    return () => {
      for (const part of large.splice(0)) this.#options.giveBack(part);
    };
  }

  /** The sealed header of a message; nothing where it has none, and was refused. */
  #header(message: Message): Uint8Array | undefined {
    try {
      checkRoute(message.onwardRoute);
      checkRoute(message.returnRoute);
      return writeInner(message);
    } catch (error) {
      if (!isCulvertError(error)) throw error;
      message.refuse(error.code, error.message);
      return undefined;
    }
  }

  /** Answers a message of the other end that cannot come out, through the channel. */
  #refuseInside(content: InnerContent, code: ErrorCode, why: string): undefined {
    const session = this.#session;
    if (content.refusal !== undefined || content.returnRoute.length === 0 || session === undefined) return;
    const answer: InnerHeader = {
      onwardRoute: content.returnRoute satisfies Route,
      returnRoute: [],
      hopCount: 0,
      fields: content.fields,
      refusal: { code, hop: this.address, reason: `Cannot deliver: ${why}` },
    };
    this.#sendSealed(session, [writeInner(answer), content.payload.subarray(0, headBytes)]);
  }

  /** For what is small and may be lost. */
  #sendSealed(session: Session, parts: readonly Uint8Array[]): void {
    const { parts: sealed } = session.sealer.seal(parts);
    const sent = whenReady(sealed, (record) => void this.#options.sendRecord(record));
    // Sealing what was not sealed before cannot fail; a platform that does it anyway loses a record.
    if (sent instanceof Promise) sent.catch(() => undefined);
  }
}
