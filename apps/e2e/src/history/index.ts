import { parseArgs } from "node:util";
import { runProgram } from "../harness/on-finished.js";
import { hasProc } from "../harness/processes.js";
import { maxClients } from "./plans.js";
import { type HistoryReport, runHistory } from "./run-history.js";

const usage = `Usage: pnpm --filter @x/e2e history --minutes N [--seed N] [--clients N]

Lets clients send checked bytes through inlet, relay and outlet while nodes, connections and the target break at random.
Exit code 1 when a byte was changed or lost in silence, a stream hung or was lost without a cause, or a node grew.

  --minutes N   how long faults come; 15 s of warm-up and up to 5 min of settling are added. Default: 1
  --seed N      decides all streams and faults. Default: a random one, which the report names
  --clients N   clients at a time. Default: 16
`;

async function main(): Promise<number> {
  const text = (value: string) => ({ type: "string", default: value }) as const;
  const { values } = parseArgs({
    // pnpm hands over the `--` that separates its own options.
    args: process.argv.slice(2).filter((argument) => argument !== "--"),
    options: {
      minutes: text("1"),
      seed: text(`${Math.floor(Math.random() * 2 ** 31)}`),
      clients: text("16"),
    },
  });
  const [minutes, seed, clients] = [Number(values.minutes), Number(values.seed), Number(values.clients)];
  const isWhole = Number.isInteger(seed) && Number.isInteger(clients);
  if (!(isWhole && minutes > 0 && minutes <= 1_440 && clients > 0 && clients <= maxClients))
    throw new TypeError(usage);
  if (!hasProc) throw new Error("Cannot count sockets and memory of nodes: this needs /proc");
  const report = await runHistory({ seed, minutes, clients, onProgress: console.error });
  const command = `pnpm --filter @x/e2e history --minutes ${minutes} --seed ${seed} --clients ${clients}`;
  console.log([`# History: \`${command}\``, ...render(report)].join("\n"));
  return report.history.violationCount === 0 ? 0 : 1;
}

function render({ history, faults, before, after }: HistoryReport): string[] {
  const { outcomes, violations, violationCount, receivedBytes, pausedMs } = history;
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(0)} s`;
  const kinds = [...new Set(faults.map(({ kind }) => kind))].sort().map((kind) => {
    const times = faults.flatMap((one) => (one.kind === kind ? [Math.round(one.recoveryMs)] : []));
    return [kind, times.length, times.sort((a, b) => a - b)[times.length >> 1], times.at(-1)];
  });
  return [
    "",
    `${(receivedBytes / 1e6).toFixed(0)} MB checked in ${seconds(history.now())}; the checker stood still for ${seconds(pausedMs)}.`,
    `**${violationCount} violations.**`,
    ...table(
      ["streams", "number"],
      [...outcomes].sort(([, a], [, b]) => b - a),
    ),
    ...table(["fault", "times", "median ms until a fresh stream was exact", "longest"], kinds),
    ...table(
      ["level", "before", "after"],
      Object.entries(before).map(([what, old]) => [what, old, after[what]]),
    ),
    "",
    ...violations.map((violation) => `- ${JSON.stringify(violation)}`),
  ];
}

function table(titles: readonly string[], rows: readonly (readonly unknown[])[]): string[] {
  return ["", ...[titles, titles.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`)];
}

await runProgram(main);
