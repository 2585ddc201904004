import type { CulvertError } from "@x/core";
import { frameOverheadBytes } from "./limits.js";

/** A frame under way, or, without `frame`, the end of the connection. */
export interface Flight {
  /** A copy of its own, so that what is held is what is counted. */
  readonly frame?: Uint8Array;
  /** When it may arrive. */
  readonly dueMs: number;
  readonly reason?: CulvertError | undefined;
}

const landed: Flight = { dueMs: 0 };

/** What is under way in one direction, by the time at which it is due; what is due at the same time keeps its order. */
export class FlightQueue {
  #flights: Flight[] = [];
  #head = 0;
  #bytes = 0;

  /** Bytes of all frames, with {@link frameOverheadBytes} for each. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#head === this.#flights.length;
  }

  /** What is due first. */
  get first(): Flight | undefined {
    return this.#flights[this.#head];
  }

  add(flight: Flight): void {
    const flights = this.#flights;
    let at = flights.length;
    // Only a frame that overtakes others finds a later one before it.
    while (at > this.#head && (flights[at - 1] as Flight).dueMs > flight.dueMs) at -= 1;
    if (at === flights.length) flights.push(flight);
    else flights.splice(at, 0, flight);
    if (flight.frame !== undefined) this.#bytes += flight.frame.length + frameOverheadBytes;
  }

  /** Takes out what is due first; there must be something. */
  removeFirst(): void {
    const { frame } = this.#flights[this.#head] as Flight;
    this.#flights[this.#head] = landed;
    this.#head += 1;
    // Moving the rest now and then costs less than moving it for every frame.
    if (this.#head > 64 && this.#head * 2 > this.#flights.length) {
      this.#flights = this.#flights.slice(this.#head);
      this.#head = 0;
    }
    if (frame !== undefined) this.#bytes -= frame.length + frameOverheadBytes;
  }

  clear(): void {
    this.#flights = [];
    this.#head = 0;
    this.#bytes = 0;
  }
}
