import { type Address, CulvertError, type ErrorCode, type Refusal } from "@x/core";
import type { ChannelCrypto, CipherName } from "../crypto/channel-crypto.js";
import { type ChannelLimits, sessionIdBytes } from "../limits.js";
import { Initiator } from "../noise/handshake.js";
import { type ChannelTrust, isVerdict, refusedError } from "../peer.js";
import { Session } from "../record/session.js";
import { ByteReader } from "../wire/byte-reader.js";
import { copyBytes, randomBytes } from "../wire/bytes.js";
import { type Accepted, readAccepted, readEnd } from "../wire/control.js";
import { readAnswer, writeFinish } from "../wire/handshake-payload.js";
import { innerType } from "../wire/inner.js";
import { idKey, outerType, prologueOf, readStep, writeHello, writeStep } from "../wire/outer.js";

/** What an attempt needs. */
export interface AttemptOptions {
  readonly crypto: ChannelCrypto;
  readonly cipher: CipherName;
  readonly trust: ChannelTrust;
  readonly limits: ChannelLimits;
  /** The channel to renew; zeros for a new one. */
  readonly channelName: Uint8Array;
  /** The identity that the channel is bound to; absent before the first handshake. */
  readonly boundTo: string | undefined;
  /** Asked of the listener's identity before anything of one's own is told. */
  readonly checkIdentifier: (identifier: string) => Promise<void>;
  /** Puts a message on its way to the listener. */
  readonly send: (bytes: Uint8Array) => void;
  /** Names the other end in errors. */
  readonly hop: Address;
}

/** A handshake that both ends agreed to. */
export interface Established {
  readonly session: Session;
  readonly identifier: string;
  readonly accepted: Accepted;
}

/** Longest wait before a message is sent again, in milliseconds. */
const maxResendMs = 2_000;

/** Refusals on the path after which an attempt fails. 3: one alone may be late, or about something that just begins. */
const maxHints = 3;

/** Refusals that pass by themselves. */
const passing: ReadonlySet<ErrorCode> = new Set([
  "CONNECTION_DOWN",
  "CONNECTION_BUSY",
  "WORKER_BUSY",
  "WORKER_DOWN",
  "ADDRESS_UNRESOLVED",
]);

type Reader<Value> = (bytes: Uint8Array) => Promise<Value | undefined>;

/** One handshake of the dialler. Each message is sent again until its answer came; what is no answer changes nothing. */
export class Attempt {
  readonly #options: AttemptOptions;
  readonly #localId = randomBytes(sessionIdBytes);
  readonly #hints: Refusal[] = [];
  /** What came and was not read yet. Honest listeners send one message at a time; what exceeds this is sent again. */
  readonly #inbox: Uint8Array[] = [];
  #wake: () => void = () => {};
  #deadline = 0;
  #givenUp: CulvertError | undefined;

  constructor(options: AttemptOptions) {
    this.#options = options;
  }

