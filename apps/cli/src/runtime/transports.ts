import type { Transport } from "@x/core";
import { tcp } from "@x/transport-tcp";
import { udp } from "@x/transport-udp";

/** How a node of the command line reaches other nodes. */
export function nodeTransports(): readonly Transport[] {
  return [tcp(), udp()];
}
