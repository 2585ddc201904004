import type { AddressState, Exposure } from "@x/core";
import type { Delivery } from "./delivery.js";

/** What has an address on a node: a worker or a connection. */
export interface Receiver {
  /** Who may send to it. */
  readonly exposure: Exposure;
  /**
   * It is a connection that this node dialled: what comes by it leaves by it only where a worker of this node says so.
   * The other end may get its own messages back, so that between two honest nodes none goes to and fro.
   */
  readonly isDialled: boolean;
  /** Whether it can take messages now. */
  readonly state: AddressState;
  /**
   * Takes a message whose onward route begins with the address of this receiver.
   * Returns what `send` returns. Refuses by itself what it cannot take.
   */
  take(delivery: Delivery): Promise<void> | undefined;
}
