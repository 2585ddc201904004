import type { LentBytes } from "../send/send-buffer.js";
import type { Random } from "./random.js";
import type { VirtualTime } from "./virtual-time.js";

/** What happens to messages on the way. */
export interface Weather {
  /** One way, in milliseconds. */
  readonly delayMs: number;
  /** Added at random; more than the pause between messages reorders them. */
  readonly jitterMs: number;
  /** From 0 to 1. */
  readonly loss: number;
  readonly duplication: number;
  /** How often a hop refuses a message as busy. */
  readonly busy: number;
  /** Messages longer than this are refused. */
  readonly maxBytes: number;
  /** Whether messages are kept in order, as TCP hops do. */
  readonly isOrdered: boolean;
}

/** How a message ends that does not arrive. */
export type Refused = "busy" | "tooLarge" | "pathDown";

export interface Delivery {
  readonly arrive: (message: Uint8Array) => void;
  readonly refused: (meaning: Refused, message: Uint8Array) => void;
}

/** One direction of a network whose weather can change. */
export class SimulatedNetwork {
  weather: Weather;
  /** `lost`: messages vanish. `refused`: each is answered. */
  outage: "none" | "lost" | "refused" = "none";
  sent = 0;
  readonly #time: VirtualTime;
  readonly #random: Random;
  #lastArrival = 0;

  constructor(time: VirtualTime, random: Random, weather: Weather) {
    this.#time = time;
    this.#random = random;
    this.weather = weather;
  }

  /** Sends a message. Its bytes are read when it arrives, and released when they were read for the last time. */
  send({ parts, release }: LentBytes, delivery: Delivery): void {
    this.sent++;
    const message = (): Uint8Array => Buffer.concat(parts);
    const refused = this.#refusal(parts);
    if (refused !== undefined) this.#refuse(refused, message(), delivery);
    if (refused !== undefined || this.outage === "lost" || this.#random.chance(this.weather.loss)) {
      release?.();
      return;
    }
    let copies = this.#random.chance(this.weather.duplication) ? 2 : 1;
    const onRead = (): void => {
      if (--copies === 0) release?.();
    };
    for (let copy = copies; copy > 0; copy--) this.#plan(message, delivery, onRead);
  }

  #refusal(parts: readonly Uint8Array[]): Refused | undefined {
    const { busy, maxBytes } = this.weather;
    if (this.outage === "refused") return "pathDown";
    if (this.outage === "lost") return undefined;
    if (parts.reduce((sum, part) => sum + part.length, 0) > maxBytes) return "tooLarge";
    return this.#random.chance(busy) ? "busy" : undefined;
  }

  #plan(message: () => Uint8Array, delivery: Delivery, onRead: () => void): void {
    const { delayMs, jitterMs, isOrdered } = this.weather;
    const due = this.#time.now + delayMs + this.#random.next() * jitterMs;
    const at = isOrdered ? Math.max(due, this.#lastArrival) : due;
    this.#lastArrival = at;
    // A message under way when the path breaks is lost with it.
    this.#time.at(at, () => {
      const bytes = message();
      onRead();
      if (this.outage === "none") delivery.arrive(bytes);
    });
  }

  #refuse(meaning: Refused, message: Uint8Array, delivery: Delivery): void {
    this.#time.after(this.#random.next() * this.weather.delayMs, () => delivery.refused(meaning, message));
  }
}
