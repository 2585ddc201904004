import type { Message, Route, WorkerHost } from "@x/core";
import { nodeCrypto } from "../src/crypto/node-crypto.js";
import { Initiator } from "../src/noise/handshake.js";
import { Session } from "../src/record/session.js";
import { randomBytes } from "../src/wire/bytes.js";
import { noChannel } from "../src/wire/channel-name.js";
import { readAnswer, writeFinish } from "../src/wire/handshake-payload.js";
import { prologueOf, readStep, writeHello, writeStep } from "../src/wire/outer.js";
import { TestIdentity } from "./test-identity.js";

const none = new Uint8Array(0);

/** A dialler that does one step at a time, and as often as a test says. */
export class RawDialler {
  readonly identity = new TestIdentity();
  readonly #host: WorkerHost;
  readonly #route: Route;
  readonly #id = randomBytes(8);
  readonly #staticKeys = nodeCrypto.generateKeyPair();
  #noise: Initiator | undefined;

  constructor(host: WorkerHost, route: Route) {
    this.#host = host;
    this.#route = route;
  }

  async hello(): Promise<Uint8Array> {
    this.#noise = new Initiator({
      crypto: nodeCrypto,
      cipher: "AESGCM",
      prologue: prologueOf("AESGCM", this.#id),
      staticKeys: await this.#staticKeys,
      ephemeralKeys: await nodeCrypto.generateKeyPair(),
    });
    return writeHello({ cipher: "AESGCM", diallerId: this.#id, noise: await this.#noise.write1(none) });
  }

  /** The third message, and the session that it makes. */
  async finish(answer: Uint8Array): Promise<{ readonly bytes: Uint8Array; readonly session: Session }> {
    const noise = this.#noise as Initiator;
    const { listenerId } = readAnswer((await noise.read2(readStep(answer))).payload);
    const proof = await this.identity.proof((await this.#staticKeys).publicKey);
    const payload = writeFinish({ channelName: noChannel, proof, credentials: [] });
    const bytes = writeStep(3, listenerId, await noise.write3(payload));
    const session = new Session({
      crypto: nodeCrypto,
      cipher: "AESGCM",
      handshake: noise.result(),
      role: "dialler",
      localId: this.#id,
      remoteId: listenerId,
    });
    return { bytes, session };
  }

  /** Sends bytes and resolves with the answer; nothing when none came in time. */
  send(bytes: Uint8Array, timeoutMs = 2_000): Promise<Uint8Array | undefined> {
    return new Promise((resolve) => {
      const worker = this.#host.startWorker((message: Message) => done(new Uint8Array(message.payload)), {
        exposure: "network",
      });
      const timer = setTimeout(() => done(undefined), timeoutMs);
      const done = (answer: Uint8Array | undefined): void => {
        clearTimeout(timer);
        void worker.close();
        resolve(answer);
      };
      void this.#host.send({ onwardRoute: this.#route, returnRoute: [worker.address], payload: bytes });
    });
  }
}
