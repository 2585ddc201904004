import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { markdownTable } from "markdown-table";
import { quantile } from "simple-statistics";
import type { Injection } from "./engine/recovery.js";
import { allRows, type RowResult, renderTable, violationsOf } from "./fault-table/table.js";
import { runFuzz } from "./fuzz/run-fuzz.js";
import { runProgram } from "./harness/on-finished.js";
import { hasProc } from "./harness/processes.js";
import { maxClients } from "./history/plans.js";
import { runHistory } from "./history/run-history.js";
import { runHostileRelay } from "./hostile-relay/run-hostile-relay.js";

const usage = `Usage: pnpm --filter @x/e2e PROGRAM [OPTION]...

fault-table: every fault of the failure matrix, again and again
  --repeat N   injections of each fault, 1 to 99: 10 by default
  --only ROW   only this row (an id, or how ids begin); may be repeated
  A run of all rows, ten times or more, replaces apps/e2e/results/fault-table.md; other runs write to apps/e2e/results/tmp.

fuzz: hostile bytes at every entrance of a node
  --frames N   frames for each listener: 1,000,000 by default

history: clients send checked bytes through inlet, relay and outlet while nodes, connections and the target break at random
  --minutes N  how long faults come, 1 by default; 15 s of warm-up and up to 5 min of settling are added
  --clients N  clients at a time: 16 by default

hostile-relay: a relay that reads, alters, drops, replays, reorders, injects and lies, under sealed streams
  --bytes N    content of each stream: 2,000,000 by default

  --seed N     decides what fuzz and history do: 1 by default

Exit code 1 when something is wrong that a program found.
`;

/** Fewest injections of a table that is published. */
const publishedRepeat = 10;

const text = (value: string) => ({ type: "string", default: value }) as const;
const { values, positionals } = parseArgs({
  // pnpm hands over the `--` that separates its own options.
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: {
    ...{ repeat: text(`${publishedRepeat}`), only: { type: "string", multiple: true, default: [] } },
    ...{
      bytes: text("2000000"),
      frames: text("1000000"),
      minutes: text("1"),
      clients: text("16"),
      seed: text("1"),
    },
  },
  allowPositionals: true,
});

/** A whole number among the options, within bounds. */
function count(
  name: "repeat" | "bytes" | "frames" | "minutes" | "clients" | "seed",
  least: number,
  most: number,
) {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new TypeError(`Cannot use --${name} ${values[name]}: it is no whole number from ${least} to ${most}`);
}

function printTable(...rows: readonly (readonly unknown[])[]): void {
  const table = rows.map((cells) => cells.map(String));
  process.stdout.write(`\n${markdownTable(table, { alignDelimiters: false })}\n`);
}

/** Each program prints a report and says what is wrong, in one line each. */
const programs: Readonly<Record<string, () => Promise<readonly string[]>>> = {
  fuzz: async () => {
    const seed = count("seed", 0, 2 ** 32 - 1);
    const { assaults, violations } = await runFuzz({ frames: count("frames", 1, 1e9), seed });
    const lines = assaults.map(({ entrance, sent, connections, stuck }) => [
      entrance,
      sent,
      connections,
      stuck,
    ]);
    printTable(["entrance", "frames sent", "connections", "unanswered"], ...lines);
    return violations;
  },
  "hostile-relay": async () => {
    const bytes = count("bytes", 10_000, 1e9);
    const { assaults, found, foundUnsealed, violations } = await runHostileRelay({ bytes });
    const lines = assaults.map(({ attack, messages, renewals, whole, reset, seconds }) => [
      ...[attack, messages, `${renewals[1]} of ${renewals[0]}`, whole, reset, seconds.toFixed(1)],
    ]);
    printTable(["what the relay does", "messages", "renewals", "whole", "reset", "s"], ...lines);
    console.log(
      `Plaintext in the relay's memory: ${found} times; ${foundUnsealed} times after an open stream.`,
    );
    return violations;
  },
  history: async () => {
    const [seed, minutes] = [count("seed", 0, 2 ** 32 - 1), count("minutes", 1, 1_440)];
    const clients = count("clients", 1, maxClients);
    const { history, faults, before, after } = await runHistory({
      ...{ seed, minutes, clients, onProgress: console.error },
    });
    const megabytes = Math.round(history.receivedBytes / 1e6);
    const [seconds, paused] = [history.now(), history.pausedMs].map((ms) => Math.round(ms / 1_000));
    console.log(`${megabytes} MB checked in ${seconds} s; the checker stood still for ${paused} s.`);
    printTable(["streams", "number"], ...history.outcomes);
    const kinds = [...new Set(faults.map(({ kind }) => kind))].map((kind) => {
      const times = faults.filter((one) => one.kind === kind).map(({ recoveryMs }) => Math.round(recoveryMs));
      return [kind, times.length, quantile(times, 0.5), Math.max(...times)];
    });
    printTable(["fault", "times", "median ms until a fresh stream was exact", "longest"], ...kinds);
    const levels = Object.entries(before).map(([what, old]) => [what, old, after[what]]);
    printTable(["level", "before", "after"], ...levels);
    return history.violations.map((violation) => JSON.stringify(violation));
  },
  "fault-table": async () => {
    const { only } = values;
    const repeat = count("repeat", 1, 99);
    const rows = allRows.filter(
      ({ id }) => only.length === 0 || only.some((wanted) => id.startsWith(wanted)),
    );
    if (rows.length === 0) throw new TypeError(`Rows: ${allRows.map(({ id }) => id).join(", ")}`);
    const startedAt = new Date();
    const results: RowResult[] = [];
    for (const row of rows) {
      const injections: Injection[] = [];
      process.stderr.write(`${row.id} `);
      const tell = (injection: Injection): void => {
        injections.push(injection);
        process.stderr.write(injection.failure === undefined ? "." : "!");
      };
      if (row.missing === undefined) await row.run(row.injections(repeat), tell);
      const result = { ...row, injections };
      process.stderr.write(`${["", ...violationsOf(result)].join("\n  ")}\n`);
      results.push(result);
    }
    const table = renderTable(results, [
      `Date: ${startedAt.toISOString()}`,
      `Machine: ${cpus().length} × ${cpus()[0]?.model.trim()}, Node.js ${process.version}`,
      `Command: \`pnpm --filter @x/e2e fault-table ${process.argv.slice(3).join(" ")}\``,
      `Took: ${((Date.now() - startedAt.getTime()) / 60_000).toFixed(1)} min`,
    ]);
    const isComplete = repeat >= publishedRepeat && rows.length === allRows.length;
    const folder = fileURLToPath(new URL(`../results/${isComplete ? "" : "tmp/"}`, import.meta.url));
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}fault-table.md`, table);
    process.stdout.write(`${table}\nWritten to ${folder}\n`);
    return results.flatMap((result) => violationsOf(result).map((what) => `${result.id}: ${what}`));
  },
};

await runProgram(async () => {
  const [name = ""] = positionals;
  const program = programs[name];
  if (program === undefined) throw new TypeError(usage);
  if (!hasProc) throw new Error("Needs /proc to look at nodes, as Linux has it");
  const violations = await program();
  console.log(`\n${[`${violations.length} violations`, ...violations].join("\n- ")}`);
  return violations.length === 0 ? 0 : 1;
});
