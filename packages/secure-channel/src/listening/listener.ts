import {
  type Address,
  CulvertError,
  checkLimits,
  isCulvertError,
  type Message,
  optionInvalid,
  type WorkerHandle,
  type WorkerHost,
} from "@x/core";
import { type ChannelCrypto, type MaybePromise, whenReady } from "../crypto/channel-crypto.js";
import {
  defaultListenerLimits,
  type ListenerLimits,
  maxRates,
  sessionIdBytes,
  tickMs,
  unknownAnswersPerSecond,
  unknownAnswersPerSecondToAll,
} from "../limits.js";
import { type ChannelPeer, judge, type ProvenPeer } from "../peer.js";
import type { Session } from "../record/session.js";
import { type ChannelReporter, safeReporter } from "../reports.js";
import { every } from "../ticker.js";
import { ByteReader } from "../wire/byte-reader.js";
import { hex } from "../wire/bytes.js";
import { channelNameOf } from "../wire/channel-name.js";
import { type ChannelRefusal, readEnd, writeAccepted, writeEnd } from "../wire/control.js";
import { type FinishPayload, readFinish } from "../wire/handshake-payload.js";
import { innerType, readInner } from "../wire/inner.js";
import { outerType, sessionKey, writeStep } from "../wire/outer.js";
import { Handshakes } from "./handshakes.js";
import { ListenedChannel } from "./listened-channel.js";
import type { ChannelListener, ChannelListenerOptions } from "./options.js";
import { comerOf, Rates } from "./rates.js";

const pong = Uint8Array.of(innerType.pong);

