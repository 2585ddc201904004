import type { CulvertError, Transport } from "@x/core";
import { type TcpTransport, tcp } from "@x/transport-tcp";
import { udp } from "@x/transport-udp";
import type { NodeLimits } from "./node-limits.js";

/** How a node of the command line reaches other nodes. */
export interface NodeTransports {
  readonly tcp: TcpTransport;
  readonly all: readonly Transport[];
}

/** Queued bytes from which senders wait, beside a larger hard bound: the defaults of the transports. */
const tcpSoftQueueBytes = 1_048_576;
const udpSoftQueueBytes = 262_144;

/** The transports of a node, within its limits. `onReport` is told what went wrong on listeners. */
export function nodeTransports(limits: NodeLimits, onReport: (error: CulvertError) => void): NodeTransports {
  const tcpTransport = tcp({
    maxConnections: limits["tcp-connections"],
    maxHandshakes: limits["tcp-handshakes"],
    handshakeTimeoutMs: limits["tcp-handshake-ms"],
    deadPeerMs: limits["tcp-dead-peer-ms"],
    maxFrameBytes: limits["tcp-frame-bytes"],
    softQueueBytes: Math.min(tcpSoftQueueBytes, Math.ceil(limits["tcp-queue-bytes"] / 2)),
    hardQueueBytes: limits["tcp-queue-bytes"],
    onReport,
  });
  const udpTransport = udp({
    maxConnections: limits["udp-connections"],
    deadPeerMs: limits["udp-dead-peer-ms"],
    maxFrameBytes: limits["udp-frame-bytes"],
    softQueueBytes: Math.min(udpSoftQueueBytes, Math.ceil(limits["udp-queue-bytes"] / 2)),
    hardQueueBytes: limits["udp-queue-bytes"],
    onReport,
  });
  return { tcp: tcpTransport, all: [tcpTransport, udpTransport] };
}
