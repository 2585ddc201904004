import {
  type Address,
  CulvertError,
  generateAddress,
  type Message,
  maxHopCount,
  type Refusal,
  type Route,
  type WorkerHandle,
  type WorkerHost,
} from "@x/core";
import { probeField } from "@x/routing";

/** What came back for a probe. */
export interface ProbeAnswer {
  /** The address nobody has that the probe carried: it may be a hop of its route. */
  readonly nobody: Address;
  /** From sending to the answer, in milliseconds. */
  readonly rttMs: number;
  /** Absent when a worker replied. */
  readonly refusal: Refusal | undefined;
}

/** How long to wait for answers. */
export interface ProberOptions {
  /** Longest wait for the answer to one probe, sent again now and then, in milliseconds. */
  readonly timeoutMs: number;
  /** Gives up. */
  readonly signal?: AbortSignal | undefined;
}

interface Attempt {
  readonly nobody: Address;
  readonly sentAt: number;
}

/** Time after which a probe without an answer is sent again, in milliseconds. 1,000: transports such as UDP may lose it. */
const resendMs = 1000;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Sends messages that nobody receives along routes, one after the other, and gets to hear where they were refused. */
export class RouteProber implements AsyncDisposable {
  readonly #host: WorkerHost;
  readonly #options: ProberOptions;
  readonly #worker: WorkerHandle;
  #attempts: Attempt[] = [];
  #onAnswer: (answer: ProbeAnswer) => void = () => {};

  constructor(host: WorkerHost, options: ProberOptions) {
    this.#host = host;
    this.#options = options;
    this.#worker = host.startWorker((message) => this.#receive(message), {
      exposure: "network",
      type: "trace",
    });
  }

  /**
   * Sends a probe and resolves with the first answer to it; with nothing when none came in time.
   *
   * @param routeTo the route, given an address that nobody has
   * @param deliveries after how many deliveries it is refused. Default: as many as any message
   * @throws CulvertError ABORTED, and what `send` throws
   */
  ask(
    routeTo: (nobody: Address) => Route,
    deliveries: number = maxHopCount,
  ): Promise<ProbeAnswer | undefined> {
    const { timeoutMs, signal } = this.#options;
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        clearTimeout(timer);
        clearInterval(resender);
        signal?.removeEventListener("abort", onAbort);
        this.#attempts = [];
        this.#onAnswer = () => {};
        end();
      };
      const attempt = (): void => {
        try {
          this.#send(routeTo, deliveries);
        } catch (error) {
          settle(() => reject(error));
        }
      };
      const onAbort = (): void =>
        settle(() => reject(new CulvertError("ABORTED", "Cannot trace the route: given up")));
      const timer = setTimeout(() => settle(() => resolve(undefined)), timeoutMs);
      const resender = setInterval(attempt, resendMs);
      signal?.addEventListener("abort", onAbort);
      this.#onAnswer = (answer) => settle(() => resolve(answer));
      if (signal?.aborted === true) onAbort();
      else attempt();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.close();
  }

  #send(routeTo: (nobody: Address) => Route, deliveries: number): void {
    const nobody = generateAddress();
    this.#attempts.push({ nobody, sentAt: performance.now() });
    void this.#host.send({
      onwardRoute: routeTo(nobody),
      returnRoute: [this.#worker.address],
      payload: encoder.encode(nobody),
      hopCount: maxHopCount - deliveries,
      fields: { [probeField]: true },
    });
  }

  #receive({ payload, refusal }: Message): void {
    const attempt = this.#attemptOf(decoder.decode(payload));
    if (attempt === undefined) return;
    const { nobody, sentAt } = attempt;
    this.#onAnswer({ nobody, rttMs: performance.now() - sentAt, refusal });
  }

  /** The attempt that is answered. An answer that does not bring the payload back is to the newest. */
  #attemptOf(text: string): Attempt | undefined {
    if (!/^[0-9a-f]{32}$/i.test(text)) return this.#attempts.at(-1);
    return this.#attempts.find(({ nobody }) => nobody === text.toLowerCase());
  }
}
