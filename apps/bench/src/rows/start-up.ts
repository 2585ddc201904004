import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { atMost, type Bar, checkRatio } from "../report/check.js";
import type { RowResult } from "../report/results.js";
import { measureRounds, type Subject } from "./measure.js";
import type { Row } from "./row.js";
import { type Measured, Samples, seriesOf } from "./samples.js";

/** A command of the row; each is one process from start to end. */
interface Start {
  readonly name: string;
  readonly args: readonly string[];
  readonly bar?: Bar;
}

const culvertPath = fileURLToPath(new URL("../../cli/bin/culvert", import.meta.url));
const nodeName = "bench";
const timeoutMs = 20_000;

const base: Start = { name: "node -e 0", args: ["-e", "0"] };
const starts: readonly Start[] = [
  base,
  { name: "culvert --version", args: [culvertPath, "--version"], bar: atMost(2) },
  { name: "culvert node show", args: [culvertPath, "node", "show", nodeName], bar: atMost(3) },
  { name: "culvert service list", args: [culvertPath, "service", "list", "--at", nodeName], bar: atMost(3) },
];

/** Time of whole commands, beside that of Node doing nothing. */
export const startUpRow: Row = {
  id: "start-up",
  begin: (bench) => {
    const samples = new Samples(starts.map(({ name }) => name));
    return {
      rounds: bench.settings.starts,
      measure: async (rounds) => {
        bench.progress.say("start of the command");
        if (!existsSync(culvertPath)) throw new Error("The culvert command is not built");
        await withNode((home) => measureRounds(subjectsOf(home), rounds, samples));
      },
      results: () => [resultOf(samples.measured())],
    };
  },
};

/** Runs a node in the background, in a home of its own. */
async function withNode(task: (home: string) => Promise<void>): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "culvert-bench-home-"));
  try {
    runNode([culvertPath, "node", "create", nodeName], home);
    // Files are in the page cache before the first round.
    for (const { args } of starts) runNode(args, home);
    await task(home);
  } finally {
    runNode([culvertPath, "node", "delete", "--all", "--yes"], home);
    rmSync(home, { recursive: true, force: true });
  }
}

function subjectsOf(home: string): Subject[] {
  return starts.map(({ name, args }) => ({ name, measure: async () => runNode(args, home) }));
}

function resultOf(measured: Measured): RowResult {
  const checks = starts.flatMap(({ name, bar }) =>
    bar === undefined ? [] : [checkRatio(seriesOf(measured, name), seriesOf(measured, base.name), bar)],
  );
  const title = "Whole commands, start to end";
  return { id: "start-up", title, unit: "ms", better: "less", ...measured, checks };
}

/** Runs Node to its end and gives the milliseconds it took. */
function runNode(args: readonly string[], home: string): number {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, {
    env: { ...process.env, CULVERT_HOME: home },
    encoding: "utf8",
    timeout: timeoutMs,
  });
  const took = performance.now() - startedAt;
  if (status !== 0) throw new Error(`${args.slice(1).join(" ")} ended with ${status}: ${stderr.trim()}`);
  return took;
}
