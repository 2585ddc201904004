import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Closable } from "../process/command.js";
import { ownBuild, startRole } from "../process/role.js";
import { atLeast, atMost } from "../report/figures.js";
import type { CulvertNodeOperations } from "../roles/culvert-node.js";
import type { MessageReceiverOperations } from "../roles/message-receiver.js";
import type { MessageSenderOperations } from "../roles/message-sender.js";
import type { Bench } from "./bench.js";
import { otherBuild, type Row, type Subject, subject } from "./row.js";

/** The builds that are measured, by the names of their figures. */
function buildsOf({ against }: Bench): readonly (readonly [name: string, root: string])[] {
  return [[subject, ownBuild], ...(against === undefined ? [] : [[otherBuild, against] as const])];
}

const bare = "bare transport";

/** Messages of 100 bytes from node to node, decoded, routed and delivered, beside the same frames over the bare transport. */
const messages: Row = {
  name: "messages",
  tables: [
    {
      ...{ id: "messages", title: "Messages of 100 B, node to node", unit: "per second" },
      bars: { [bare]: atLeast(0.6) },
    },
  ],
  open: async (bench, opened) => {
    const subjects: Subject[] = [];
    for (const [name, build] of buildsOf(bench)) {
      const receiver = await startRole<MessageReceiverOperations>(opened, "message-receiver", build);
      const sender = await startRole<MessageSenderOperations>(opened, "message-sender", build);
      const { rampMs, messagesMs: timeMs } = bench.settings;
      const add = (who: string, operation: "sendMessages" | "sendFrames", port: number): void => {
        const measure = async (): Promise<readonly number[]> => {
          await sender.call(operation, port);
          const { bytes, seconds } = await receiver.call("count", { rampMs, timeMs });
          await sender.call("stop");
          return [bytes / seconds];
        };
        subjects.push({ name: who, measure, warmUp: measure });
      };
      add(name, "sendMessages", await receiver.call("listenAsNode"));
      if (build === ownBuild) add(bare, "sendFrames", await receiver.call("listenAsTransport"));
    }
    return subjects;
  },
};

/** Relays that one node registers: below the service's limit for one connection. */
const perNode = 200;

/** Relays that are registered and carry nothing: what the relay node holds for one. */
const relays: Row = {
  name: "memory-relays",
  rounds: "memoryRounds",
  tables: [
    { id: "memory-relays", title: "Memory per idle relay, relay node", unit: "KiB", limit: atMost(10) },
  ],
  open: async ({ settings: { idleRelays: count } }, opened) => {
    const measure = async (): Promise<readonly number[]> => {
      const relay = await startRole<CulvertNodeOperations>(opened, "culvert-node");
      const clients = await startRole<CulvertNodeOperations>(opened, "culvert-node");
      const port = await relay.call("startRelay");
      await clients.call("registerMany", { port, count: perNode, perNode });
      const before = await relay.call("memory");
      await clients.call("registerMany", { port, count, perNode });
      const growth = (await relay.call("memory")) - before;
      await Promise.all([relay.close(), clients.close()]);
      return [growth / count / 2 ** 10];
    };
    return [{ name: subject, measure }];
  },
};

const [nothing, nodeName, commandTimeoutMs] = ["node -e 0", "bench", 20_000];

/** The commands that are timed, with their bars beside Node doing nothing. */
const commandBars = {
  "culvert --version": atMost(2),
  [`culvert node show ${nodeName}`]: atMost(3),
  [`culvert service list --at ${nodeName}`]: atMost(3),
};

/** Runs Node to its end and gives the milliseconds it took. */
function timeNode(args: readonly string[], home: string): number {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, {
    ...{ env: { ...process.env, CULVERT_HOME: home }, encoding: "utf8", timeout: commandTimeoutMs },
  });
  if (status !== 0) throw new Error(`${args.slice(1).join(" ")} ended with ${status}: ${stderr.trim()}`);
  return performance.now() - startedAt;
}

/** The command of a build, with a node in the background and a home of its own. Gives how it is run. */
function openCommand(opened: Closable[], build: string): (line: string) => number {
  const home = mkdtempSync(join(tmpdir(), "culvert-bench-home-"));
  const path = join(build, "apps/cli/bin/culvert");
  const run = (line: string): number => timeNode([path, ...line.split(" ").slice(1)], home);
  opened.push({
    close: async () => {
      run("culvert node delete --all --yes");
      rmSync(home, { recursive: true, force: true });
    },
  });
  run(`culvert node create ${nodeName}`);
  return run;
}

/** Whole commands, each one process from start to end, beside Node doing nothing and beside those of another build. */
const commands: Row = {
  name: "commands",
  rounds: "starts",
  tables: Object.entries(commandBars).map(([line, bar], index) => ({
    ...{ id: `command-${index}`, title: `\`${line}\`, start to end`, unit: "ms", bars: { [nothing]: bar } },
  })),
  open: async (bench, opened) => {
    const lines = Object.keys(commandBars);
    const subjects = buildsOf(bench).map(([name, build]) => {
      const run = openCommand(opened, build);
      // Files are in the page cache before the first round.
      return { name, measure: async () => lines.map(run), warmUp: async () => lines.map(run) };
    });
    return [...subjects, { name: nothing, measure: async () => lines.map(() => timeNode(["-e", "0"], "")) }];
  },
};

/** The rows that measure nodes and commands by themselves. */
export const nodeRows: readonly Row[] = [messages, relays, commands];