  /** The session it will make, as the key of a map. */
  get localKey(): string {
    return idKey(this.#localId);
  }

  /** Takes a message for this session. */
  take(bytes: Uint8Array): void {
    if (this.#inbox.length < 4) this.#inbox.push(copyBytes(bytes));
    this.#wake();
  }

  /** A message was refused on its way, or somebody says so. */
  hear(refusal: Refusal): void {
    if (passing.has(refusal.code) || isVerdict(refusal.code)) return;
    this.#hints.push(refusal);
    this.#wake();
  }

  /** Ends it with an error. */
  giveUp(error: CulvertError): void {
    this.#givenUp = error;
    this.#wake();
  }

  /**
   * Runs it.
   *
   * @throws CulvertError HANDSHAKE_FAILED, IDENTITY_INVALID, IDENTITY_CHANGED, TIMED_OUT, ABORTED, what the listener refuses with,
   * and what `checkIdentifier` throws
   */
  async run(): Promise<Established> {
    const { crypto, cipher, trust, limits } = this.#options;
    this.#deadline = performance.now() + limits.handshakeTimeoutMs;
    const staticKeys = await crypto.generateKeyPair();
    const ephemeralKeys = await crypto.generateKeyPair();
    const prologue = prologueOf(cipher, this.#localId);
    const noise = new Initiator({ crypto, cipher, prologue, staticKeys, ephemeralKeys });
    const hello = { cipher, diallerId: this.#localId, noise: await noise.write1(new Uint8Array(0)) };
    const read2 = await this.#exchange(writeHello(hello), (bytes) => this.#read2(noise, bytes));
    const { listenerId, proof } = readAnswer(read2.payload);
    const identifier = await this.#identify(proof, read2.peerKey);
    const finish = writeFinish({
      channelName: this.#options.channelName,
      proof: await trust.identity.proof(staticKeys.publicKey),
      credentials: (await trust.credentials?.credentials()) ?? [],
    });
    const message3 = writeStep(outerType.finish, listenerId, await noise.write3(finish));
    const session = new Session({
      crypto,
      cipher,
      handshake: noise.result(),
      role: "dialler",
      localId: this.#localId,
      remoteId: listenerId,
    });
    const accepted = await this.#exchange(message3, (bytes) => this.#readVerdict(session, bytes));
    return { session, identifier, accepted };
  }

  async #read2(noise: Initiator, bytes: Uint8Array): ReturnType<Initiator["read2"]> {
    if (bytes[0] !== outerType.answer) throw new CulvertError("HANDSHAKE_FAILED", "Cannot read handshake");
    return await noise.read2(readStep(bytes));
  }

  async #identify(proof: Uint8Array, peerKey: Uint8Array): Promise<string> {
    const { boundTo, trust, checkIdentifier, hop } = this.#options;
    const { identifier } = await trust.identities.check(proof, peerKey);
    if (boundTo !== undefined && boundTo !== identifier) {
      const reason = `Cannot renew channel: its other end is ${identifier} now, and was ${boundTo}`;
      throw new CulvertError("IDENTITY_CHANGED", reason, { hop });
    }
    await checkIdentifier(identifier);
    return identifier;
  }

  async #readVerdict(session: Session, bytes: Uint8Array): Promise<Accepted | undefined> {
    if (bytes[0] !== outerType.record) return undefined;
    const opened = await session.opener.open(bytes);
    if (opened === undefined) return undefined;
    const reader = new ByteReader(opened.content);
    const type = reader.u8();
    if (type === innerType.refused) {
      throw new Verdict(refusedError(readEnd(reader), this.#options.hop));
    }
    return type === innerType.accepted ? readAccepted(reader) : undefined;
  }

  /** Sends a message until an answer can be read. */
  async #exchange<Value>(message: Uint8Array, read: Reader<Value>): Promise<Value> {
    let waitMs = this.#options.limits.resendMs;
    for (;;) {
      this.#options.send(message);
      const resendAt = performance.now() + waitMs;
      const value = await this.#readUntil(Math.min(resendAt, this.#deadline), read);
      if (value !== undefined) return value;
      waitMs = Math.min(maxResendMs, waitMs * 2);
    }
  }

  async #readUntil<Value>(until: number, read: Reader<Value>): Promise<Value | undefined> {
    for (;;) {
      const bytes = this.#inbox.shift();
      if (bytes !== undefined) {
        const value = await readQuietly(bytes, read);
        if (value !== undefined) return value;
        continue;
      }
      this.#checkGoesOn();
      const leftMs = until - performance.now();
      if (leftMs <= 0) return undefined;
      await this.#wait(leftMs);
    }
  }

  #checkGoesOn(): void {
    const { hop, limits } = this.#options;
    if (this.#givenUp !== undefined) throw this.#givenUp;
    const hint = this.#hints.length >= maxHints ? this.#hints.at(-1) : undefined;
    if (hint !== undefined) throw new CulvertError(hint.code, hint.reason, { hop: hint.hop });
    if (performance.now() < this.#deadline) return;
    const last = this.#hints.at(-1);
    if (last !== undefined) throw new CulvertError(last.code, last.reason, { hop: last.hop });
    const reason = `Cannot open channel to "${hop}": no answer within ${limits.handshakeTimeoutMs} ms`;
    throw new CulvertError("TIMED_OUT", reason, { hop });
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Carries what the listener said, sealed, out of {@link readQuietly}. */
class Verdict extends Error {
  readonly error: CulvertError;

  constructor(error: CulvertError) {
    super(error.message);
    this.error = error;
  }
}

/** What cannot be read was not sent by the listener, or was altered: it is as if it had not come. */
async function readQuietly<Value>(bytes: Uint8Array, read: Reader<Value>): Promise<Value | undefined> {
  try {
    return await read(bytes);
  } catch (error) {
    if (error instanceof Verdict) throw error.error;
    return undefined;
  }
}
