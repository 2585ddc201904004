import type { Exposure, OutgoingMessage } from "@x/core";

/** What has an address on a node: a worker or a connection. */
export interface Receiver {
  /** Who may send to it. */
  readonly exposure: Exposure;
  /**
   * Takes a message whose onward route begins with the address of this receiver.
   * Returns what `send` returns. Refuses by itself what it cannot take.
   *
   * @param hopCount deliveries so far, this one included
   */
  take(message: OutgoingMessage, hopCount: number): Promise<void> | undefined;
}