/** Takes handshakes and records of all channels that were opened to one address. */
export class Listener implements ChannelListener {
  readonly #host: WorkerHost;
  readonly #options: ChannelListenerOptions;
  readonly #crypto: ChannelCrypto;
  readonly #limits: ListenerLimits;
  readonly #report: ChannelReporter;
  readonly #worker: WorkerHandle;
  readonly #handshakes: Handshakes;
  readonly #unknownRates = new Rates({
    ofConnection: { burst: unknownAnswersPerSecond, perSecond: unknownAnswersPerSecond },
    ofAll: { burst: unknownAnswersPerSecondToAll, perSecond: unknownAnswersPerSecondToAll },
    maxConnections: maxRates,
  });
  /** Channels by the names by which they are renewed. */
  readonly #channels = new Map<string, ListenedChannel>();
  /** Channels by their sessions. */
  readonly #bySession = new Map<string, ListenedChannel>();
  readonly #stopTicking: () => void;
  readonly #stopWatching: () => void;
  #isClosed = false;

  /** @throws CulvertError ADDRESS_INVALID, ADDRESS_TAKEN, OPTION_INVALID, NODE_CLOSED */
  constructor(host: WorkerHost, address: Address, options: ChannelListenerOptions, crypto: ChannelCrypto) {
    if (host.isOwn) throw optionInvalid("host", "own", "a channel listener sends along routes of others");
    this.#host = host;
    this.#options = options;
    this.#crypto = crypto;
    this.#limits = checkLimits("channel listener", defaultListenerLimits, options.limits);
    this.#report = safeReporter(options.onReport);
    this.#handshakes = new Handshakes({
      crypto,
      identity: options.identity,
      limits: this.#limits,
      decide: (session, payload, peerKey) => this.#decide(session, payload, peerKey),
      onGivenUp: (localKey) => this.#forget(localKey),
    });
    this.#worker = host.startWorker((message) => this.#receive(message) as Promise<void> | undefined, {
      address,
      exposure: "network",
      type: "secure-channel-listener",
    });
    this.#stopTicking = every(tickMs, () => this.#tick());
    // Workers end with their node, and the listener ends with its worker.
    this.#stopWatching = host.watch(address, (state) => {
      if (state === "gone") void this.close();
    });
  }

  get address(): Address {
    return this.#worker.address;
  }

  get halfOpen(): number {
    return this.#handshakes.size;
  }

  peers(): readonly ChannelPeer[] {
    return [...this.#channels.values()].flatMap(({ end }) => end.peer ?? []);
  }

  async closeChannel(address: Address): Promise<boolean> {
    const channel = [...this.#channels.values()].find(({ end }) => end.address === address);
    if (channel === undefined) return false;
    await this.#endChannel(channel, { code: "CONNECTION_CLOSED", reason: "the listener closed the channel" });
    return true;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopTicking();
    this.#stopWatching();
    const why: ChannelRefusal = { code: "NODE_CLOSED", reason: "its listener ended" };
    await Promise.all(Array.from(this.#channels.values(), (channel) => this.#endChannel(channel, why)));
    await this.#worker.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #receive(message: Message): MaybePromise<unknown> {
    const { payload } = message;
    if (message.refusal !== undefined) return undefined;
    switch (payload[0]) {
      case outerType.hello:
        return this.#handshakes.receiveHello(message);
      case outerType.finish:
        return this.#handshakes.receiveFinish(message);
      case outerType.record:
        return payload.length > sessionIdBytes ? this.#receiveRecord(message) : undefined;
      default:
        return undefined;
    }
  }

  /** Decides on a dialler, and makes the channel where it is let in. Returns what it is told. */
  async #decide(session: Session, payload: Uint8Array, peerKey: Uint8Array): Promise<Uint8Array> {
    let identifier: string | undefined;
    try {
      const finish = readFinish(payload);
      ({ identifier } = await this.#options.identities.check(finish.proof, peerKey));
      const { credential, refusal } = await judge(this.#options, identifier, finish.credentials);
      if (refusal !== undefined) {
        this.#endRenewed(finish, identifier, refusal);
        return this.#refuse(identifier, refusal);
      }
      return await this.#accept(session, finish, { identifier, credential });
    } catch (error) {
      const refusal: ChannelRefusal = isCulvertError(error)
        ? { code: error.code, reason: error.message }
        : { code: "CHANNEL_REFUSED", reason: "the listener could not check who it is" };
      return this.#refuse(identifier, refusal);
    }
  }

  async #accept(session: Session, finish: FinishPayload, peer: ProvenPeer): Promise<Uint8Array> {
    const credentials = (await this.#options.credentials?.credentials()) ?? [];
    const renewed = this.#channels.get(hex(finish.channelName));
    if (renewed !== undefined && renewed.identifier !== peer.identifier) {
      const reason = `Cannot renew channel: its other end is ${peer.identifier} now, and was ${renewed.identifier}`;
      throw new CulvertError("IDENTITY_CHANGED", reason);
    }
    if (this.#isClosed) throw new CulvertError("NODE_CLOSED", "Cannot open channel: its listener ended");
    const channel = renewed ?? this.#newChannel(session, peer);
    const displaced = channel.addSession(session, peer);
    if (displaced !== undefined) this.#bySession.delete(displaced);
    this.#bySession.set(session.localKey, channel);
    const { expiresAtMs } = peer.credential ?? {};
    const validForMs = expiresAtMs === undefined ? 0 : Math.max(1, expiresAtMs - Date.now());
    return writeAccepted({ isRenewed: renewed !== undefined, validForMs, credentials });
  }

  #newChannel(session: Session, peer: ProvenPeer): ListenedChannel {
    const { maxChannels, maxChannelsPerIdentity } = this.#limits;
    let same = 0;
    for (const { identifier } of this.#channels.values()) if (identifier === peer.identifier) same++;
    if (this.#channels.size >= maxChannels || same >= maxChannelsPerIdentity) {
      const limit = same >= maxChannelsPerIdentity ? `${same} of this identity` : `${maxChannels}`;
      throw new CulvertError("CHANNEL_LIMIT_EXCEEDED", `Cannot open channel: there are ${limit} already`);
    }
    const nameKey = hex(channelNameOf(this.#crypto, session.secret));
    const { admit = false, letIn, facts } = this.#options;
    const channel = new ListenedChannel(nameKey, peer, {
      host: this.#host,
      giveBack: this.#crypto.giveBack,
      admit,
      letIn,
      facts,
    });
    this.#channels.set(nameKey, channel);
    return channel;
  }

  #refuse(identifier: string | undefined, refusal: ChannelRefusal): Uint8Array {
    this.#report({ type: "refused", identifier, refusal });
    return writeEnd(innerType.refused, refusal);
  }

  /** Whoever is no longer let in does not go on with the keys he has. */
  #endRenewed({ channelName }: FinishPayload, identifier: string, why: ChannelRefusal): void {
    const channel = this.#channels.get(hex(channelName));
    if (channel?.identifier === identifier) void this.#endChannel(channel, why);
  }

  #receiveRecord(message: Message): MaybePromise<unknown> {
    const key = sessionKey(message.payload);
    const channel = this.#bySession.get(key);
    const session = channel?.session(key);
    if (channel === undefined || session === undefined) return this.#answerUnknown(message);
    return whenReady(session.opener.open(message.payload), (opened) => {
      if (opened === undefined || !this.#channels.has(channel.nameKey)) return undefined;
      // A dialler that does not want this listener says so with its new keys, and nothing else.
      if (opened.content[0] !== innerType.close) this.#heard(channel, session, message, opened.isNewest);
      message.release?.();
      return this.#take(channel, message, opened.content);
    });
  }

  #answerUnknown(message: Message): undefined {
    if (!this.#unknownRates.take(comerOf(message))) return;
    const receiverId = message.payload.subarray(1, 1 + sessionIdBytes);
    void message.reply(writeStep(outerType.unknown, receiverId, new Uint8Array(0)));
  }

  #heard(channel: ListenedChannel, session: Session, message: Message, isNewest: boolean): void {
    const type = channel.isConfirmed ? "renewed" : "opened";
    if (!channel.heard(session, message, isNewest)) return;
    this.#handshakes.finished(session.localKey);
    const { peer } = channel.end;
    if (peer !== undefined) this.#report({ type, peer });
  }

  #take(channel: ListenedChannel, message: Message, content: Uint8Array): undefined {
    try {
      const reader = new ByteReader(content);
      switch (reader.u8()) {
        case innerType.message:
          return channel.end.emerge(message, readInner(reader), content);
        case innerType.ping:
          return void channel.end.sendContent(pong);
        case innerType.close:
          return void this.#endChannel(channel, undefined, readEnd(reader).reason);
        default:
          return undefined;
      }
    } catch (error) {
      if (!isCulvertError(error)) throw error;
      return void this.#endChannel(channel, { code: error.code, reason: error.message });
    }
  }

  #tick(): void {
    this.#handshakes.removeLate();
    const { idleTimeoutMs, overlapMs, sessionLifetimeMs, handshakeTimeoutMs } = this.#limits;
    for (const channel of this.#channels.values()) {
      for (const old of channel.removeOld(overlapMs)) this.#bySession.delete(old);
      for (const key of [...channel.sessionKeys]) this.#removeUnconfirmed(channel, key);
      const { expiresAtMs, silentMs, isConfirmed } = channel;
      const ageMs = channel.end.session?.ageMs ?? 0;
      if (!isConfirmed && silentMs > handshakeTimeoutMs) {
        void this.#endChannel(channel, undefined, "its dialler did not confirm it");
      } else if (expiresAtMs !== undefined && expiresAtMs <= Date.now()) {
        void this.#endChannel(channel, {
          code: "CHANNEL_EXPIRED",
          reason: "the credential of the dialler ended",
        });
      } else if (silentMs > idleTimeoutMs || ageMs > sessionLifetimeMs) {
        void this.#endChannel(channel, undefined, "its dialler was silent for too long");
      }
    }
  }

  /** A session whose handshake was forgotten before a record of it came. */
  #removeUnconfirmed(channel: ListenedChannel, key: string): void {
    const session = channel.session(key);
    const current = channel.end.session;
    if (session === undefined || this.#handshakes.has(key)) return;
    const isUnconfirmed = current === undefined || session.startedAt > current.startedAt;
    if (!isUnconfirmed || session.ageMs < this.#limits.handshakeTimeoutMs) return;
    channel.removeSession(key);
    this.#forget(key);
  }

  #forget(key: string): void {
    const channel = this.#bySession.get(key);
    this.#bySession.delete(key);
    channel?.removeSession(key);
    if (channel?.isConfirmed === false)
      void this.#endChannel(channel, undefined, "its handshake was given up");
  }

  async #endChannel(
    channel: ListenedChannel,
    why: ChannelRefusal | undefined,
    reason: string = why?.reason ?? "",
  ): Promise<void> {
    if (this.#channels.get(channel.nameKey) !== channel) return;
    this.#channels.delete(channel.nameKey);
    for (const key of channel.sessionKeys) this.#bySession.delete(key);
    const { identifier } = channel;
    this.#report({ type: "closed", channel: channel.end.address, identifier, reason });
    await channel.close(why);
  }
}
