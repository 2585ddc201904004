import type { Transport } from "@x/core";
import { tcp } from "@x/transport-tcp";
import * as udpPackage from "@x/transport-udp";

/** How a node of the command line reaches other nodes. */
export function nodeTransports(): readonly Transport[] {
  const { udp } = udpPackage as { udp?: () => Transport };
  return udp === undefined ? [tcp()] : [tcp(), udp()];
}
