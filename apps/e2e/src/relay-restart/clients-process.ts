import { type RelayClient, startRelayClient } from "@x/relay";
import { createNode, type Node } from "@x/routing";
import { tcp } from "@x/transport-tcp";
import type { ClientsReport, ClientsTask } from "./messages.js";

/** Clients that connect at a time at first: their start is not what is measured. */
const startedAtOnce = 50;

async function startClients(task: ClientsTask): Promise<void> {
  const plans = new Map<string, number>();
  const dueAt: number[] = [];
  const node = createNode({
    transports: [tcp()],
    onReport: (news) => {
      if (news.type === "dial-failed") plans.set(news.worker, news.nextAttemptAt ?? Number.NaN);
      if (news.type === "connection-up" && plans.has(news.worker))
        dueAt.push(plans.get(news.worker) as number);
    },
  });
  const clients: RelayClient[] = [];
  const report = reporter(clients, dueAt);
  for (let done = 0; done < task.count; done += startedAtOnce) {
    const numbers = Array.from({ length: Math.min(startedAtOnce, task.count - done) }, (_, i) => done + i);
    clients.push(...(await Promise.all(numbers.map((number) => startClient(node, task, number, report)))));
    report();
  }
}

/** A kept connection of its own, and a relay registered by it: what a node of the command line has. */
async function startClient(
  node: Node,
  { relay, first }: ClientsTask,
  number: number,
  onChange: () => void,
): Promise<RelayClient> {
  const { worker } = await node.connect(relay);
  return startRelayClient(node, { route: [worker, "relay"], name: `client-${first + number}`, onChange });
}

/** Tells how many clients are up, once per turn of the event loop at most. */
function reporter(clients: readonly RelayClient[], dueAt: number[]): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    setImmediate(() => {
      isDue = false;
      const up = clients.filter(({ state }) => state === "up").length;
      process.send?.({ up, at: Date.now(), dueAt: dueAt.splice(0) } satisfies ClientsReport);
    });
  };
}

process.once("message", (task: ClientsTask) => void startClients(task));
process.once("disconnect", () => process.exit());
