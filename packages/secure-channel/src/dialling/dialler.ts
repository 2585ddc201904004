import {
  type Address,
  type AddressState,
  CulvertError,
  checkLimits,
  checkRoute,
  formatRoute,
  isCulvertError,
  type Message,
  type Release,
  type Route,
  type WorkerHandle,
  type WorkerHost,
} from "@x/core";
import { ChannelEnd } from "../channel-end.js";
import { type ChannelCrypto, type MaybePromise, whenReady } from "../crypto/channel-crypto.js";
import { type ChannelLimits, defaultChannelLimits, sessionIdBytes, tickMs } from "../limits.js";
import { type ChannelPeer, isVerdict, judge, refusedError } from "../peer.js";
import type { Session } from "../record/session.js";
import { type ChannelReporter, safeReporter } from "../reports.js";
import { every } from "../ticker.js";
import { ByteReader } from "../wire/byte-reader.js";
import { channelNameOf, noChannel } from "../wire/channel-name.js";
import { type ChannelRefusal, readEnd, writeEnd } from "../wire/control.js";
import { innerType, readInner } from "../wire/inner.js";
import { outerType, sessionKey } from "../wire/outer.js";
import { Attempt, type Established } from "./attempt.js";
import type { ChannelOptions, KeepChannelOptions, KeptChannel, SecureChannel } from "./options.js";
import { RenewalPlan } from "./renewal-plan.js";

const ping = Uint8Array.of(innerType.ping);
const pong = Uint8Array.of(innerType.pong);

/** Most sessions that are still opened, the one in use included. */
const maxSessions = 4;

/** The end of a channel that opened it, and renews it. */
class Dialler implements KeptChannel {
  readonly #host: WorkerHost;
  readonly #route: Route;
  readonly #options: ChannelOptions;
  readonly #crypto: ChannelCrypto;
  readonly #limits: ChannelLimits;
  readonly #report: ChannelReporter;
  readonly #end: ChannelEnd;
  /** Receives what the listener sends. */
  readonly #sealed: WorkerHandle;
  readonly #stops: (() => void)[] = [];
  readonly #sessions = new Map<string, Session>();
  readonly #renewal: RenewalPlan;
  #attempt: Attempt | undefined;
  #renewing: Promise<void> | undefined;
  #channelName: Uint8Array = noChannel;
  #sentAt = 0;
  #heardAt = 0;
  /** Since when an answer is waited for. */
  #askedAt: number | undefined;
  #isBeneathUp = true;
  #isKept = false;
  #isClosed = false;
  lastFailure: CulvertError | undefined;

