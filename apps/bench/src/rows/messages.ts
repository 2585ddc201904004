import { startRole } from "../process/role.js";
import { atLeast, checkRatio } from "../report/check.js";
import type { RowResult } from "../report/results.js";
import type { MessageReceiverOperations } from "../roles/message-receiver.js";
import type { MessageSenderOperations } from "../roles/message-sender.js";
import { measureRounds } from "./measure.js";
import type { Bench, Row } from "./row.js";
import { type Measured, Samples, seriesOf } from "./samples.js";

const nodeSubject = "culvert nodes";
const transportSubject = "bare transport";

/** Messages of 100 bytes from node to node, decoded, routed and delivered, beside the same frames over the bare transport. */
export const messagesRow: Row = {
  id: "messages",
  begin: (bench) => {
    const samples = new Samples([nodeSubject, transportSubject]);
    return {
      rounds: bench.settings.rounds,
      measure: (rounds) => measureSome(bench, rounds, samples),
      results: () => [resultOf(samples.measured())],
    };
  },
};

async function measureSome(bench: Bench, rounds: readonly number[], samples: Samples): Promise<void> {
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
    const subjects = [
      { name: nodeSubject, measure: () => measure("sendMessages", nodePort) },
      { name: transportSubject, measure: () => measure("sendFrames", transportPort) },
    ];
    // Compilers settle with both kinds of load before the first round. What fails here fails in it too.
    for (const subject of subjects) await subject.measure().catch(() => 0);
    await measureRounds(subjects, rounds, samples);
  } finally {
    await Promise.all([receiver.close(), sender.close()]);
  }
}

function resultOf(measured: Measured): RowResult {
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
