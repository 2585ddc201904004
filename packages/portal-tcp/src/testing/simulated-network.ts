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

  send(parts: readonly Uint8Array[], delivery: Delivery): void {
    this.sent++;
    const message = Buffer.concat(parts);
    const { loss, duplication, busy, maxBytes } = this.weather;
    if (this.outage === "lost") return;
    if (this.outage === "refused") {
      this.#refuse("pathDown", message, delivery);
      return;
    }
    if (message.length > maxBytes) {
      this.#refuse("tooLarge", message, delivery);
      return;
    }
    if (this.#random.chance(busy)) {
      this.#refuse("busy", message, delivery);
      return;
    }
    if (this.#random.chance(loss)) return;
    this.#plan(message, delivery);
    if (this.#random.chance(duplication)) this.#plan(message, delivery);
  }

  #plan(message: Uint8Array, delivery: Delivery): void {
    const { delayMs, jitterMs, isOrdered } = this.weather;
    const due = this.#time.now + delayMs + this.#random.next() * jitterMs;
    const at = isOrdered ? Math.max(due, this.#lastArrival) : due;
    this.#lastArrival = at;
    // A message under way when the path breaks is lost with it.
    this.#time.at(at, () => {
      if (this.outage === "none") delivery.arrive(message);
    });
  }

  #refuse(meaning: Refused, message: Uint8Array, delivery: Delivery): void {
    this.#time.after(this.#random.next() * this.weather.delayMs, () => delivery.refused(meaning, message));
  }
}
