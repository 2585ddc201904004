import type { Message } from "@x/core";
import type { ChannelCrypto } from "../crypto/channel-crypto.js";
import {
  type ListenerLimits,
  maxFinishTries,
  maxHandshakeBurstOfAll,
  maxHandshakesPerSecondOfAll,
  maxRates,
  sessionIdBytes,
} from "../limits.js";
import { Responder } from "../noise/handshake.js";
import type { ChannelIdentity } from "../peer.js";
import { Session } from "../record/session.js";
import { copyBytes, hex, joinBytes, randomBytes } from "../wire/bytes.js";
import { writeAnswer } from "../wire/handshake-payload.js";
import { idKey, outerType, prologueOf, readHello, readStep, sessionKey, writeStep } from "../wire/outer.js";
import { type HalfOpen, HalfOpenTable } from "./half-open.js";
import { comerOf, Rates } from "./rates.js";

/** What handshakes need of their listener. */
export interface HandshakesOptions {
  readonly crypto: ChannelCrypto;
  readonly identity: ChannelIdentity;
  readonly limits: ListenerLimits;
  /** Decides on a dialler with what it says, and takes the session where it is let in. Returns what the dialler is told. */
  readonly decide: (session: Session, payload: Uint8Array, peerKey: Uint8Array) => Promise<Uint8Array>;
  /** A session that was taken came to nothing: its handshake gave way meanwhile. */
  readonly onGivenUp: (localKey: string) => void;
}

/**
 * The handshakes of a listener, up to its verdict. They run beside the records: they wait for vaults and authorities, and their
 * number is bounded. A message that comes again gets the same answer.
 */
export class Handshakes {
  readonly #options: HandshakesOptions;
  readonly #halfOpen: HalfOpenTable;
  readonly #rates: Rates;

  constructor(options: HandshakesOptions) {
    const { maxHandshakeBurst, maxHandshakesPerSecond } = options.limits;
    this.#options = options;
    this.#halfOpen = new HalfOpenTable(options.limits);
    this.#rates = new Rates({
      ofConnection: { burst: maxHandshakeBurst, perSecond: maxHandshakesPerSecond },
      ofAll: { burst: maxHandshakeBurstOfAll, perSecond: maxHandshakesPerSecondOfAll },
      maxConnections: maxRates,
    });
  }

  /** Those that are not finished. */
  get size(): number {
    return this.#halfOpen.size;
  }

  /** Says whether the handshake of a session is not finished. */
  has(localKey: string): boolean {
    return this.#halfOpen.withId(localKey) !== undefined;
  }

  /** A record came: the handshake of its session is finished. */
  finished(localKey: string): void {
    const entry = this.#halfOpen.withId(localKey);
    if (entry !== undefined) this.#halfOpen.remove(entry);
  }

  /** Forgets those whose time is over. */
  removeLate(): void {
    this.#halfOpen.removeLate();
  }

  receiveHello(message: Message): undefined {
    const hello = readHello(message.payload);
    if (hello === undefined || !message.canReply) return;
    const helloKey = hex(message.payload);
    const known = this.#halfOpen.withHello(helloKey);
    if (known !== undefined) return void (known.answer && message.reply(known.answer));
    const comer = comerOf(message);
    if (!this.#rates.take(comer)) return;
    const localId = randomBytes(sessionIdBytes);
    const { diallerId, cipher } = hello;
    const entry: HalfOpen = {
      ...{ helloKey, localKey: idKey(localId), comer, localId, diallerId, cipher },
      startedAt: performance.now(),
      isFinishing: false,
      tries: 0,
    };
    this.#halfOpen.add(entry);
    this.#answer(entry, hello.noise, message).catch(() => this.#halfOpen.remove(entry));
  }

  receiveFinish(message: Message): undefined {
    const { payload } = message;
    if (payload.length <= sessionIdBytes || !message.canReply) return;
    const entry = this.#halfOpen.withId(sessionKey(payload));
    if (entry?.responder === undefined) return;
    if (entry.verdict !== undefined) return void message.reply(entry.verdict);
    if (entry.isFinishing || entry.tries >= maxFinishTries) return;
    entry.isFinishing = true;
    entry.tries++;
    const noise = readStep(copyBytes(payload));
    // What cannot be read changes nothing: somebody else may have sent it.
    void this.#finish(entry, entry.responder, noise, message)
      .catch(() => undefined)
      .finally(() => {
        entry.isFinishing = false;
      });
  }

  async #answer(entry: HalfOpen, noise: Uint8Array, message: Message): Promise<void> {
    const { crypto, identity } = this.#options;
    const { cipher, diallerId, localId } = entry;
    const staticKeys = await crypto.generateKeyPair();
    const ephemeralKeys = await crypto.generateKeyPair();
    const prologue = prologueOf(cipher, diallerId);
    const responder = new Responder({ crypto, cipher, prologue, staticKeys, ephemeralKeys });
    await responder.read1(noise);
    const proof = await identity.proof(staticKeys.publicKey);
    const payload = writeAnswer({ listenerId: localId, proof });
    entry.answer = writeStep(outerType.answer, diallerId, await responder.write2(payload));
    entry.responder = responder;
    if (this.has(entry.localKey)) void message.reply(entry.answer);
  }

  async #finish(entry: HalfOpen, responder: Responder, noise: Uint8Array, message: Message): Promise<void> {
    const { payload, peerKey } = await responder.read3(noise);
    const session = new Session({
      crypto: this.#options.crypto,
      cipher: entry.cipher,
      handshake: responder.result(),
      role: "listener",
      localId: entry.localId,
      remoteId: entry.diallerId,
    });
    const verdict = await this.#options.decide(session, payload, peerKey);
    const record = await session.sealer.seal([verdict]).parts;
    if (!this.has(entry.localKey)) return this.#options.onGivenUp(session.localKey);
    entry.verdict = [joinBytes(record)];
    void message.reply(entry.verdict);
  }
}
