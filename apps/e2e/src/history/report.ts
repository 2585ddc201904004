import type { DoneFault } from "./fault-run.js";
import { formatSockets, type Levels, relayedNodes, toMebibytes } from "./levels.js";
import { filesMargin, maxReportedViolations, memoryMarginBytes } from "./limits.js";
import type { Violation } from "./stream-history.js";

/** All that a run found out. Times in milliseconds. */
export interface HistoryReport {
  readonly seed: number;
  readonly minutes: number;
  readonly clients: number;
  readonly startedAt: string;
  readonly tookMs: number;
  /** For how long the checker itself stood still. It does not count anywhere else. */
  readonly pausedMs: number;
  readonly streams: number;
  readonly exactBytes: number;
  readonly receivedBytes: number;
  readonly longestStandstillMs: number;
  /** Outcome → pattern → streams. */
  readonly outcomes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly faults: readonly DoneFault[];
  readonly violationCount: number;
  readonly violations: readonly Violation[];
  readonly levels: {
    readonly before: Levels;
    readonly after: Levels;
    readonly highestMemory: Readonly<Record<string, number>>;
  };
  readonly settledMs: number;
}

/** The report for people. */
export function formatReport(report: HistoryReport): string {
  return [
    `# History, seed ${report.seed}`,
    "",
    ...summary(report),
    "",
    "## Streams",
    "",
    ...outcomeTable(report),
    "",
    "## Faults",
    "",
    ...faultTable(report),
    "",
    "## Levels",
    "",
    ...levelTable(report),
    "",
    "## Violations",
    "",
    ...violationList(report),
    "",
  ].join("\n");
}

/** How to run it again. */
export function replayCommand({ seed, minutes, clients }: HistoryReport): string {
  return `pnpm --filter @x/e2e history --minutes ${minutes} --seed ${seed} --clients ${clients}`;
}

function summary(report: HistoryReport): string[] {
  const { streams, exactBytes, receivedBytes, faults, violationCount, tookMs } = report;
  return [
    `${report.startedAt}, ${report.minutes} min of faults, ${report.clients} clients, ${seconds(tookMs)} s in all, and ${seconds(report.pausedMs)} s in which the checker itself stood still.`,
    `${streams} streams, ${megabytes(receivedBytes)} MB received and checked, ${megabytes(exactBytes)} MB of them on exact streams.`,
    `${faults.length} faults. The longest standstill of an exact stream was ${seconds(report.longestStandstillMs)} s.`,
    `**${violationCount} violations.**`,
    "",
    `Again: \`${replayCommand(report)}\``,
  ];
}

function outcomeTable({ outcomes }: HistoryReport): string[] {
  const rows = Object.entries(outcomes)
    .map(([outcome, patterns]) => ({ outcome, patterns, count: sum(Object.values(patterns)) }))
    .sort((a, b) => b.count - a.count);
  return table(
    ["outcome", "streams", "by pattern"],
    rows.map(({ outcome, patterns, count }) => [
      outcome,
      String(count),
      Object.entries(patterns)
        .map(([pattern, streams]) => `${streams} ${pattern}`)
        .join(", "),
    ]),
  );
}

function faultTable({ faults }: HistoryReport): string[] {
  const kinds = [...new Set(faults.map(({ kind }) => kind))].sort();
  const rows = kinds.map((kind) => {
    const times = faults.filter((fault) => fault.kind === kind).map(({ recoveryMs }) => recoveryMs);
    times.sort((a, b) => a - b);
    const median = times[Math.floor(times.length / 2)] ?? 0;
    return [kind, String(times.length), `${Math.round(median)} ms`, `${Math.round(times.at(-1) ?? 0)} ms`];
  });
  return table(["fault", "times", "until a fresh stream was exact, median", "longest"], rows);
}

function levelTable({ levels: { before, after, highestMemory }, settledMs }: HistoryReport): string[] {
  const rows = relayedNodes.flatMap((node) => {
    const [old, now] = [before[node], after[node]];
    const row = (what: string, read: (levels: typeof old) => string, may: string): string[] => [
      node,
      what,
      read(old),
      read(now),
      may,
    ];
    const memory = row(
      "memory, MiB",
      ({ memoryBytes }) => String(toMebibytes(memoryBytes)),
      `${toMebibytes(memoryMarginBytes)} more; highest was ${toMebibytes(highestMemory[node] ?? 0)}`,
    );
    return [
      memory,
      row("files", ({ files }) => String(files), `${filesMargin} more`),
      row("sockets", formatSockets, "nothing"),
      row("streams", ({ streams }) => String(streams), "nothing"),
      row("workers", ({ workers }) => String(workers), "nothing"),
      row("connections", ({ connections }) => String(connections), "nothing"),
    ];
  });
  const note = `Everything was over ${seconds(settledMs)} s after the last stream began.`;
  return [...table(["node", "what", "before", "after", "may differ by"], rows), "", note];
}

function violationList(report: HistoryReport): string[] {
  if (report.violationCount === 0) return ["None."];
  const listed = report.violations.flatMap(({ what, plan, visitor, target }, index) => [
    `### ${index + 1}. ${what}`,
    "",
    ...(plan === undefined ? [] : [`Planned: \`${JSON.stringify(plan)}\``, ""]),
    ...[
      ...visitor.map((event) => ({ side: "visitor", ...event })),
      ...target.map((event) => ({ side: "target", ...event })),
    ]
      .sort((a, b) => a.at - b.at)
      .map(({ at, side, what: event }) => `- ${at} ms, ${side}: ${event}`),
    "",
  ]);
  const rest = report.violationCount - report.violations.length;
  return rest > 0 ? [...listed, `And ${rest} more; ${maxReportedViolations} are listed.`] : listed;
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const lines = [titles, titles.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1_000).toFixed(1);
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(0);
}
