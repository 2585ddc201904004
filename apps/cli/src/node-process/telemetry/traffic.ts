import type { NodeTraffic } from "../../control/operation-types.js";
import type { NodeRuntime } from "../../runtime/node-runtime.js";

const millisecondsPerSecond = 1000;

/** What passed a node of this process so far. */
export function nodeTraffic(runtime: NodeRuntime): NodeTraffic {
  const { delivered, refused, queuedBytes, total } = runtime.node.stats();
  return {
    uptime_ms: Math.round(process.uptime() * millisecondsPerSecond),
    bytes_in: total.bytesIn,
    bytes_out: total.bytesOut,
    messages_delivered: delivered,
    messages_refused: refused,
    queued_bytes: queuedBytes,
    open_streams: runtime.openStreams(),
  };
}
