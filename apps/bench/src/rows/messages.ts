import { startRole } from "../process/role.js";
import { atLeast, checkRatio } from "../report/check.js";
import type { RowResult } from "../report/results.js";
import type { MessageReceiverOperations } from "../roles/message-receiver.js";
import type { MessageSenderOperations } from "../roles/message-sender.js";
import { measureInterleaved } from "./measure.js";
import type { Bench, Row } from "./row.js";
import { seriesOf } from "./samples.js";

const nodeSubject = "culvert nodes";
const transportSubject = "bare transport";

/** Messages of 100 bytes from node to node, decoded, routed and delivered, beside the same frames over the bare transport. */
export const messagesRow: Row = {
  id: "messages",
  run: async (bench) => {
    bench.progress.say("small messages node to node");
    const receiver = await startRole<MessageReceiverOperations>("message-receiver");
    const sender = await startRole<MessageSenderOperations>("message-sender");
    try {
      const nodePort = await receiver.call("listenAsNode", undefined);
      const transportPort = await receiver.call("listenAsTransport", undefined);
      const measure = async (operation: "sendMessages" | "sendFrames", port: number): Promise<number> => {
        await sender.call(operation, port);
        const window = { rampMs: bench.settings.rampMs, timeMs: bench.settings.messagesMs };
        const { bytes, seconds } = await receiver.call("count", window);
        await sender.call("stop", undefined);
        return bytes / seconds;
      };
      // Compilers settle with both kinds of load before the first round.
      await measure("sendMessages", nodePort);
      await measure("sendFrames", transportPort);
      return [
        await compare(
          bench,
          () => measure("sendMessages", nodePort),
          () => measure("sendFrames", transportPort),
        ),
      ];
    } finally {
      await Promise.all([receiver.close(), sender.close()]);
    }
  },
};

async function compare(
  bench: Bench,
  nodes: () => Promise<number>,
  transport: () => Promise<number>,
): Promise<RowResult> {
  const measured = await measureInterleaved(bench, [
    { name: nodeSubject, measure: nodes },
    { name: transportSubject, measure: transport },
  ]);
  return {
    id: "messages",
    title: "Messages of 100 B, node to node",
    unit: "per second",
    better: "more",
    series: measured.series,
    checks: [checkRatio(seriesOf(measured, nodeSubject), seriesOf(measured, transportSubject), atLeast(0.6))],
    notes: measured.notes,
  };
}