  /** @throws CulvertError ROUTE_INVALID, ROUTE_TOO_LONG, ADDRESS_INVALID, OPTION_INVALID, and what `startWorker` throws */
  constructor(
    host: WorkerHost,
    route: Route,
    options: ChannelOptions & Pick<KeepChannelOptions, "address">,
    crypto: ChannelCrypto,
  ) {
    checkRoute(route);
    if (route.length === 0)
      throw new CulvertError("ROUTE_INVALID", "Cannot open channel: its route is empty");
    this.#host = host;
    this.#route = [...route];
    this.#options = options;
    this.#crypto = crypto;
    this.#limits = checkLimits("channel", defaultChannelLimits, options.limits);
    this.#report = safeReporter(options.onReport);
    this.#renewal = new RenewalPlan(this.#limits.renewAfterMs);
    this.#end = new ChannelEnd({
      host,
      address: options.address,
      sendRecord: (record, release) => this.#send(record, release),
      giveBack: crypto.giveBack,
      wayBack: () => this.#route.slice(0, -1),
      admit: options.admit === true,
      letIn: undefined,
      facts: options.facts,
    });
    try {
      this.#sealed = host.startWorker((message) => this.#receive(message) as Promise<void> | undefined, {
        exposure: "network",
        type: "secure-channel",
      });
    } catch (error) {
      void this.#end.close();
      throw error;
    }
  }

  get address(): Address {
    return this.#end.address;
  }

  get peer(): ChannelPeer | undefined {
    return this.#end.peer;
  }

  get state(): "up" | "down" | "closed" {
    if (this.#isClosed) return "closed";
    return this.#end.isUp ? "up" : "down";
  }

  /** Opens it; closed again when that fails. */
  async open(): Promise<void> {
    const { signal } = this.#options;
    const onAbort = (): void => void this.#shut();
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#end.setDown("session", "it is not open yet");
    this.#watchBeneath();
    try {
      if (signal?.aborted) throw new CulvertError("ABORTED", "Cannot open channel: it was given up");
      await this.#openInTime();
    } catch (error) {
      await this.#shut();
      throw error;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
    this.#stops.push(every(tickMs, () => this.#tick()));
  }

  /** Opens it as soon as that can be done, and again whenever it ended. */
  keep(): void {
    this.#isKept = true;
    this.#end.setDown("session", "it is not open yet");
    this.#renewal.soon();
    this.#watchBeneath();
    this.#stops.push(every(tickMs, () => this.#tick()));
    this.#tryToRenew();
  }

  renew(): Promise<void> {
    this.#renewing ??= this.#handshake().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async close(): Promise<void> {
    if (!this.#isClosed) {
      this.#end.sendContent(
        writeEnd(innerType.close, { code: "CONNECTION_CLOSED", reason: "the dialler closed it" }),
      );
    }
    await this.#shut(new CulvertError("CONNECTION_CLOSED", "The channel was closed", { hop: this.address }));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #openInTime(): Promise<void> {
    const deadline = performance.now() + this.#limits.openTimeoutMs;
    for (;;) {
      try {
        return await this.renew();
      } catch (error) {
        const isLate = performance.now() + this.#limits.handshakeTimeoutMs > deadline;
        if (!isCulvertError(error) || error.code !== "TIMED_OUT" || isLate) throw error;
      }
    }
  }

  #watchBeneath(): void {
    const [beneath] = this.#route;
    const stop = this.#host.watch(beneath as Address, (state) => {
      this.#isBeneathUp = state === "up";
      const isOpen = this.#end.session !== undefined;
      // The path may lead elsewhere now, and the listener learns it from the next record; or it forgot the session: until something
      // is heard, what is sent would be lost.
      const asks = this.#isBeneathUp && isOpen;
      if (asks) this.#end.setDown("peer", "it is being asked whether its other end is still there");
      this.#end.setDown("beneath", state === "up" ? undefined : `"${beneath}" is ${state}`);
      if (state !== "up") return;
      if (asks) this.#ask();
      this.#renewal.forgetFailures();
      if (!isOpen || this.lastFailure !== undefined) this.#renewal.soon();
    });
    this.#stops.push(stop);
    // Workers end with their node, and the channel ends with its worker.
    const onOwnState = (state: AddressState): void => {
      if (state === "gone") void this.#shut();
    };
    this.#stops.push(this.#host.watch(this.address, onOwnState));
  }

  #send(payload: readonly Uint8Array[], release?: Release): Promise<void> | undefined {
    this.#sentAt = performance.now();
    const message = { onwardRoute: this.#route, returnRoute: [this.#sealed.address], payload };
    return this.#host.send(release === undefined ? message : { ...message, release });
  }

  async #handshake(): Promise<void> {
    const boundTo = this.#end.peer?.identifier;
    const attempt = new Attempt({
      crypto: this.#crypto,
      cipher: this.#options.cipher ?? "AESGCM",
      trust: this.#options,
      limits: this.#limits,
      channelName: this.#channelName,
      boundTo,
      checkIdentifier: (identifier) => this.#checkIdentifier(identifier),
      send: (bytes) => void this.#send([bytes]),
      hop: this.#route.at(-1) ?? formatRoute(this.#route),
    });
    if (this.#isClosed) throw new CulvertError("ABORTED", "Cannot renew channel: it is closed");
    this.#attempt = attempt;
    try {
      await this.#establish(await attempt.run());
    } finally {
      if (this.#attempt === attempt) this.#attempt = undefined;
    }
  }

  async #checkIdentifier(identifier: string): Promise<void> {
    const refusal = await this.#options.checkIdentifier?.(identifier);
    if (refusal === undefined) return;
    this.#report({ type: "refused", identifier, refusal });
    throw refusedError(refusal, this.address);
  }

  async #establish({ session, identifier, accepted }: Established): Promise<void> {
    const { credential, refusal } = await judge(this.#options, identifier, accepted.credentials);
    if (refusal !== undefined) {
      this.#end.sendContent(writeEnd(innerType.close, refusal), session);
      this.#report({ type: "refused", identifier, refusal });
      // Whoever is no longer wanted does not go on with the keys he has.
      if (this.#end.session !== undefined) this.#endFor(refusal);
      throw refusedError(refusal, this.address);
    }
    if (this.#isClosed) throw new CulvertError("ABORTED", "Cannot open channel: it is closed");
    const isFirst = this.#end.session === undefined;
    if (!accepted.isRenewed) this.#channelName = channelNameOf(this.#crypto, session.secret);
    this.#attempt = undefined;
    this.#sessions.set(session.localKey, session);
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > maxSessions && oldest !== undefined) this.#sessions.delete(oldest);
    this.#end.use(session, { identifier, credential });
    this.lastFailure = undefined;
    const expiresInMs =
      credential === undefined ? Number.POSITIVE_INFINITY : credential.expiresAtMs - Date.now();
    this.#renewal.renewed([accepted.validForMs || Number.POSITIVE_INFINITY, expiresInMs]);
    this.#heardAt = performance.now();
    this.#end.setDown("session");
    this.#end.setDown("peer");
    // The listener uses the new keys as soon as it hears from this end.
    this.#ask();
    if (this.peer !== undefined) this.#report({ type: isFirst ? "opened" : "renewed", peer: this.peer });
  }

  #receive(message: Message): MaybePromise<unknown> {
    const { payload, refusal } = message;
    if (refusal !== undefined) {
      this.#attempt?.hear(refusal);
      this.#end.hear(refusal, payload);
      return undefined;
    }
    if (payload.length <= sessionIdBytes) return undefined;
    const key = sessionKey(payload);
    if (key === this.#attempt?.localKey) return this.#attempt.take(payload);
    if (payload[0] === outerType.unknown) return this.#hearUnknown(key);
    const session = payload[0] === outerType.record ? this.#sessions.get(key) : undefined;
    if (session === undefined) return undefined;
    return whenReady(session.opener.open(payload), (opened) => {
      if (opened === undefined) return undefined;
      message.release?.();
      return this.#take(message, opened.content);
    });
  }

  /** Anybody on the path can say it. It costs a handshake at most, and changes nothing else. */
  #hearUnknown(remoteKey: string): void {
    if (remoteKey !== this.#end.session?.remoteKey) return;
    this.#renewal.soon();
    if (this.#renewal.isDue) this.#tryToRenew();
  }

  #take(message: Message, content: Uint8Array): undefined {
    this.#heard();
    try {
      const reader = new ByteReader(content);
      switch (reader.u8()) {
        case innerType.message:
          return this.#end.emerge(message, readInner(reader), content);
        case innerType.ping:
          return void this.#end.sendContent(pong);
        case innerType.close:
          return this.#hearClose(readEnd(reader));
        default:
          return undefined;
      }
    } catch (error) {
      if (!isCulvertError(error)) throw error;
      return this.#endFor({ code: error.code, reason: error.message });
    }
  }

  #heard(): void {
    this.#heardAt = performance.now();
    this.#askedAt = undefined;
    this.#end.setDown("peer");
  }

  #hearClose(why: ChannelRefusal): undefined {
    // A listener that ends may come back; anything else is about this channel.
    if (why.code !== "NODE_CLOSED") return this.#endFor(why);
    this.#end.setDown("peer", why.reason);
    this.#renewal.soon();
    return undefined;
  }

  #endFor({ code, reason }: ChannelRefusal): undefined {
    if (this.#isClosed) return;
    this.lastFailure = new CulvertError(code, reason, { hop: this.address });
    const { peer } = this;
    if (peer !== undefined) {
      this.#report({ type: "closed", channel: this.address, identifier: peer.identifier, reason });
    }
    if (!this.#isKept) return void this.#shut(this.lastFailure);
    this.#sessions.clear();
    this.#channelName = noChannel;
    this.#end.endSession();
    this.#notOpen(this.lastFailure);
    this.#renewal.failed(code);
  }

  /** Says why it is not open, with what the other end, or this one, says of it: that is more than being down. */
  #notOpen({ code, message }: CulvertError): void {
    this.#end.setDown("session", message, isVerdict(code) ? code : undefined);
  }

  /** Asks for a sign of life. */
  #ask(): void {
    this.#askedAt ??= performance.now();
    this.#end.sendContent(ping);
  }

  #tick(): void {
    const now = performance.now();
    const { pingAfterMs, pongTimeoutMs } = this.#limits;
    const expiresAtMs = this.#end.session === undefined ? undefined : this.peer?.credential?.expiresAtMs;
    if (expiresAtMs !== undefined && expiresAtMs <= Date.now()) {
      const why = { code: "CHANNEL_EXPIRED", reason: "the credential of the listener ended" } as const;
      this.#end.sendContent(writeEnd(innerType.close, why));
      this.#endFor(why);
      return;
    }
    this.#forgetOldSessions();
    if (this.#isBeneathUp && this.#end.session !== undefined) {
      if (this.#askedAt !== undefined) this.#askAgain(now - this.#askedAt, pongTimeoutMs);
      else if (now - Math.min(this.#sentAt, this.#heardAt) > pingAfterMs) this.#ask();
    }
    if (this.#renewal.isDue) this.#tryToRenew();
  }

  #askAgain(waitedMs: number, pongTimeoutMs: number): void {
    if (waitedMs < pongTimeoutMs) {
      this.#end.sendContent(ping);
      return;
    }
    this.#end.setDown("peer", `nothing was heard from its other end for ${pongTimeoutMs} ms`);
    this.#renewal.soon();
  }

  #forgetOldSessions(): void {
    const current = this.#end.session;
    for (const session of this.#sessions.values()) {
      const isOld = session !== current && (current?.ageMs ?? 0) > this.#limits.overlapMs;
      if (isOld) this.#sessions.delete(session.localKey);
    }
    if (current !== undefined && current.ageMs > this.#limits.sessionLifetimeMs) {
      this.#end.setDown("session", "its keys are too old, and could not be renewed");
    }
  }

  #tryToRenew(): void {
    if (this.#renewing !== undefined || !this.#isBeneathUp) return;
    this.renew().catch((error: unknown) => {
      if (this.#isClosed) return;
      const failure = isCulvertError(error)
        ? error
        : new CulvertError("INTERNAL", "Cannot renew channel", { cause: error });
      this.lastFailure = failure;
      if (this.#end.session === undefined) this.#notOpen(failure);
      this.#report({ type: "renewal-failed", channel: this.address, error: failure });
      this.#renewal.failed(failure.code);
    });
  }

  async #shut(why?: CulvertError): Promise<void> {
    this.#isClosed = true;
    for (const stop of this.#stops.splice(0)) stop();
    const givenUp = new CulvertError("ABORTED", "Cannot open channel: it was given up");
    this.#attempt?.giveUp(this.lastFailure ?? givenUp);
    this.#sessions.clear();
    await Promise.all([this.#end.close(why), this.#sealed.close()]);
  }
}

/** Keeps a channel with the cryptography of a platform. */
export function keepChannelWith(
  crypto: ChannelCrypto,
  host: WorkerHost,
  route: Route,
  options: KeepChannelOptions,
): KeptChannel {
  const dialler = new Dialler(host, route, options, crypto);
  dialler.keep();
  return dialler;
}

/** Opens a channel with the cryptography of a platform. */
export async function openChannelWith(
  crypto: ChannelCrypto,
  host: WorkerHost,
  route: Route,
  options: ChannelOptions,
): Promise<SecureChannel> {
  const dialler = new Dialler(host, route, options, crypto);
  await dialler.open();
  // It is open, so its other end is known.
  return dialler as Dialler & Pick<SecureChannel, "peer">;
}
