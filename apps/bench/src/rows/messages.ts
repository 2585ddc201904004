import { ownBuild, startRole } from "../process/role.js";
import { atLeast } from "../report/check.js";
import type { MessageReceiverOperations } from "../roles/message-receiver.js";
import type { MessageSenderOperations } from "../roles/message-sender.js";
import type { Bench } from "./bench.js";
import { Samples, type Subject } from "./rounds.js";
import { otherBuild, type Row, subject, tableOf } from "./row.js";

const bare = "bare transport";

/** Messages of 100 bytes from node to node, decoded, routed and delivered, beside the same frames over the bare transport. */
export const messagesRow: Row = {
  name: "messages",
  begin: (bench) => {
    const samples = new Samples([subject, bare, ...(bench.against === undefined ? [] : [otherBuild])]);
    const title = "Messages of 100 B, node to node";
    const plan = { id: "messages", title, unit: "per second", bars: { [bare]: atLeast(0.6) } };
    return {
      rounds: bench.settings.rounds,
      measure: (rounds) => measureSome(bench, rounds, samples),
      tables: () => [tableOf(plan, samples.series(), samples.notes)],
    };
  },
};

async function measureSome(bench: Bench, rounds: readonly number[], samples: Samples): Promise<void> {
  bench.say("small messages node to node");
  const builds = [ownBuild, ...(bench.against === undefined ? [] : [bench.against])];
  const pairs = await Promise.all(builds.map((build) => startPair(bench, build)));
  try {
    const [own, other] = pairs;
    const subjects: Subject[] = [
      ...(own === undefined
        ? []
        : [
            { name: subject, measure: own.messages },
            { name: bare, measure: own.frames },
          ]),
      ...(other === undefined ? [] : [{ name: otherBuild, measure: other.messages }]),
    ];
    // Compilers settle with all kinds of load before the first round. What fails here fails in it too.
    for (const { measure } of subjects) await measure().catch(() => []);
    await samples.take(subjects, rounds);
  } finally {
    await Promise.all(pairs.map(({ close }) => close()));
  }
}

/** A sender and a receiver of a build, and what is measured of them. */
interface Pair {
  readonly messages: Subject["measure"];
  readonly frames: Subject["measure"];
  close(): Promise<unknown>;
}

async function startPair({ settings }: Bench, build: string): Promise<Pair> {
  const receiver = await startRole<MessageReceiverOperations>("message-receiver", build);
  const sender = await startRole<MessageSenderOperations>("message-sender", build);
  const nodePort = await receiver.call("listenAsNode");
  const transportPort = await receiver.call("listenAsTransport");
  const run = (operation: "sendMessages" | "sendFrames", port: number) => async () => {
    await sender.call(operation, port);
    const window = { rampMs: settings.rampMs, timeMs: settings.messagesMs };
    const { bytes, seconds } = await receiver.call("count", window);
    await sender.call("stop");
    return [bytes / seconds];
  };
  return {
    messages: run("sendMessages", nodePort),
    frames: run("sendFrames", transportPort),
    close: () => Promise.all([receiver.close(), sender.close()]),
  };
}
